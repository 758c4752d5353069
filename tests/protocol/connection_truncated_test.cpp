// A stream over TLS that ends without close_notify: before the closing handshake something may be
// missing, behind it nothing can be. [RFC 8446 6.1; docs/closing.md 4]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

class ConnectionTruncated : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, ConnectionTruncated, ::testing::ValuesIn(both_roles), name_of_role);

using enum initiator;

TEST_P(ConnectionTruncated, end_cut_off_while_nobody_had_closed) {
  auto s = script::open(side());
  s.peer_is_cut_off();
  s.expect_ended({false, 1006, none, cause::tls_truncated, phase::open});
}

TEST_P(ConnectionTruncated, end_cut_off_during_the_opening) {
  virtual_time clock;
  one_end s(side(), clock);
  s.hears_truncation();
  EXPECT_EQ(s.how().cause, cause::tls_truncated);
  EXPECT_EQ(s.how().phase, phase::opening);
}

TEST_P(ConnectionTruncated, end_cut_off_instead_of_an_answer) {
  auto s = script::open(side());
  s.closes(4000, "bye");
  s.peer_is_cut_off();
  s.expect_ended({false, 1006, local, cause::tls_truncated, phase::awaiting_close});
}

TEST_P(ConnectionTruncated, end_cut_off_behind_the_peers_close_still_answers_and_notes_it) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("last");
  s.peer_sends(closing(4001, "bye"));
  s.peer_is_cut_off();
  s.expect_at(stage::answering);
  s.transport_takes(9999);
  s.expect_ended({true, 4001, remote, cause::completed, phase::ending});
  EXPECT_EQ(s.how().note, "TLS ended without close_notify");
}

TEST_P(ConnectionTruncated, end_whose_handler_throws_afterwards_tells_what_was_thrown) {
  auto s        = script::open(side());
  s.holds_reply = true;
  s.peer_sends(closing(4000));
  s.peer_is_cut_off();
  s.throws("thrown");
  EXPECT_EQ(name(s.how().cause), name(cause::handler_failed));
  EXPECT_EQ(s.how().note, "thrown");
}

TEST_P(ConnectionTruncated, end_cut_off_behind_both_closes_is_clean_and_notes_it) {
  auto s = script::open(side());
  s.closes(4000, "bye");
  s.peer_sends(closing(4001, "and you"));
  s.peer_is_cut_off();
  s.expect_ended({true, 4001, local, cause::completed, phase::ending});
  EXPECT_EQ(s.how().note, "TLS ended without close_notify");
}

}  // namespace
}  // namespace adieu::inline v1::protocol
