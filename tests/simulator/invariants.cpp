// What holds after every event.
#include "simulator/invariants.hpp"

#include <algorithm>

namespace simulator {
namespace {

// Streams that compress: a loop's, for all its connections.
constexpr std::uint64_t lent_for_deflating = 1 << 20;

}  // namespace

void invariants::begin(world& w, end& e, application& a, const wire_watch& own,
                       const wire_watch& theirs, const link& l, const assumptions& given) {
  world_       = &w;
  end_         = &e;
  application_ = &a;
  own_         = &own;
  theirs_      = &theirs;
  link_        = &l;
  given_       = given;
  furthest_    = stage::connecting;
  started_ = opened_at_ = began_ = stage_began_ = w.now;
  began_known_ = told_of_end_ = kept_input_ = false;
  most_buffered_                            = 0;
  own_seen_ = theirs_seen_ = 0;
  largest_own_ = largest_theirs_ = 0;
  pings_passed_                  = 0;
  awaited_                       = false;
}

void invariants::hold() {
  if (told_of_end_) return;
  follow_stage();
  end_->waits().at(furthest_);
  if (end_->ended()) {
    told_of_end_ = true;
    return ending_is_right();
  }
  buffered_is_exact();
  deadline_is_right();
  looks_are_wanted();
  memory_is_within_budget();
  what_was_sent_is_known();
  if (furthest_ == stage::open) pings_are_answered();
}

void invariants::follow_stage() {
  const stage at = end_->machine().at();
  expect(at >= furthest_, "the state goes backwards");
  if (at == furthest_) return;
  awaited_ = awaited_ || at == stage::awaiting_close;
  if (furthest_ == stage::connecting && at >= stage::open) opened_at_ = world_->now;
  if (at > stage::open && !began_known_) {
    began_known_ = true;
    began_       = world_->now;
  }
  stage_began_ = world_->now;
  furthest_    = at;
  world_->told.say(world_->now, end_->whose(), "  [%s]", protocol::name(at));
}

// buffered_amount is what was accepted and is not on the wire, to the byte.
void invariants::buffered_is_exact() {
  const std::uint64_t buffered = end_->machine().buffered_amount();
  expect(buffered == own_->accepted_bytes() - own_->payload_put(), "buffered_amount is not exact");
  most_buffered_ = std::max(most_buffered_, buffered);
}

void invariants::deadline_is_right() {
  const connection& m         = end_->machine();
  const time at               = m.deadline();
  const patience::span rights = end_->waits().deadline();
  expect(rights.has(at), furthest_ == stage::open ? "the keepalive's deadline is wrong"
                                                  : "the deadline is not the one of this phase");
  end_->waits().saw(at);
  expect(furthest_ == stage::closed || at != never || m.wants_input(),
         "nothing is waited for: no deadline and no read");
}

void invariants::looks_are_wanted() {
  const time at = end_->machine().look_at(), by = end_->waits().look_by();
  expect(at <= by, "nobody looks whether the peer reads");
  expect(at == never || by != never, "the transport is looked at for nothing");
}

void invariants::memory_is_within_budget() {
  expect(end_->was().discarded <= (1 << 20) + end::buffer_size,
         "what a peer sends is read and thrown away without limit");
  for (; own_seen_ < own_->messages().size(); ++own_seen_)
    largest_own_ = std::max(largest_own_, own_->messages()[own_seen_].size);
  for (; theirs_seen_ < theirs_->messages().size(); ++theirs_seen_)
    largest_theirs_ = std::max(largest_theirs_, theirs_->messages()[theirs_seen_].size);
  kept_input_ = kept_input_ || end_->paused() || end_->was().threw || end_->was().had_its_turn;
  const std::int64_t held   = memory_of::held[index(end_->whose())];
  const std::uint64_t limit = end_->options().max_message;
  const std::uint64_t in    = limit != 0 && given_.honest == false
                                  ? std::min<std::uint64_t>(limit, 2 * end::buffer_size)
                                  : largest_theirs_;
  const std::uint64_t budget =
      64 * 1024 + 4 * in + (kept_input_ ? 2 * end::buffer_size : 0) +
      4 * std::max<std::uint64_t>(most_buffered_, largest_own_) +
      (end_->was().deflate.on ? lent_for_deflating + 4 * in + 4 * largest_own_ : 0) +
      40 * own_->messages().size();
  if (held > static_cast<std::int64_t>(budget))
    world_->breach(end_->whose(), "the connection holds %lld bytes, more than %llu",
                   static_cast<long long>(held), static_cast<unsigned long long>(budget));
}

// Whatever was read is answered: the newest ping always, every one as long as nothing was blocked.
void invariants::pings_are_answered() {
  const connection& m = end_->machine();
  if (m.has_output() || end_->paused() || m.has_kept_input() || !given_.honest ||
      end_->keys().fails)
    return;
  const std::uint64_t read = end_->was().read;
  const auto& pings        = own_->peers_pings();
  while (pings_passed_ < pings.size() && pings[pings_passed_].end <= read) ++pings_passed_;
  if (pings_passed_ == 0) return;
  expect(own_->pongs() != 0 && own_->last_pong() == pings[pings_passed_ - 1].tag,
         "the newest ping stays without its pong");
  expect(end_->was().blocked || own_->pongs() == pings_passed_, "a pong is missing or too many");
}

void invariants::what_was_sent_is_known() {
  if (furthest_ <= stage::open || furthest_ == stage::closed) return;
  const bool on_wire = own_->close().has_value();
  expect(end_->how().sent.has_value() == on_wire, "`sent` is not what is on the wire");
  expect(furthest_ != stage::flushing || !on_wire, "still flushing with the Close on the wire");
  expect((furthest_ != stage::replying && furthest_ != stage::answering) || end_->how().received,
         "an answer to a Close that has not come");
  expect(furthest_ != stage::awaiting_close || on_wire, "awaiting an answer to a Close not sent");
}

}  // namespace simulator
