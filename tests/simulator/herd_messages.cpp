// Messages of the herd: numbered, so that one that is lost, comes twice or in another order is
// known.
#include "simulator/herd_attempt.hpp"
#include "simulator/herd_client.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <utility>

namespace simulator {
namespace {

// Messages are known by their first eight bytes.
constexpr std::uint32_t most_numbered = 8'000, apart = 16;

std::uint64_t first_bytes(std::span<const std::byte> of) {
  std::uint64_t first = 0;
  std::memcpy(&first, of.data(), std::min(of.size(), sizeof first));
  return first;
}
content numbered(std::uint32_t number, std::uint32_t size) {
  return {message_type::binary, number * apart, size};
}
std::uint32_t number_of(std::span<const std::byte> bytes) {
  static const auto all = [] {
    std::unordered_map<std::uint64_t, std::uint32_t> made;
    for (std::uint32_t n = 0; n <= most_numbered; ++n)
      made[first_bytes(numbered(n, 8).bytes())] = n;
    return made;
  }();
  const auto found = all.find(first_bytes(bytes));
  return found == all.end() ? ~0u : found->second;
}

}  // namespace

content herd_client::known(message_view m) {
  return numbered(number_of(m.bytes()), static_cast<std::uint32_t>(m.size()));
}

void herd_client::arrived(herd_attempt& on, message_view at_server) {
  const std::uint32_t number = number_of(at_server.bytes());
  const auto from            = accepted_.begin() + static_cast<std::ptrdiff_t>(on.arrived);
  const auto found =
      std::find_if(from, accepted_.end(), [&](const sent& s) { return s.number == number; });
  if (found == accepted_.end())
    return expect(false, "a message comes that nobody sent, or out of order");
  expect(!found->has_arrived, "a message comes twice");
  expect(!found->is_back, "a message comes that was handed back");
  found->has_arrived = true;
  on.arrived         = static_cast<std::size_t>(found - accepted_.begin()) + 1;
}

void herd_client::is_sent(herd_attempt& on) {
  if (said_ >= most_numbered) return;
  const content c = numbered(++said_, 8 + in_->world->chance.below(200));
  on.server().send(message_view(c.type, c.bytes()), c);
}

void herd_client::heard_message(std::span<const std::byte> bytes) {
  const std::uint32_t number = number_of(bytes);
  tell("hears message %llu", number);
  expect(number > heard_said_ && number <= said_, "a client hears messages twice or out of order");
  heard_said_ = number;
}

void herd_client::send_numbered() {
  if (numbered_ >= most_numbered) return;
  const content c = numbered(++numbered_, 8 + in_->world->chance.below(120));
  // Noted before: it may arrive within the call.
  accepted_.push_back({numbered_});
  error_code ec = ws_->send(message_view(c.type, c.bytes()));
  if (ec) {
    accepted_.pop_back();
    ++rejected_messages_;
    rejected_bytes_ += c.size;
  }
  const auto state = ws_->state();
  expect(!ec || ec == error_code(make_error_code(error::send_queue_full)) ||
             state != reconnect_state::open || closed_ || gives_up_for_another_ ||
             (live_ && live_->client().machine().state() != ready_state::open),
         "send() fails on an open connection");
  expect(ec || state != reconnect_state::stopped, "send() takes a message once it has stopped");
}

// With the next event, those without a connection too.
void herd_client::rejections_are_told(const close_event& event) {
  expect(event.rejected_messages == std::exchange(rejected_messages_, 0) &&
             event.rejected_bytes == std::exchange(rejected_bytes_, 0),
         "what a client was refused is not counted");
}

std::size_t herd_client::take_back() {
  const std::vector<message> back = ws_->take_unsent();
  for (const message& m : back) {
    const std::uint32_t number = number_of(m.bytes());
    const auto found           = std::find_if(accepted_.begin(), accepted_.end(),
                                              [&](const sent& one) { return one.number == number; });
    if (found == accepted_.end()) {
      expect(false, "a message is handed back that nobody sent");
      break;
    }
    expect(!found->has_arrived, "a message is handed back that has arrived");
    expect(!found->is_back, "a message is handed back twice");
    found->is_back = true;
  }
  return back.size();
}

}  // namespace simulator
