// Bytes of one direction of a connection become readable lines.
#include "wire_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using adieu::tool::wire_line;
using adieu::tool::wire_reader;
using lines = std::vector<std::string>;
using namespace std::string_literals;
using namespace std::string_view_literals;

lines read(std::string_view bytes, wire_reader::start at, std::size_t piece) {
  lines told;
  wire_reader reader([&](const wire_line& line) { told.push_back(line.text); }, at);
  while (!bytes.empty()) {
    const auto now = bytes.substr(0, piece);
    reader.feed(std::as_bytes(std::span(now.data(), now.size())));
    bytes.remove_prefix(now.size());
  }
  return told;
}

// However the bytes are cut.
void expect_lines(std::string_view bytes, const lines& want,
                  wire_reader::start at = wire_reader::start::at_frames) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, bytes.size()})
    EXPECT_EQ(read(bytes, at, piece), want) << "in pieces of " << piece;
}

TEST(wire_reader, tells_each_line_of_a_head_then_frames) {
  expect_lines("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x02hi",
               {"HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "text 2 B \"hi\""},
               wire_reader::start::at_head);
}

TEST(wire_reader, tells_nothing_behind_a_refusal) {
  expect_lines("HTTP/1.1 403 Forbidden\r\n\r\n\x81\x02hi", {"HTTP/1.1 403 Forbidden"},
               wire_reader::start::at_head);
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

TEST(wire_reader, shows_compressed_messages_as_bytes) {
  expect_lines("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00"sv,
               {"text 7 B deflated f2 48 cd c9 c9 07 00"});
  expect_lines("\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00\x81\x02hi"sv,
               {"text 3 B (more follows) deflated f2 48 cd", "continuation 4 B (last) c9 c9 07 00",
                "text 2 B \"hi\""});
}

TEST(wire_reader, shows_what_breaks_the_rules) {
  expect_lines("\xf3\x00"sv, {"opcode 0x3 0 B rsv=111"});
  expect_lines("\xc9\x00\xc0\x00"sv, {"ping 0 B rsv=100", "continuation 0 B (last) rsv=100"});
  expect_lines("\x82\x7e\x00\x01"sv, {"not a frame: 82 7e 00 01 …"});
}

TEST(wire_reader, escapes_what_could_drive_a_terminal) {
  expect_lines("\x81\x03\x1b[2"sv, {"text 3 B \"\\x1b[2\""});
  expect_lines("GET /\x1b HTTP/1.1\r\n"sv, {"GET /\\x1b HTTP/1.1"}, wire_reader::start::at_head);
}

}  // namespace
