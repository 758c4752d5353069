// One line for a log, for every way to end. [docs/closing.md 3, 3a]
#include <adieu/ending.hpp>

#include <gtest/gtest.h>

namespace adieu::inline v1 {
namespace {

ending clean(initiator who, close_frame sent, close_frame received) {
  ending how;
  how.was_clean = true;
  how.code      = received.code.value_or(1005);
  how.reason    = received.reason;
  how.sent      = std::move(sent);
  how.received  = std::move(received);
  how.initiator = who;
  how.cause     = cause::completed;
  how.phase     = phase::ending;
  return how;
}

ending unclean(initiator who, cause why, phase where) {
  ending how;
  how.initiator = who;
  how.cause     = why;
  how.phase     = where;
  return how;
}

TEST(ExplainEnding, tells_who_closed_and_with_what) {
  EXPECT_EQ(explain(clean(initiator::remote, {1001, ""}, {1001, "deploy"})),
            "the peer closed with 1001 going_away \"deploy\"");
  EXPECT_EQ(explain(clean(initiator::local, {1000, "bye"}, {1000, ""})),
            "closed by this end with 1000 normal \"bye\"");
  EXPECT_EQ(explain(clean(initiator::local, {4000, ""}, {4001, "no"})),
            "closed by this end with 4000, answered with 4001 \"no\"");
  EXPECT_EQ(explain(clean(initiator::both, {1000, ""}, {3000, ""})),
            "both ends closed at once, the peer with 3000 unauthorized");
  EXPECT_EQ(explain(clean(initiator::local, {}, {})), "closed by this end with an empty Close");
  EXPECT_EQ(explain(clean(initiator::remote, {}, {})), "the peer closed with 1005 no_status");
}

TEST(ExplainEnding, tells_where_it_ended_and_what_to_do) {
  EXPECT_EQ(explain(unclean(initiator::none, cause::peer_vanished, phase::open)),
            "the stream ended without a Close while open; the peer or a proxy died or restarted: "
            "come back with jitter");
  EXPECT_EQ(
      explain(unclean(initiator::local, cause::closing_timed_out, phase::awaiting_close)),
      "the closing took too long while waiting for the peer's Close; the peer is stuck or gone");
  EXPECT_EQ(explain(unclean(initiator::local, cause::abandoned, phase::resolving)),
            "abandoned by this end before it began to connect");
  EXPECT_EQ(explain(unclean(initiator::local, cause::terminated, phase::flushing)),
            "terminated by this end before our Close had left");
  EXPECT_EQ(explain(unclean(initiator::local, cause::protocol_violation, phase::open)),
            "the peer broke the protocol while open; mend the peer");
}

TEST(ExplainEnding, tells_tls_that_could_not_be_set_up_from_tls_that_was_to_be_once_more) {
  EXPECT_EQ(explain(unclean(initiator::none, cause::tls_failed, phase::tls)),
            "TLS could not be set up during the TLS handshake; check certificate, name and clock");
  EXPECT_EQ(explain(unclean(initiator::none, cause::tls_failed, phase::open)),
            "TLS was not set up once more while open; turn renegotiation off in the peer, or use "
            "TLS 1.3");
}

TEST(ExplainEnding, tells_what_was_lost) {
  ending how          = unclean(initiator::local, cause::terminated, phase::open);
  how.unsent_messages = 1;
  how.unsent_bytes    = 7;
  EXPECT_EQ(explain(how), "terminated by this end while open; unsent: 1 message, 7 bytes");
  how.unsent_messages = 2;
  how.late_messages   = 3;
  EXPECT_EQ(explain(how),
            "terminated by this end while open; unsent: 2 messages, 7 bytes; "
            "3 late messages dropped");
  ending fine        = clean(initiator::local, {1000, ""}, {1000, ""});
  fine.late_messages = 2;
  EXPECT_EQ(explain(fine), "closed by this end with 1000 normal; 2 late messages dropped");
}

TEST(ExplainEnding, tells_the_note_the_status_and_the_peers_close) {
  ending how      = unclean(initiator::none, cause::refused, phase::opening);
  how.http_status = 404;
  how.note        = "the server answered 404 Not Found";
  EXPECT_EQ(explain(how),
            "the server refused the opening with HTTP 404 (the server "
            "answered 404 Not Found); read its answer");
  ending lost   = unclean(initiator::remote, cause::reset, phase::flushing);
  lost.received = close_frame{4003, "theirs"};
  lost.code     = 4003;
  lost.reason   = "theirs";
  EXPECT_EQ(explain(lost),
            "the stream was reset before our Close had left; the peer had closed with "
            "4003 \"theirs\"; the peer or a proxy died: come back with jitter");
}

TEST(ExplainEnding, tells_an_ending_that_an_application_has_put_together) {
  ending how = clean(initiator::local, {}, {});
  how.sent.reset();
  EXPECT_EQ(explain(how), "closed by this end with an empty Close, answered with 1005 no_status");
  how.received.reset();
  EXPECT_EQ(explain(how), "closed by this end with an empty Close, answered with 1005 no_status");
  how.sent = close_frame{1000, ""};
  EXPECT_EQ(explain(how), "closed by this end with 1000 normal, answered with 1005 no_status");
  ending gone      = unclean(initiator::local, cause::abandoned, phase::opening);
  gone.http_status = 103;
  EXPECT_EQ(explain(gone), "abandoned by this end during the opening");
}

TEST(ExplainEnding, has_no_words_for_what_is_neither_cause_nor_phase) {
  EXPECT_EQ(explain(unclean(initiator::none, cause{99}, phase{99})), " ");
}

TEST(ExplainEnding, tells_that_a_handler_threw_although_the_closing_was_clean) {
  ending how = clean(initiator::local, {1011, ""}, {1011, ""});
  how.cause  = cause::handler_failed;
  EXPECT_TRUE(explain(how).starts_with("a handler threw"));
}

TEST(ExplainEnding, counts_what_was_rejected_also_of_a_clean_end) {
  ending how            = clean(initiator::local, {1000, ""}, {1000, ""});
  how.rejected_messages = 1;
  how.rejected_bytes    = 8;
  EXPECT_TRUE(explain(how).ends_with("; rejected: 1 message, 8 bytes")) << explain(how);
  how.rejected_messages = 2;
  EXPECT_TRUE(explain(how).ends_with("; rejected: 2 messages, 8 bytes")) << explain(how);
}

TEST(ExplainEnding, has_one_line_for_every_cause_in_every_phase) {
  for (int c = 1; c <= static_cast<int>(cause::out_of_memory); ++c)
    for (int p = 0; p <= static_cast<int>(phase::ending); ++p) {
      const std::string line =
          explain(unclean(initiator::none, static_cast<cause>(c), static_cast<phase>(p)));
      EXPECT_GE(line.size(), 20u);
      EXPECT_EQ(line.find('\n'), std::string::npos);
      EXPECT_EQ(line.find("  "), std::string::npos) << line;
    }
}

TEST(ExplainEnding, lets_no_reason_or_note_forge_a_line_or_drive_a_terminal) {
  ending how;
  how.was_clean = true;
  how.cause     = cause::completed;
  how.initiator = initiator::remote;
  how.code      = 4000;
  how.reason    = "bye\"; unsent: 0\nadieu: error: forged \x1b[2J\xe2\x80\xa8\xc2\x9b";
  how.received  = close_frame{4000, how.reason};
  EXPECT_EQ(explain(how),
            "the peer closed with 4000 \"bye\\\"; unsent: 0\\nadieu: error: forged "
            "\\x1b[2J\\u2028\\u009b\"");

  ending refused;
  refused.cause   = cause::refused;
  refused.note    = "\x1b]0;x\x07\r" + std::string(10'000, 'n');
  const auto line = explain(refused);
  EXPECT_NE(line.find("(\\x1b]0;x\\x07\\rnnn"), std::string::npos) << line;
  EXPECT_LT(line.size(), 700u);
}

}  // namespace
}  // namespace adieu::inline v1
