// Where the body of a response ends, and how much of it is taken.
#include "http/body_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace adieu::inline v1::http {
namespace {

constexpr std::size_t plenty = 100;

struct taken {
  std::string body;
  bool enough = false;

  bool operator==(const taken&) const = default;
};

void PrintTo(const taken& t, std::ostream* to) { *to << '"' << t.body << "\" " << t.enough; }

taken take(const fields& headers, std::string_view bytes, std::size_t most, std::size_t piece,
           unsigned status) {
  body_reader reader({.status = status, .reason = {}, .headers = headers}, most);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    reader.feed(bytes.substr(0, piece));
  return {reader.body(), reader.has_enough()};
}

// However the bytes are cut.
taken take(const fields& headers, std::string_view bytes, std::size_t most = plenty,
           unsigned status = 403) {
  const taken whole = take(headers, bytes, most, bytes.size() + 1, status);
  for (std::size_t piece = 1; piece < bytes.size(); ++piece)
    EXPECT_EQ(take(headers, bytes, most, piece, status), whole) << "in pieces of " << piece;
  return whole;
}

const fields chunked{{"Transfer-Encoding", "chunked"}};

TEST(body_reader, takes_what_comes_if_nothing_says_how_long_it_is) {
  EXPECT_EQ(take({}, "no entry"), (taken{"no entry", false}));
  EXPECT_EQ(take({}, ""), (taken{"", false}));
}

TEST(body_reader, takes_as_much_as_its_length_says) {
  EXPECT_EQ(take({{"Content-Length", "4"}}, "nope, and more"), (taken{"nope", true}));
  EXPECT_EQ(take({{"content-length", "40"}}, "nope"), (taken{"nope", false}));
  EXPECT_EQ(take({{"Content-Length", "0"}}, ""), (taken{"", true}));
}

TEST(body_reader, takes_what_comes_if_its_length_is_none) {
  EXPECT_EQ(take({{"Content-Length", "99999999999999999999999"}}, "nope"), (taken{"nope", false}));
}

TEST(body_reader, takes_no_more_than_was_asked_for) {
  EXPECT_EQ(take({}, "nopenope", 4), (taken{"nope", true}));
  EXPECT_EQ(take({{"Content-Length", "8"}}, "nopenope", 4), (taken{"nope", true}));
  EXPECT_EQ(take(chunked, "8\r\nnopenope\r\n0\r\n\r\n", 4), (taken{"nope", true}));
}

TEST(body_reader, puts_chunks_together) {
  EXPECT_EQ(take(chunked, "3\r\nno \r\n00A;x=\"1\"\r\n0123456789\r\n0\r\nT: x\r\n\r\n"),
            (taken{"no 0123456789", true}));
  EXPECT_EQ(take(chunked, "3\r\nno \r\n5\r\nen"), (taken{"no en", false}));
  EXPECT_EQ(take({{"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "Chunked"}}, "1\r\nx\r\n"),
            (taken{"x", false}));
}

TEST(body_reader, stops_where_chunks_are_none) {
  EXPECT_EQ(take(chunked, "<html>"), (taken{"", true}));
  EXPECT_EQ(take(chunked, "\r\nxx"), (taken{"", true}));
  EXPECT_EQ(take(chunked, "-1\r\nxx"), (taken{"", true}));
  EXPECT_EQ(take(chunked, "2\r\nxxyy"), (taken{"xx", true}));
  EXPECT_EQ(take(chunked, "fffffffffffffffff\r\nxxyy"), (taken{"", true}));
}

TEST(body_reader, lets_chunks_go_before_a_length) {
  EXPECT_EQ(take({{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}, "2\r\nxx\r\n0\r\n"),
            (taken{"xx", true}));
}

TEST(body_reader, knows_which_responses_have_no_body) {
  for (const unsigned status : {101u, 204u, 304u})
    EXPECT_EQ(take({{"Content-Length", "4"}}, "\x81\x02hi", plenty, status), (taken{"", true}));
}

}  // namespace
}  // namespace adieu::inline v1::http
