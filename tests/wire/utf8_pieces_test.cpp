// UTF-8 validation of texts that come in pieces, with and without unmasking: where they may be cut,
// and how early they fail.
#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include "utf8_texts.hpp"
#include "wire/mask_scalar.hpp"
#include "wire/utf8.hpp"
#include "wire/utf8_scalar.hpp"

namespace adieu::tests {
namespace {

constexpr wire::mask_key key = 0x9A37'C5E1;

// Both ways to feed a piece, which must agree; -1 if they do not.
class feeder {
 public:
  int feed(std::string_view piece) {
    std::string copy(piece);
    auto* data                   = reinterpret_cast<std::byte*>(copy.data());
    const bool plain             = wire::utf8_feed(plain_, data, copy.size());
    const wire::mask_key rotated = wire::rotated(key, fed_);
    wire::scalar::copy_masked(data, data, copy.size(), rotated);
    const bool unmasking = wire::unmask_utf8(unmasking_, data, copy.size(), rotated);
    const bool scalar    = wire::scalar::utf8_feed(scalar_, bytes_of(piece), piece.size());
    fed_ += piece.size();
    if (plain != unmasking || plain != scalar || plain_.value != unmasking_.value ||
        plain_.value != scalar_.value || (plain && copy != piece))
      return -1;
    return plain;
  }

  bool complete() const { return plain_.complete(); }

 private:
  wire::utf8_state plain_, unmasking_, scalar_;
  std::size_t fed_ = 0;
};

TEST(utf8_pieces, the_state_is_four_bytes) { EXPECT_EQ(sizeof(wire::utf8_state), 4u); }

TEST(utf8_pieces, a_text_may_be_cut_anywhere_once_or_twice) {
  const std::string text = long_text(150);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      feeder pieces;
      ASSERT_EQ(pieces.feed(std::string_view(text).substr(0, first)), 1);
      ASSERT_EQ(pieces.complete(), is_right(text.substr(0, first)));
      ASSERT_EQ(pieces.feed(std::string_view(text).substr(first, second - first)), 1);
      ASSERT_EQ(pieces.complete(), is_right(text.substr(0, second)));
      ASSERT_EQ(pieces.feed(std::string_view(text).substr(second)), 1);
      ASSERT_TRUE(pieces.complete());
    }
  }
}

TEST(utf8_pieces, a_text_may_come_in_pieces_of_any_one_size) {
  const std::string text = long_text(3'000);
  for (std::size_t size = 1; size <= 200; ++size) {
    feeder pieces;
    for (std::size_t at = 0; at < text.size(); at += size)
      ASSERT_EQ(pieces.feed(std::string_view(text).substr(at, size)), 1) << size << ' ' << at;
    ASSERT_TRUE(pieces.complete());
  }
}

TEST(utf8_pieces, a_piece_fails_at_the_first_byte_that_leaves_no_hope) {
  std::size_t turn = 0;
  for (const char a : telling_bytes) {
    for (const char b : telling_bytes) {
      for (const char c : telling_bytes) {
        const std::string three{a, b, c};
        feeder byte_by_byte;
        for (std::size_t size = 1; size <= 3; ++size) {
          const std::string prefix = three.substr(0, size);
          const int expected       = may_become_right(prefix);
          ASSERT_EQ(byte_by_byte.feed(three.substr(size - 1, 1)), expected) << shown(prefix);
          const std::string before(++turn % 133, 'a');
          feeder at_once;
          ASSERT_EQ(at_once.feed(before + prefix), expected) << shown(prefix);
          ASSERT_EQ(expected && at_once.complete(), is_right(prefix)) << shown(prefix);
          feeder after_ascii;
          ASSERT_EQ(after_ascii.feed(before), 1);
          ASSERT_EQ(after_ascii.feed(prefix), expected) << shown(prefix);
        }
      }
    }
  }
}

TEST(utf8_pieces, beginnings_without_hope_fail_though_their_sequence_could_go_on) {
  for (const char* beginning : {"\xE0\x80", "\xED\xA0", "\xF0\x8F", "\xF4\x90", "\xF5", "\xC0",
                                "\xFF", "\xF4\x90\x80", "\xE0\x9F"}) {
    feeder pieces;
    EXPECT_EQ(pieces.feed(beginning), 0) << shown(beginning);
  }
}

TEST(utf8_pieces, a_text_that_has_failed_stays_so) {
  for (const std::string& wrong : {std::string("\xFF"), "\xC3\x41" + std::string(100, 'a'),
                                   std::string(100, 'a') + "\xED\xA0"}) {
    feeder pieces;
    EXPECT_EQ(pieces.feed(wrong), 0);
    EXPECT_EQ(pieces.feed(""), 0);
    EXPECT_EQ(pieces.feed("a"), 0);
    EXPECT_EQ(pieces.feed(std::string(100, 'a')), 0);
    EXPECT_FALSE(pieces.complete());
  }
}

TEST(utf8_pieces, a_sequence_that_never_ends_is_not_complete) {
  feeder pieces;
  EXPECT_EQ(pieces.feed("goodbye \xF0\x9F"), 1);
  EXPECT_FALSE(pieces.complete());
  EXPECT_EQ(pieces.feed(""), 1);
  EXPECT_EQ(pieces.feed("\x91"), 1);
  EXPECT_FALSE(pieces.complete());
  EXPECT_EQ(pieces.feed("\x8B"), 1);
  EXPECT_TRUE(pieces.complete());
}

TEST(utf8_pieces, random_pieces_of_damaged_texts_fail_in_the_piece_where_hope_ends) {
  std::mt19937 random(3);
  for (int turn = 0; turn < 1'500; ++turn) {
    std::string text = long_text(50 + random() % 200);
    if (turn % 4 != 0)
      text[random() % text.size()] = telling_bytes[random() % telling_bytes.size()];
    std::size_t hopeful = 0;
    while (hopeful < text.size() && may_become_right(text.substr(0, hopeful + 1))) ++hopeful;
    feeder pieces;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size       = 1 + random() % (turn % 2 ? 5 : 90);
      const std::string_view piece = std::string_view(text).substr(at, size);
      at += piece.size();
      ASSERT_EQ(pieces.feed(piece), at <= hopeful) << shown(text);
    }
    ASSERT_EQ(pieces.complete(), is_right(text));
  }
}

}  // namespace
}  // namespace adieu::tests
