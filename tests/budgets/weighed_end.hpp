// One end for tests of what it costs: a real machine whose memory is weighed after every call, and
// an application that only counts. What leaves is kept unless a test says otherwise. Knows nothing
// of the peer.
#pragma once

#include "budgets/costs.hpp"
#include "protocol/one_end.hpp"
#include "wire/deflate_streams.hpp"

#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

namespace adieu::tests {

using namespace protocol;
using namespace std::chrono_literals;

enum class limits { set, unset };
enum class compressing { no, alone, with_context };

/// The ways in which an end may be set up.
struct setup {
  role side         = role::server;
  compressing how   = compressing::no;
  limits of_message = limits::set;

  role peer() const { return other(side); }
  bool peer_masks() const { return side == role::server; }
  deflate_agreement agreed() const {
    const bool context = how == compressing::with_context;
    return {.on = how != compressing::no, .our_takeover = context, .their_takeover = context};
  }
  /// `most`: the limit where there is one.
  connection_options options(std::uint64_t most = 16 << 20) const {
    return {.max_message = of_message == limits::set ? most : 0};
  }
};

inline std::string name_of(const setup& s) {
  return std::string(name(s.side)) +
         (s.how == compressing::no      ? ""
          : s.how == compressing::alone ? "_deflate"
                                        : "_deflate_with_context") +
         (s.of_message == limits::set ? "" : "_unlimited");
}
inline std::string name_of_setup(const ::testing::TestParamInfo<setup>& info) {
  return name_of(info.param);
}
inline std::ostream& operator<<(std::ostream& to, const setup& s) { return to << name_of(s); }

inline std::vector<setup> every_setup() {
  std::vector<setup> all;
  for (const role side : both_roles)
    for (const compressing how : {compressing::no, compressing::alone, compressing::with_context})
      for (const limits limit : {limits::set, limits::unset}) all.push_back({side, how, limit});
  return all;
}

inline std::vector<setup> every_compressing_setup() {
  std::vector<setup> all = every_setup();
  std::erase_if(all, [](const setup& s) { return s.how == compressing::no; });
  return all;
}

class any_setup : public ::testing::TestWithParam<setup> {
 protected:
  static const setup& with() { return GetParam(); }
};

class weighed_end {
 public:
  explicit weighed_end(const setup& how) : weighed_end(how, how.options()) {}
  weighed_end(const setup& how, const connection_options& options) {
    agreed_.side    = how.side;
    agreed_.options = options;
    agreed_.shared  = &shared_;
    const auto on   = scale::weighing();
    machine_        = std::make_unique<connection>(agreed_, now);
    machine_->agree(how.agreed());
    machine_->opened(now);
    shared_.compression.tidy();
  }
  ~weighed_end() {
    const auto on = scale::weighing();
    machine_.reset();
  }
  weighed_end(const weighed_end&)            = delete;
  weighed_end& operator=(const weighed_end&) = delete;

  // --- what a test may turn ---
  protocol::time now   = protocol::time(1000h);
  bool transport_takes = true;
  bool keeps_sent      = true;
  std::size_t stop_at = ~std::size_t{0};  // the application stops reading at every so many messages

  // --- what was seen ---
  scale memory;
  std::size_t messages        = 0;
  std::uint64_t message_bytes = 0;
  std::string last;  // up to 4 KiB of the last message
  std::string sent;

  connection& machine() noexcept { return *machine_; }
  resources& shared() noexcept { return shared_; }
  stage at() const noexcept { return machine_->at(); }
  const ending& how() { return machine_->ending_so_far(); }

  /// In place: the machine may change the bytes. One read of the driver's.
  void hears(std::span<std::byte> bytes) {
    if (at() == stage::closed) return;
    const auto on = scale::weighing();
    machine_->receive(bytes, now);
    settle();
  }
  void hears(std::string_view bytes) {
    {
      const auto on = scale::aside();
      input_.assign(bytes);
    }
    hears(std::as_writable_bytes(std::span(input_)));
  }
  void hears_in_pieces(std::string_view bytes, std::size_t size) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
      hears(bytes.substr(0, size));
  }
  error sends(message_view m) {
    const auto on       = scale::weighing();
    const error refused = machine_->send(m, now);
    machine_->keep_borrowed();
    settle();
    return refused;
  }
  /// What a connection asks of its machine at every turn.
  void settle() {
    const auto on = scale::weighing();
    bool reads    = true;
    for (event e; machine_->next_event(e, now);) {
      memory.held();
      note(e);
      if (e.what == event::kind::message && messages % stop_at == 0) {
        reads = false;
        break;
      }
    }
    if (!reads) machine_->keep_input();
    hand_over();
    memory.held();
  }
  void reads_again() {
    const auto on = scale::weighing();
    machine_->replay_input();
    settle();
  }

 private:
  void note(const event& e) {
    const auto off = scale::aside();
    if (e.what == event::kind::message) {
      ++messages;
      message_bytes += e.bytes.size();
      last.assign(e.message().text().substr(0, 4096));
    } else if (e.what == event::kind::closing) {
      const auto on = scale::weighing();
      machine_->finish_reply(now);
    }
  }
  void hand_over() {
    piece pieces[16];
    while (machine_->has_output()) {
      if (!transport_takes) return machine_->output_blocked(now);
      std::size_t total = 0;
      for (std::size_t i = 0, n = machine_->output(pieces); i < n; ++i) {
        const auto off = scale::aside();
        if (keeps_sent) sent.append(reinterpret_cast<const char*>(pieces[i].data), pieces[i].size);
        total += pieces[i].size;
      }
      machine_->consumed(total, now);
    }
  }

  counted_keys keys_;
  resources shared_{keys_};
  terms agreed_;
  std::string input_;
  std::unique_ptr<connection> machine_;
};

}  // namespace adieu::tests
