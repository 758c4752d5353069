// How the machine carries an opening: its bytes, a refusal that is ended properly, frames glued to
// the head. [docs/closing.md 4.5, 7]
#include "protocol/script.hpp"

namespace adieu::inline v1::protocol {
namespace {

std::span<const std::byte> as_span(std::string_view s) {
  return std::as_bytes(std::span(s.data(), s.size()));
}

TEST(Opening, server_answers_a_refused_opening_ends_its_side_and_discards) {
  script server(role::server);
  server.checks_frames = false;
  server.takes         = 10;
  server.machine().say(as_span("HTTP/1.1 426 Upgrade Required\r\n\r\n"));
  server.machine().refused(server.now());
  server.settle();
  server.expect_at(stage::failing);
  server.transport_takes(one_end::unlimited);
  EXPECT_EQ(server.newly_sent(), "HTTP/1.1 426 Upgrade Required\r\n\r\n");
  server.expect_at(stage::ending);
  server.expect_fate(stream_fate::end_our_side);
  EXPECT_TRUE(server.machine().wants_input());
  server.peer_sends_bytes(std::string(1 << 20, 'x'));
  EXPECT_FALSE(server.machine().wants_input());
  server.expect_deadline_in(2s);
  server.expect_ended({false, 1006, initiator::none, cause::refused, phase::opening});
  EXPECT_FALSE(server.machine().was_open());
}

TEST(Opening, server_that_cannot_answer_a_refused_opening_gives_up) {
  script server(role::server);
  server.takes = 0, server.checks_frames = false;
  server.machine().say(as_span("HTTP/1.1 400 Bad Request\r\n\r\n"));
  server.machine().refused(server.now());
  server.settle();
  server.expect_deadline_in(10s);
  server.expect_at(stage::closed);
}

TEST(Opening, server_that_refuses_sees_the_client_go) {
  script server(role::server);
  server.checks_frames = false;
  server.machine().say(as_span("HTTP/1.1 400 Bad Request\r\n\r\n"));
  server.machine().refused(server.now());
  server.settle();
  server.peer_ends_stream();
  server.expect_ended({false, 1006, initiator::none, cause::refused, phase::opening});
}

TEST(Opening, server_sends_its_answer_before_its_first_frame_and_counts_only_messages) {
  script server(role::server);
  server.checks_frames = false;
  server.takes         = 0;
  server.machine().say(as_span("HTTP/1.1 101 x\r\n\r\n"));
  server.opens();
  server.sends("hi");
  EXPECT_EQ(server.machine().buffered_amount(), 2u);
  server.transport_takes(one_end::unlimited);
  EXPECT_EQ(server.newly_sent(), "HTTP/1.1 101 x\r\n\r\n\x81\x02hi");
}

TEST(Opening, client_finds_frames_glued_to_the_answer) {
  script client(role::client);
  client.machine().opened(client.now());
  client.reads = false;  // until the application has been told that it is open
  client.peer_sends({text("one"), closing(1000)});
  client.expect_messages({});
  client.reads_again();
  client.expect_messages({"one"});
  client.expect_sent(closing(1000));
}

// Found by tools/simulate: the answer was read in the turn in which it was given up.
TEST(Opening, client_that_was_given_up_is_not_opened_any_more) {
  script client(role::client);
  client.passes(1s);
  client.closes();
  client.machine().opened(client.now());
  client.expect_ended({false, 1006, initiator::local, cause::abandoned, phase::opening});
  EXPECT_FALSE(client.machine().was_open());
}

TEST(Opening, client_starts_its_times_when_it_is_open) {
  script client(role::client);
  client.passes(9s);
  client.opens();
  EXPECT_EQ(client.machine().deadline() - client.now(), 25s);
  client.passes(3s);
  client.terminates();
  EXPECT_EQ(client.how().time_open, 3s);
}

}  // namespace
}  // namespace adieu::inline v1::protocol
