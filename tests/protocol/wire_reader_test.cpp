// Bytes of one direction of a connection become events of the trace.
#include "protocol/wire_reader.hpp"

#include "protocol/deflating.hpp"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::protocol {
namespace {

using lines = std::vector<std::string>;
using start = wire_reader::start;
using namespace std::string_literals;
using namespace std::string_view_literals;

void feed(wire_reader& reader, std::string_view bytes, std::size_t piece) {
  while (!bytes.empty()) {
    const auto now = bytes.substr(0, piece);
    reader.feed(std::as_bytes(std::span(now.data(), now.size())));
    bytes.remove_prefix(now.size());
  }
}

wire_reader into(lines& told, start at, wire_reader::secrets are = wire_reader::secrets::masked) {
  return wire_reader([&](trace_event& e) { told.push_back(to_string(e).substr(2)); }, at, are);
}

// However the bytes are cut.
void expect_lines(std::string_view bytes, const lines& want, start at = start::at_frames) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
    lines told;
    auto reader = into(told, at);
    feed(reader, bytes, piece);
    EXPECT_EQ(told, want) << "in pieces of " << piece;
  }
}

void expect_deflated(std::string_view bytes, const lines& want, bool takeover = false) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, bytes.size()}) {
    lines told;
    auto reader = into(told, start::at_frames);
    reader.agree(takeover, 15);
    feed(reader, bytes, piece);
    EXPECT_EQ(told, want) << "in pieces of " << piece;
  }
}

TEST(wire_reader, tells_each_line_of_a_head_then_frames) {
  expect_lines("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi",
               {"HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "text 2 B \"hi\""},
               start::at_head);
}

// [RFC 9112 2.2, 5.2]
TEST(wire_reader, finds_frames_behind_the_heads_that_are_tolerated) {
  expect_lines("\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n\x81\x02hi",
               {"GET / HTTP/1.1", "A: b", "text 2 B \"hi\""}, start::at_head);
  expect_lines("HTTP/1.1 101\nA: b\n c\n\n\x81\x02hi",
               {"HTTP/1.1 101", "A: b", " c", "text 2 B \"hi\""}, start::at_head);
}

TEST(wire_reader, tells_nothing_behind_a_refusal) {
  expect_lines("HTTP/1.1 403 Forbidden\r\n\r\n\x81\x02hi", {"HTTP/1.1 403 Forbidden"},
               start::at_head);
}

TEST(wire_reader, unmasks) {
  expect_lines("\x81\x85\x01\x02\x03\x04igohn"sv, {"text 5 B masked \"hello\""});
}

TEST(wire_reader, tells_code_and_reason_of_a_close) {
  expect_lines(
      "\x88\x05\x03\xe8"
      "bye"sv,
      {"close 1000 \"bye\""});
  expect_lines("\x88\x00"sv, {"close (no code)"});
  expect_lines("\x88\x01\x03"sv, {"close (half a code: 03)"});
}

TEST(wire_reader, tells_fragments_by_the_type_they_go_on_with) {
  expect_lines(
      "\x01\x01"
      "a\x00\x01"
      "b\x80\x01"
      "c"sv,
      {"text 1 B (more follows) \"a\"", "continuation 1 B (more follows) \"b\"",
       "continuation 1 B (last) \"c\""});
  expect_lines("\x02\x01\x07\x80\x01\x08"sv,
               {"binary 1 B (more follows) 07", "continuation 1 B (last) 08"});
}

TEST(wire_reader, shows_the_beginning_of_a_large_frame_and_goes_on_behind_it) {
  std::string bytes = "\x82\x7e\x80\x00"s + std::string(0x8000, '\1') + "\x89\x00"s;
  expect_lines(bytes,
               {"binary 32768 B 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 01 …", "ping 0 B"});
}

TEST(wire_reader, cuts_text_between_characters) {
  const std::string text = std::string(59, 'x') + "ää";
  expect_lines("\x81\x3f" + text, {"text 63 B \"" + std::string(59, 'x') + "\" …"});
}

TEST(wire_reader, shows_compressed_messages_as_the_application_sees_them) {
  expect_deflated("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"sv, {"text 7 B deflated \"Hello\""});
  expect_deflated("\x41\x03\xf2\x48\xcd\x89\x01?\x80\x04\xc9\xc9\x07\x00\x81\x02hi"sv,
                  {"text 3 B (more follows) deflated \"He\"", "ping 1 B \"?\"",
                   "continuation 4 B (last) \"llo\"", "text 2 B \"hi\""});
  expect_deflated("\xc1\x01\x00"sv, {"text 1 B deflated"});
}

TEST(wire_reader, follows_a_context_that_is_taken_over) {
  // [RFC 7692 7.2.3.2]
  const auto hello = "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"s;
  const auto again = "\xc1\x05\xf2\x00\x11\x00\x00"s;
  expect_deflated(hello + again, {"text 7 B deflated \"Hello\"", "text 5 B deflated \"Hello\""},
                  true);
}

TEST(wire_reader, shows_nothing_of_what_is_no_compressed_data_and_goes_on) {
  expect_deflated("\xc1\x02\xff\xff\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\x81\x02hi"sv,
                  {"text 2 B deflated", "text 7 B deflated \"Hello\"", "text 2 B \"hi\""});
}

TEST(wire_reader, shows_the_beginning_of_what_little_becomes_much) {
  const std::string zeros(5'000'000, '\0');
  const std::string little = peer_zlib().message(zeros);
  std::string frame        = "\xc2\x7e"s;
  for (int shift = 8; shift >= 0; shift -= 8) frame += static_cast<char>(little.size() >> shift);
  std::vector<std::size_t> sizes;
  wire_reader reader([&](trace_event& e) { sizes.push_back(e.payload.size()); }, start::at_frames);
  reader.agree(true, 15);
  feed(reader, frame + little + "\x89\x00"s, 4096);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{trace_event::shown_at_most, 0}));
}

TEST(wire_reader, takes_rsv1_for_a_broken_rule_where_nothing_was_agreed) {
  expect_lines("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"sv, {"text 7 B rsv=100 f2 48 cd c9 c9 07 00"});
}

TEST(wire_reader, shows_what_breaks_the_rules) {
  expect_lines("\xf3\x00"sv, {"opcode 0x3 0 B rsv=111"});
  expect_lines("\xc9\x00\xc0\x00"sv, {"ping 0 B rsv=100", "continuation 0 B (last) rsv=100"});
  expect_lines("\x82\x7e\x00\x01"sv, {"not a frame: 82 7e 00 01 …"});
}

TEST(wire_reader, escapes_what_could_drive_a_terminal) {
  expect_lines("\x81\x03\x1b[2"sv, {"text 3 B \"\\x1b[2\""});
  expect_lines("GET /\x1b HTTP/1.1\r\n"sv, {"GET /\\x1b HTTP/1.1"}, start::at_head);
}

TEST(wire_reader, tells_all_of_a_frame_that_a_program_may_ask_for) {
  std::vector<trace_event> told;
  std::string payload;
  wire_reader reader(
      [&](trace_event& e) {
        told.push_back(e);
        payload.assign(reinterpret_cast<const char*>(e.payload.data()), e.payload.size());
      },
      start::at_frames);
  feed(reader, "\x01\x80\1\2\3\4"sv, 1);
  feed(reader, "\x80\x7e\x08\x00"s + std::string(2048, 'x'), 100);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].kind, trace_kind::frame);
  EXPECT_TRUE(told[0].masked && told[0].is_text && !told[0].fin && told[0].payload.empty());
  EXPECT_EQ(told[1].opcode, 0);
  EXPECT_TRUE(told[1].fin && told[1].is_text && !told[1].masked);
  EXPECT_EQ(told[1].length, 2048u);
  EXPECT_EQ(payload, std::string(trace_event::shown_at_most, 'x'));
  feed(reader,
       "\x88\x05\x0f\xa0"
       "bye"sv,
       2);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[2].close_code, 4000);
}

TEST(wire_reader, tells_of_a_large_frame_as_soon_as_its_beginning_is_there) {
  lines told;
  auto reader = into(told, start::at_frames);
  feed(reader, "\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00"s + std::string(1023, '\1'), 4096);
  EXPECT_TRUE(told.empty());
  feed(reader, "\1", 1);
  EXPECT_EQ(told.size(), 1u);
}

TEST(wire_reader, masks_secrets_unless_they_are_asked_for) {
  const auto head =
      "GET /chat?token=s3cret HTTP/1.1\r\nCookie: id=s3cret\r\n ; more=s3cret\r\n\r\n";
  lines told, all;
  auto reader = into(told, start::at_head);
  feed(reader, head, 7);
  EXPECT_EQ(told, (lines{"GET /chat?*** HTTP/1.1", "Cookie: ***", " ***"}));
  auto shows = into(all, start::at_head, wire_reader::secrets::shown);
  feed(shows, head, 7);
  EXPECT_EQ(all, (lines{"GET /chat?token=s3cret HTTP/1.1", "Cookie: id=s3cret", " ; more=s3cret"}));
}

TEST(wire_reader, goes_on_behind_an_interim_answer) {
  expect_lines("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 x\r\n\r\n\x89\x00"sv,
               {"HTTP/1.1 103 Early Hints", "HTTP/1.1 101 x", "ping 0 B"}, start::at_head);
}

TEST(wire_reader, goes_on_behind_a_proxys_answer) {
  lines asked, told;
  auto sent     = into(asked, start::at_head);
  auto received = into(told, start::at_head);
  feed(sent, "CONNECT a:80 HTTP/1.1\r\nProxy-Authorization: Basic s3cret\r\n\r\n", 5);
  EXPECT_TRUE(sent.asked_for_tunnel());
  received.expect_tunnel();
  feed(received, "HTTP/1.1 200 OK\r\n\r\n", 5);
  feed(sent, "GET / HTTP/1.1\r\n\r\n\x89\x00"sv, 5);
  EXPECT_FALSE(sent.asked_for_tunnel());
  feed(received, "HTTP/1.1 101 x\r\n\r\n\x8a\x00"sv, 5);
  EXPECT_EQ(asked, (lines{"CONNECT a:80 HTTP/1.1", "Proxy-Authorization: ***", "GET / HTTP/1.1",
                          "ping 0 B"}));
  EXPECT_EQ(told, (lines{"HTTP/1.1 200 OK", "HTTP/1.1 101 x", "pong 0 B"}));
}

TEST(wire_reader, keeps_no_line_that_never_ends) {
  lines told;
  auto reader = into(told, start::at_head);
  feed(reader, std::string(2 << 20, 'x'), 1000);
  EXPECT_EQ(told, lines{"a line of the head that never ends"});
}

}  // namespace
}  // namespace adieu::inline v1::protocol
