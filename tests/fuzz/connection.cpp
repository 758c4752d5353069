// One machine, with a network and an application that do what the input says: any bytes in any
// cuts, any calls, any times. Whatever they do it has to keep its contract and come to its end.
#include "protocol/connection.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace adieu;
using namespace adieu::protocol;

namespace {

class no_surprise final : public random_source {
  bool fill(std::span<std::byte> to) noexcept override {
    std::fill(to.begin(), to.end(), std::byte{0x5A});
    return true;
  }
};

void require(bool condition) {
  if (!condition) std::abort();
}

class script {
 public:
  script(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  bool over() const { return at_ == end_; }
  std::uint8_t number() { return over() ? std::uint8_t{0} : *at_++; }
  std::vector<std::byte> bytes(std::size_t most) {
    const std::size_t n = std::min<std::size_t>(most, static_cast<std::size_t>(end_ - at_));
    std::vector<std::byte> taken(n);
    std::transform(at_, at_ + n, taken.begin(), [](std::uint8_t b) { return std::byte{b}; });
    at_ += n;
    return taken;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

class play {
 public:
  explicit play(script& told) : told_(told), shared_(source_) {
    agreed_.side                = told.number() % 2 ? role::server : role::client;
    agreed_.shared              = &shared_;
    agreed_.options.max_message = 4096;
    machine_                    = std::make_unique<connection>(agreed_, now_);
    const std::uint8_t how      = told.number();
    agreed_.options.deflate     = {.threshold = 0};
    deflate_agreement deflate{
        .on = how % 2 != 0, .our_takeover = (how & 2) != 0, .their_takeover = (how & 4) != 0};
    deflate.our_window_bits = deflate.their_window_bits =
        static_cast<std::uint16_t>((8 + how / 8 % 8) & 15);
    machine_->agree(deflate);
    machine_->opened(now_);
  }

  void run() {
    while (!told_.over()) {
      step(told_.number());
      require(machine_->at() >= before_);  // never backwards
      before_ = machine_->at();
    }
    for (int n = 0; machine_->state() != ready_state::closed; ++n) {  // time alone ends it
      require(n < 1000);
      if (machine_->state() == ready_state::open) close(1000);
      require(machine_->deadline() != never);
      now_ = std::max(now_, machine_->deadline());
      machine_->tick(now_);
    }
    require(!machine_->has_output() || machine_->ending_so_far().unsent_messages < 1'000'000);
  }

 private:
  void step(unsigned what) {
    switch (what % 10) {
      case 0:
      case 1: return receive(told_.bytes(told_.number()));
      case 2: return machine_->end_of_stream(now_);
      case 3: return machine_->lose(cause::reset, now_);
      case 4: now_ += std::chrono::milliseconds(told_.number() * 50); return machine_->tick(now_);
      case 5: return close(static_cast<std::uint16_t>(1000 + told_.number()));
      case 6: return hand_over(told_.number());
      case 7: return machine_->finish_reply(now_);
      case 8: {
        const auto text = told_.bytes(told_.number());
        machine_->send({what % 3 ? message_type::text : message_type::binary, text}, now_);
        return machine_->keep_borrowed();
      }
      default:
        return told_.number() == 0 ? machine_->terminate(now_) : machine_->fail_handler(now_);
    }
  }

  void receive(std::vector<std::byte> bytes) {
    if (!machine_->wants_input()) return;
    machine_->receive(bytes, now_);
    event told;
    while (machine_->next_event(told, now_))
      if (told.what == event::kind::message) require(told.bytes.size() <= 4096);
  }

  void close(std::uint16_t code) {
    bool began = false;
    machine_->close(close_code(code), "bye", now_, began);
  }

  void hand_over(std::size_t most) {
    piece pieces[8];
    std::uint64_t taken = 0;
    const std::size_t n = machine_->output(pieces);
    for (std::size_t i = 0; i < n; ++i) taken += pieces[i].size;
    taken = std::min<std::uint64_t>(taken, most);
    if (taken != 0) machine_->consumed(taken, now_);
  }

  script& told_;
  no_surprise source_;
  resources shared_;
  terms agreed_;
  protocol::time now_ = protocol::time(std::chrono::hours(1000));
  std::unique_ptr<connection> machine_;
  stage before_ = stage::connecting;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  script told(data, size);
  play(told).run();
  return 0;
}
