// The note of an ending: the words of what ended it, whatever else goes wrong meanwhile.
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

TEST(ConnectionNote, is_that_of_the_first_cause) {
  auto s         = script::open(role::client);
  s.keys().fails = true;
  while (s.machine().at() == stage::open && s.sends("x") == error::none) {
  }
  EXPECT_EQ(s.how().note, "the operating system has no randomness for masking keys");

  auto thrown         = script::open(role::client);
  thrown.keys().fails = true;
  thrown.throws("thrown");
  thrown.expect_ended({false, 1006, initiator::local, cause::handler_failed, phase::open});
  EXPECT_EQ(thrown.how().note, "thrown") << "not what lacked to say so to the peer";

  auto full  = script::open(role::server, {.max_buffered = 1, .on_overflow = overflow::close});
  full.takes = 0;
  full.sends("x");
  full.sends("y");
  full.peer_sends(frame{3, ""});
  full.transport_takes(9999);
  full.passes(60s);
  full.expect_ended({false, 1006, initiator::local, cause::send_queue_overflow, phase::open});
  EXPECT_EQ(full.how().note, "") << "not the rule that was broken afterwards";
}

}  // namespace
}  // namespace adieu::inline v1::protocol
