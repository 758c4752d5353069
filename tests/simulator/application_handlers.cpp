// What an application does within its handlers, and what it holds against what it is told.
#include "simulator/application.hpp"

#include <algorithm>
#include <cstring>

namespace simulator {

// False: the handler throws.
bool application::reacts() {
  if (winding_up_) return true;
  const std::uint32_t n = world_->chance.below(1000);
  if (n < manners_.throws) return false;
  if (n >= manners_.reacts * 10) return true;
  switch (world_->chance.below(12)) {
    case 0: closes(); break;
    case 1: keeps_reading(false); break;
    case 2:
      if (manners_.leaves != 0 && world_->chance.one_in(6)) leaves();
      break;
    case 3:
      if (manners_.terminates != 0 && world_->chance.one_in(6)) {
        world_->tell(end_->whose(), "terminate() in a handler");
        end_->terminate();
      }
      break;
    case 4:
      if (manners_.pings) pings();
      break;
    default: sends_last_word();
  }
  return true;
}

bool application::on_opened() {
  world_->tell(end_->whose(), "is open");
  expect(!opened_ && !ended_, "on_open comes twice, or after the end");
  opened_ = true;
  return reacts();
}

bool application::on_message(message_view incoming) {
  expect(opened_, "a message before on_open");
  expect(!ended_, "a message after the end");
  const auto limit = end_->options().max_message;
  expect(limit == 0 || incoming.size() <= limit, "a message over max_message is delivered");
  world_->tell(end_->whose(), "gets message %llu of %llu bytes", delivered_ + 1, incoming.size());
  if (!believes_all) {
    const auto& sent = theirs_->messages();
    if (delivered_ >= sent.size()) {
      expect(false, "a message that nobody sent is delivered");
      return true;
    }
    const content& c = sent[delivered_];
    expect(c.type == incoming.type() && c.size == incoming.size() &&
               (c.size == 0 || std::memcmp(c.bytes().data(), incoming.bytes().data(), c.size) == 0),
           "what is delivered is not the next message that was sent");
  }
  ++delivered_;
  // What the owner has dropped is told nobody.
  if (left_it_) return true;
  if (!believes_all && !winding_up_ && world_->chance.below(100) < manners_.reacts / 3 &&
      end_->machine().state() == ready_state::open) {
    // The echo, which is not checked a second time.
    const content c = theirs_->messages()[delivered_ - 1];
    const error e   = end_->send(incoming, c);
    counts(e, c.size);
    overflowed_ = overflowed_ || e == error::send_queue_full;
    if (e == error::none)
      world_->tell(end_->whose(), "echoes it as message %llu", end_->watch().messages().size());
  }
  return reacts();
}

bool application::on_closing() {
  expect(!ended_, "on_closing after the end");
  expect(opened_, "on_closing before on_open");
  world_->tell(end_->whose(), "is told of the peer's Close");
  if (left_it_) {
    end_->finish_reply();
    return true;
  }
  dice& d        = world_->chance;
  bool keeps     = false;
  const stage at = end_->machine().at();
  expect(at == stage::replying || at == stage::closed, "no last word is possible in on_closing");
  if (!winding_up_) {
    for (std::uint32_t words = d.below(3); words > 0; --words) sends_last_word();
    if (d.below(1000) < manners_.throws * 4) {
      end_->was().threw_in_on_closing = true;
      return false;
    }
    keeps = d.one_in(3);
  }
  if (!keeps) {
    end_->finish_reply();
    return true;
  }
  finishes_ = world_->now +
              (manners_.polite ? world_->ms_of({0, 1, 200}) : world_->ms_of({0, 1, 500, 10'000}));
  next_ = std::min(next_, finishes_);
  return true;
}

bool application::on_pong(std::span<const std::byte> payload) {
  expect(!ended_, "a pong after the end");
  ++pongs_;
  if (payload.size() < 8 || believes_pongs) return reacts();
  std::uint64_t number = 0;
  if (payload.size() >= sizeof number) std::memcpy(&number, payload.data(), sizeof number);
  expect(number > last_pong_ && number <= ping_number_, "a pong that is out of order or unasked");
  last_pong_ = number;
  return left_it_ || reacts();
}

bool application::on_drained() { return left_it_ || ended_ || reacts(); }

void application::on_ended() {
  expect(!ended_, "the end comes twice");
  ended_ = true;
  next_  = never;
}

void application::on_request() {
  if (manners_.slow_to_accept) {
    request_waits_ = true;
    next_          = std::min(next_, world_->now + world_->ms_of({0, 1, 3000, 30'000}));
    if (winding_up_) next_ = world_->now;
    return;
  }
  if (manners_.refuses_opening && world_->chance.one_in(2)) {
    world_->tell(end_->whose(), "refuses the opening");
    end_->refuse(403);
    return;
  }
  world_->tell(end_->whose(), "accepts the opening");
  end_->accept();
}

}  // namespace simulator
