// What chance lets an application do of its own accord.
#include "simulator/application.hpp"

#include <algorithm>
#include <cstring>

namespace simulator {

void application::begin(world& w, end& e, const wire_watch& theirs, const manners& m) {
  world_   = &w;
  end_     = &e;
  theirs_  = &theirs;
  manners_ = m;
  next_ = reads_again_ = finishes_ = never;
  left_                            = m.actions;
  opened_ = left_it_ = ended_ = in_on_closing_ = reply_finished_ = winding_up_ = request_waits_ =
      false;
  believes_all = believes_pongs = false;
  delivered_ = pongs_ = last_pong_ = 0;
  ping_number_ = rejected_messages_ = rejected_bytes_ = 0;
  overflowed_                                         = false;
  ticks_at_ = m.ticks_every.count() != 0 ? w.now + m.ticks_every : never;
  next_     = ticks_at_;
  if (left_ != 0) next_ = w.now + w.ms_of({0, 0, 1, 20});
}

void application::expect(bool right, const char* what) {
  if (!right) world_->breach(end_->whose(), what);
}

// --- of its own accord ---

void application::act() {
  next_ = never;
  if (ended_) return;
  if (request_waits_) {
    request_waits_ = false;
    if (end_->machine().state() == ready_state::connecting && end_->is_opening()) {
      if (manners_.refuses_opening && world_->chance.one_in(2)) {
        world_->tell(end_->whose(), "refuses the opening");
        end_->refuse(world_->chance.one_in(2) ? 403 : 503);
      } else {
        world_->tell(end_->whose(), "accepts the opening");
        end_->accept();
      }
    }
  } else if (finishes_ <= world_->now) {
    finishes_ = never;
    world_->tell(end_->whose(), "lets go of the reply");
    end_->finish_reply();
  } else if (reads_again_ <= world_->now) {
    keeps_reading(true);
  } else if (ticks_at_ <= world_->now) {
    ticks();
  } else if (left_ != 0) {
    --left_;
    something();
  }
  time at = std::min({finishes_, reads_again_, ticks_at_});
  if (left_ != 0)
    at = std::min(at, world_->now + (manners_.polite ? world_->ms_of({0, 0, 0, 1, 5, 50})
                                                     : world_->ms_of({0, 0, 1, 10, 400, 3000})));
  next_ = at == never ? never : std::max(at, world_->now);
}

void application::something() {
  const std::uint32_t rare = world_->chance.below(1000);
  if (rare < manners_.leaves) return leaves();
  if (rare < manners_.leaves + manners_.terminates) {
    world_->tell(end_->whose(), "terminate()");
    return end_->terminate();
  }
  if (rare < manners_.leaves + manners_.terminates + manners_.throws)
    return end_->posted_work_throws();
  switch (world_->chance.below(32)) {
    case 0:
    case 1: return closes();
    case 2:
    case 3:
    case 4: return manners_.pings ? pings() : sends(size());
    case 5:
    case 6: return keeps_reading(false);
    case 7: return manners_.mistakes ? makes_a_mistake() : sends(size());
    case 8:
      if (manners_.polite) return sends(size());
      world_->tell(end_->whose(), "has to be over soon");
      return end_->hurry(world_->now + world_->ms_of({0, 10, 1000, 70'000}));
    case 9:
    case 10:
    case 11: return sends_last_word();
    default: return sends(size());
  }
}

void application::ticks() {
  const connection& m = end_->machine();
  ticks_at_           = world_->now + manners_.ticks_every;
  if (m.state() > ready_state::open) ticks_at_ = never;
  if (m.state() != ready_state::open) return;
  do {
    sends(manners_.tick);
  } while (manners_.fills && m.state() == ready_state::open &&
           may_queue(m.buffered_amount(), m.queued_messages()));
}

void application::keeps_reading_only_if(bool reads) {
  world_->tell(end_->whose(), reads ? "reads again" : "stops reading");
  reads_again_ = never;
  end_->pause(!reads);
}

void application::winds_up(bool closes_now) {
  winding_up_ = true;
  left_       = 0;
  ticks_at_   = never;
  if (!ended_) {
    if (end_->paused()) keeps_reading(true);
    if (closes_now && end_->machine().state() <= ready_state::open) closes();
  }
  if (request_waits_ || finishes_ != never) next_ = world_->now;
}

std::uint32_t application::size() {
  dice& d = world_->chance;
  if (manners_.large_sometimes && d.one_in(12)) {
    const auto large = d.one_in(2) ? large_content - d.below(2000) : d.below(large_content);
    return large > large_content - 200 ? 3 * large : large;
  }
  switch (d.below(8)) {
    case 0: return d.below(4);
    case 1: return std::min(manners_.largest, 120 + d.below(16));
    case 2: return d.below(manners_.largest + 1);
    default: return d.below(std::min(manners_.largest, 60u) + 1);
  }
}

error application::send_as(const content& c, bool last_word) {
  message_view m(c.type, c.bytes());
  // What may be borrowed is overwritten as soon as it may be.
  const bool may_be_borrowed = c.size >= 1024;
  if (may_be_borrowed) {
    scratch_.assign(c.bytes().begin(), c.bytes().end());
    m = message_view(c.type, scratch_);
  }
  const error e = last_word ? end_->send_last_word(m, c) : end_->send(m, c);
  if (may_be_borrowed) std::memset(scratch_.data(), 0xEE, scratch_.size());
  return e;
}

// What the options say of a queue of that many bytes.
bool application::may_queue(std::uint64_t bytes, std::uint64_t messages) const {
  const std::uint64_t limit = end_->options().max_buffered;
  return limit == 0 || (bytes < limit && messages < 128 + limit / 32);
}

void application::counts(error e, std::uint64_t bytes) {
  if (e == error::none) return;
  ++rejected_messages_;
  rejected_bytes_ += bytes;
}

// Of a send that `refused` says must not be made at all, or that the queue decides about: as it was
// once the transport had taken what it takes.
void application::judges(error e, const content& c, error refused, unsigned refusals,
                         const char* wrong) {
  const bool has_room = may_queue(end_->was().queue_then, end_->was().messages_then);
  const error right   = refused != error::none ? refused
                        : has_room             ? error::none
                                               : error::send_queue_full;
  expect(e == right || end_->keys().fails, wrong);
  if (e == error::send_queue_full)
    expect(end_->was().refusals != refusals || !end_->hands_over(),
           "a message is refused that the transport would have made room for");
  counts(e, c.size);
}

void application::sends(std::uint32_t bytes) {
  const content c     = draw(world_->chance, bytes);
  const bool is_open  = end_->machine().state() == ready_state::open;
  const auto refusals = end_->was().refusals;
  const error e       = send_as(c, false);
  world_->tell(end_->whose(),
               e == error::none ? "sends message %llu of %llu bytes" : "may not send",
               end_->watch().messages().size(), c.size);
  judges(e, c, is_open ? error::none : error::not_open, refusals,
         "send() does not answer as it has to");
  overflowed_ = overflowed_ || e == error::send_queue_full;
}

void application::sends_last_word() {
  if (end_->machine().at() != stage::replying) return sends(size());
  const content c     = draw(world_->chance, size());
  const auto refusals = end_->was().refusals;
  const error e       = send_as(c, true);
  world_->tell(end_->whose(), "last word: message %llu of %llu bytes",
               end_->watch().messages().size(), c.size);
  judges(e, c, error::none, refusals, "reply.send() does not answer as it has to");
}

void application::pings() {
  ++ping_number_;
  const connection& m = end_->machine();
  const error right   = m.state() != ready_state::open                     ? error::not_open
                        : may_queue(m.queued_bytes(), m.queued_messages()) ? error::none
                                                                           : error::send_queue_full;
  world_->tell(end_->whose(), "pings %llu", ping_number_);
  std::byte payload[125] = {};
  std::memcpy(payload, &ping_number_, sizeof ping_number_);
  const error e = end_->ping({payload, 8 + (ping_number_ % 5 == 0 ? 117u : 0u)});
  expect(e == right || end_->keys().fails, "ping() does not answer as it has to");
}

void application::closes() {
  const ready_state before = end_->machine().state();
  bool began               = false;
  error e;
  switch (world_->chance.below(4)) {
    case 0: e = end_->close(no_status, "", began); break;
    case 1:
      e = end_->close(static_cast<std::uint16_t>(3000 + world_->chance.below(2000)),
                      "a reason \xE2\x82\xAC", began);
      break;
    case 2:
      if (end_->whose() == who::server) {
        e = end_->close(1001, "", began);
        break;
      }
      [[fallthrough]];
    default: e = end_->close(1000, "done", began);
  }
  if (began) world_->tell(end_->whose(), "close()");
  expect(e == error::none, "close() refuses what is right");
  expect(began == (before <= ready_state::open),
         "close() begins where it must not, or not where it must");
  const ready_state after = end_->machine().state();
  expect(after >= ready_state::closing, "close() leaves it open");
  expect(before != ready_state::connecting || after == ready_state::closed,
         "close() does not abandon an opening");
}

void application::leaves() {
  if (left_it_) return;
  world_->tell(end_->whose(), "the owner drops it");
  left_it_ = true;
  left_    = 0;
  end_->leave();
  if (finishes_ != never) finishes_ = world_->now;
  if (end_->paused()) keeps_reading(true);
}

void application::makes_a_mistake() {
  connection& m       = end_->machine();
  const stage before  = m.at();
  const wire_watch& w = end_->watch();
  const auto accepted = m.buffered_amount() + w.payload_put(), put = w.position();
  const content nothing;
  bool began = true;
  if (m.state() == ready_state::connecting) return;
  switch (world_->chance.below(5)) {
    case 0: {
      const char cut[] = "caf\xC3";
      const error e    = end_->send(message_view(std::string_view(cut, 4)), nothing);
      expect(e != error::none, "text that is not UTF-8 is accepted");
      counts(e, 4);
      break;
    }
    case 1: {
      const std::uint16_t code = world_->chance.of<std::uint16_t>(
          {0, 999, 1002, 1004, 1005, 1006, 1010, 1015, 2999, 5000});
      const error e = end_->close(code, "", began);
      expect(!began && (e != error::none || before > stage::open), "a bad close code is accepted");
      break;
    }
    case 2: {
      const std::string long_reason(124, 'x');
      const error e = end_->close(close_code::normal, long_reason, began);
      expect(!began && (e != error::none || before > stage::open), "a long reason is accepted");
      break;
    }
    case 3: {
      const error e = end_->close(close_code::normal, "\xFF", began);
      expect(!began && (e != error::none || before > stage::open),
             "a reason that is not UTF-8 is accepted");
      break;
    }
    default:
      if (before == stage::replying) return;
      {
        const error e = end_->send_last_word(message_view(std::string_view("late")), nothing);
        expect(e != error::none, "a last word is accepted where nobody has it");
        counts(e, 4);
      }
  }
  // A queue that was full may have been handed over.
  expect((m.at() == before || w.position() != put) &&
             m.buffered_amount() + w.payload_put() == accepted,
         "a call that was refused changed something");
}

void application::keeps_reading(bool reads) {
  if (!opened_ && !reads) return;
  world_->tell(end_->whose(), reads ? "reads again" : "stops reading");
  end_->pause(!reads);
  reads_again_ = never;
  if (!reads)
    reads_again_ = world_->now + (manners_.polite ? world_->ms_of({0, 1, 30, 500})
                                                  : world_->ms_of({1, 30, 4000, 30'000}));
  next_ = std::min({next_, reads_again_});
}

}  // namespace simulator
