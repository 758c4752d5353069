// Every version of UTF-8 validation, with and without unmasking, on whole texts.
#include "wire/utf8.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "guarded_memory.hpp"
#include "utf8_texts.hpp"
#include "wire/cpu.hpp"
#include "wire/mask_scalar.hpp"
#include "wire/utf8_scalar.hpp"
#include "wire/utf8_vector.hpp"

namespace adieu::tests {
namespace {

constexpr wire::mask_key key = 0x9A37'C5E1;

using validator = bool (*)(std::byte*, std::size_t);  // of masked text if the name says so

struct version {
  const char* name;
  bool unmasks;
  validator is_utf8;
};

bool fed(std::byte* data, std::size_t size) {
  wire::utf8_state state;
  return wire::utf8_feed(state, data, size) && state.complete();
}

bool fed_scalar(std::byte* data, std::size_t size) { return wire::scalar::is_utf8(data, size); }

bool fed_unmasking(std::byte* data, std::size_t size) {
  wire::utf8_state state;
  return wire::unmask_utf8(state, data, size, key) && state.complete();
}

bool whole(std::byte* data, std::size_t size) { return wire::is_utf8(data, size); }

bool whole_unmasking(std::byte* data, std::size_t size) {
  return wire::unmask_utf8_whole(data, size, key);
}

#if defined(__x86_64__)
bool avx2(std::byte* data, std::size_t size) { return wire::avx2::is_utf8(data, size); }

bool avx2_unmasking(std::byte* data, std::size_t size) {
  return wire::avx2::unmask_utf8(data, size, key);
}
#endif

// All that this processor can run.
const std::vector<version>& versions() {
  static const std::vector<version> all = [] {
    std::vector<version> list{{"scalar", false, fed_scalar},
                              {"whole", false, whole},
                              {"whole, unmasking", true, whole_unmasking},
                              {"fed", false, fed},
                              {"fed, unmasking", true, fed_unmasking}};
#if defined(__x86_64__)
    if (wire::has_avx2()) {
      list.push_back({"avx2", false, avx2});
      list.push_back({"avx2, unmasking", true, avx2_unmasking});
    }
#endif
    return list;
  }();
  return all;
}

// The text stands at the edge of memory, so that every call also tries not to go too far.
testing::AssertionResult all_say(bool expected, std::string_view text) {
  static const guarded_memory memory;
  const std::byte* bytes = bytes_of(text);
  for (const version& each : versions()) {
    std::byte* data = memory.copy_to_end(bytes, text.size());
    if (each.unmasks) wire::scalar::copy_masked(data, data, text.size(), key);
    if (each.is_utf8(data, text.size()) != expected)
      return testing::AssertionFailure() << each.name << " is wrong about " << shown(text);
    if (expected && std::memcmp(data, bytes, text.size()) != 0)
      return testing::AssertionFailure() << each.name << " has not unmasked " << shown(text);
  }
  return testing::AssertionSuccess();
}

// --- whole texts ---

TEST(utf8, an_empty_text_is_right) {
  EXPECT_TRUE(all_say(true, ""));
  EXPECT_TRUE(wire::is_utf8(nullptr, 0));
  EXPECT_TRUE(wire::unmask_utf8_whole(nullptr, 0, key));
}

TEST(utf8, every_code_point_is_right_and_neither_surrogates_nor_larger_ones_are) {
  for (std::uint32_t code_point = 0; code_point < 0x11'1000; ++code_point) {
    const std::string text = std::string(code_point % 71, 'a') + encoded(code_point);
    ASSERT_TRUE(all_say(is_scalar_value(code_point), text)) << code_point;
  }
}

TEST(utf8, all_code_points_in_a_row_are_right) {
  std::string text;
  for (std::uint32_t code_point = 0; code_point <= 0x10'FFFF; ++code_point) {
    if (is_scalar_value(code_point)) text += encoded(code_point);
    if (text.size() < 12'000 && code_point != 0x10'FFFF) continue;
    ASSERT_TRUE(all_say(true, text)) << code_point;
    text.clear();
  }
}

TEST(utf8, every_two_bytes_are_judged_as_the_rfc_does) {
  for (unsigned pair = 0; pair < 0x1'0000; ++pair) {
    const std::string two{static_cast<char>(pair >> 8), static_cast<char>(pair)};
    for (const std::size_t before : {0, 14, 15, 30, 31, 62, 63, 64}) {
      const std::string text = std::string(before, 'a') + two;
      ASSERT_TRUE(all_say(is_right(two), text));
      ASSERT_TRUE(all_say(is_right(two), text + std::string(pair % 67, 'z')));
    }
  }
}

TEST(utf8, every_three_bytes_are_judged_as_the_rfc_does) {
  std::byte data[96];
  std::memset(data, 'a', sizeof data);
  for (std::uint32_t triple = 0; triple < 0x100'0000; ++triple) {
    const char three[]{static_cast<char>(triple >> 16), static_cast<char>(triple >> 8),
                       static_cast<char>(triple)};
    const bool expected  = is_right({three, 3});
    const std::size_t at = 28 + triple % 5;  // in the last block, or across its beginning
    std::memcpy(data + at, three, 3);
    ASSERT_EQ(wire::scalar::is_utf8(data, 64), expected) << shown({three, 3});
    ASSERT_EQ(wire::is_utf8(data, 64), expected) << shown({three, 3});
    ASSERT_EQ(wire::is_utf8(data + 20, at - 17), expected) << shown({three, 3});
#if defined(__x86_64__)
    if (wire::has_avx2()) {
      ASSERT_EQ(wire::avx2::is_utf8(data, 64), expected) << shown({three, 3});
      ASSERT_EQ(wire::avx2::is_utf8(data + at, 3), expected) << shown({three, 3});
    }
#endif
    std::memset(data + at, 'a', 3);
  }
}

TEST(utf8, every_four_telling_bytes_are_judged_as_the_rfc_does) {
  std::size_t turn = 0;
  for (const char a : telling_bytes) {
    for (const char b : telling_bytes) {
      for (const char c : telling_bytes) {
        for (const char d : telling_bytes) {
          const std::string four{a, b, c, d};
          const bool expected = is_right(four);
          ++turn;
          ASSERT_TRUE(all_say(expected, std::string(turn % 131, 'a') + four));
          ASSERT_TRUE(all_say(expected, four + std::string(turn % 73, 'z')));
        }
      }
    }
  }
}

TEST(utf8, an_error_is_found_at_every_place_of_texts_of_every_length) {
  const std::string ascii(300, 'a');
  const std::string full = long_text(300);
  for (std::size_t size = 1; size <= 300; ++size) {
    const std::string text = full.substr(0, size);
    ASSERT_TRUE(all_say(is_right(text), text));
    ASSERT_TRUE(all_say(true, ascii.substr(0, size)));
    for (std::size_t at = 0; at < size; ++at) {
      std::string wrong = ascii.substr(0, size);
      wrong[at]         = "\x80\xFF\xC3\xE2\xF0"[at % 5];
      ASSERT_TRUE(all_say(false, wrong)) << at;
    }
  }
}

TEST(utf8, an_error_is_found_far_into_a_long_text) {
  const std::string right = long_text(5'000);
  ASSERT_TRUE(all_say(true, right));
  for (std::size_t at = 0; at < right.size(); ++at) {
    std::string text = right;
    text[at]         = "\xC0\x80\xED\xF5"[at % 4];
    ASSERT_TRUE(all_say(is_right(text), text)) << at;
  }
}

TEST(utf8, long_texts_are_judged_alike_at_every_alignment) {
  const std::string right = std::string(33, 'a') + long_text(4'096);
  for (std::size_t more = 0; more < 32; ++more) {  // the end stands fast, so the beginning moves
    const std::string text = std::string(more, 'a') + right;
    ASSERT_TRUE(all_say(true, text)) << more;
    for (std::size_t at = 0; at < 140; ++at) {
      std::string wrong = text;
      wrong[at]         = "\xA0\xF0\xC3"[at % 3];
      ASSERT_TRUE(all_say(is_right(wrong), wrong)) << more << ' ' << at;
    }
  }
}

TEST(utf8, random_texts_with_random_damage_are_judged_as_the_rfc_does) {
  std::mt19937 random(2);
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  std::size_t right           = 0;
  constexpr std::size_t turns = 60'000;
  for (std::size_t turn = 0; turn < turns; ++turn) {
    std::string text;
    const std::size_t size = below(400);
    const std::uint32_t limits[]{0x80, 0x800, 0x1'0000, 0x11'0000};
    while (text.size() < size) {
      const std::uint32_t code_point = below(limits[below(4)]);
      if (is_scalar_value(code_point)) text += encoded(code_point);
      if (below(20) == 0) text += std::string(below(80), 'x');
    }
    for (std::uint32_t damage = below(3); damage > 0 && !text.empty(); --damage) {
      const std::size_t at = below(static_cast<std::uint32_t>(text.size()));
      switch (below(4)) {
        case 0: text[at] = telling_bytes[random() % telling_bytes.size()]; break;
        case 1: text.erase(at, 1); break;
        case 2: text.insert(at, 1, static_cast<char>(0x80 | below(0x40))); break;
        default: text.resize(at);
      }
    }
    const bool expected = is_right(text);
    right += expected;
    ASSERT_TRUE(all_say(expected, text));
  }
  EXPECT_GT(right, turns / 10);  // or this test would not try both answers
  EXPECT_LT(right, turns * 9 / 10);
}

TEST(utf8, texts_at_the_beginning_of_memory_are_judged_without_looking_before_it) {
  const guarded_memory memory;
  const std::string full = long_text(300);
  for (std::size_t size = 0; size <= 300; ++size) {
    for (const version& each : versions()) {
      std::byte* data = memory.copy_to_begin(bytes_of(full), size);
      if (each.unmasks) wire::scalar::copy_masked(data, data, size, key);
      ASSERT_EQ(each.is_utf8(data, size), is_right(full.substr(0, size))) << each.name << size;
    }
  }
}

TEST(utf8, unmasking_writes_nothing_beside_the_text) {
  const std::string full = long_text(300);
  for (std::size_t size = 0; size <= 300; ++size) {
    for (const version& each : versions()) {
      for (const std::size_t alignment : {0, 1, 6, 31}) {
        std::vector<std::byte> memory(64 + alignment + size + 64, std::byte{0xA5});
        std::byte* data = memory.data() + 64 + alignment;
        std::memcpy(data, full.data(), size);
        each.is_utf8(data, size);
        for (std::byte* at = memory.data(); at < data; ++at) ASSERT_EQ(*at, std::byte{0xA5});
        for (std::byte* at = data + size; at < memory.data() + memory.size(); ++at)
          ASSERT_EQ(*at, std::byte{0xA5}) << each.name << size;
      }
    }
  }
}

}  // namespace
}  // namespace adieu::tests
