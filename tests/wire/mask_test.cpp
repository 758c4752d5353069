// Every version of masking against a byte-by-byte one, at every size and alignment, and at the
// edge of memory.
#include "wire/mask.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <vector>

#include "guarded_memory.hpp"
#include "wire/cpu.hpp"
#include "wire/mask_scalar.hpp"
#include "wire/mask_vector.hpp"

namespace adieu::tests {
namespace {

using bytes = std::vector<std::byte>;

struct version {
  const char* name;
  void (*copy_masked)(std::byte*, const std::byte*, std::size_t, wire::mask_key) noexcept;
};

// All that this processor can run.
std::vector<version> versions() {
  std::vector<version> all{{"dispatched", wire::copy_masked},
                           {"dispatched, long", wire::copy_masked_long},
                           {"scalar", wire::scalar::copy_masked}};
#if defined(__x86_64__)
  all.push_back({"sse2", wire::sse2::copy_masked});
  if (wire::has_avx2()) all.push_back({"avx2", wire::avx2::copy_masked});
#endif
  return all;
}

wire::mask_key key_of(std::array<unsigned char, 4> on_the_wire) {
  wire::mask_key key;
  std::memcpy(&key, on_the_wire.data(), sizeof key);
  return key;
}

const std::array keys{key_of({0x37, 0xFA, 0x21, 0x3D}), key_of({0, 0, 0, 0}),
                      key_of({0xFF, 0x00, 0x80, 0x01})};

bytes random_bytes(std::size_t size) {
  static std::mt19937 random(1);
  bytes data(size);
  for (std::byte& byte : data) byte = static_cast<std::byte>(random());
  return data;
}

// RFC 6455 §5.3, as it stands there.
bytes masked(const bytes& data, wire::mask_key key) {
  std::array<std::byte, 4> octets;
  std::memcpy(octets.data(), &key, sizeof key);
  bytes result(data);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] ^= octets[i % 4];
  return result;
}

bool equal(const std::byte* data, const bytes& expected) {
  return std::equal(expected.begin(), expected.end(), data);
}

TEST(mask, masks_the_example_of_the_rfc) {
  bytes data{std::byte{'H'}, std::byte{'e'}, std::byte{'l'}, std::byte{'l'}, std::byte{'o'}};
  wire::apply_mask(data.data(), data.size(), key_of({0x37, 0xFA, 0x21, 0x3D}));
  const bytes expected{std::byte{0x7F}, std::byte{0x9F}, std::byte{0x4D}, std::byte{0x51},
                       std::byte{0x58}};
  EXPECT_EQ(data, expected);
}

TEST(mask, rotates_the_key_in_the_order_of_memory) {
  const auto key = key_of({1, 2, 3, 4});
  EXPECT_EQ(wire::rotated(key, 0), key);
  EXPECT_EQ(wire::rotated(key, 1), key_of({2, 3, 4, 1}));
  EXPECT_EQ(wire::rotated(key, 2), key_of({3, 4, 1, 2}));
  EXPECT_EQ(wire::rotated(key, 7), key_of({4, 1, 2, 3}));
}

TEST(mask, in_place_changes_its_bytes_and_no_others_at_every_size_and_alignment) {
  constexpr std::size_t margin = 64;
  for (const version& each : versions()) {
    for (std::size_t size = 0; size <= 300; ++size) {
      const bytes payload = random_bytes(size);
      for (std::size_t alignment = 0; alignment < 32; ++alignment) {
        const wire::mask_key key = keys[(size + alignment) % keys.size()];
        alignas(32) std::array<std::byte, 300 + 32 + 2 * margin> memory;
        memory.fill(std::byte{0xA5});
        std::byte* data = memory.data() + margin + alignment;
        std::copy(payload.begin(), payload.end(), data);

        each.copy_masked(data, data, size, key);

        ASSERT_TRUE(equal(data, masked(payload, key))) << each.name << ' ' << size;
        const auto untouched = [](std::byte byte) { return byte == std::byte{0xA5}; };
        ASSERT_TRUE(std::all_of(memory.data(), data, untouched)) << each.name << ' ' << size;
        ASSERT_TRUE(std::all_of(data + size, memory.data() + memory.size(), untouched))
            << each.name << ' ' << size;
      }
    }
  }
}

TEST(mask, in_place_knows_every_key_at_every_size) {
  for (const version& each : versions()) {
    for (std::size_t size = 0; size <= 300; ++size) {
      for (const wire::mask_key key : keys) {
        const bytes payload = random_bytes(size);
        bytes data          = payload;
        each.copy_masked(data.data(), data.data(), size, key);
        ASSERT_EQ(data, masked(payload, key)) << each.name << ' ' << size;
      }
    }
  }
}

TEST(mask, copies_between_all_alignments) {
  const bytes payload = random_bytes(300);
  bytes from(400), to(400);
  for (const version& each : versions()) {
    for (const std::size_t size : {5u, 20u, 40u, 65u, 100u, 129u, 200u, 255u, 300u}) {
      const bytes expected = masked(bytes(payload.begin(), payload.begin() + size), keys[0]);
      for (std::size_t alignments = 0; alignments < 32 * 32; ++alignments) {
        std::byte* target = to.data() + alignments % 32;
        std::byte* source = from.data() + alignments / 32;
        std::copy_n(payload.begin(), size, source);
        each.copy_masked(target, source, size, keys[0]);
        ASSERT_TRUE(equal(target, expected)) << each.name << ' ' << size << ' ' << alignments;
      }
    }
  }
}

TEST(mask, stays_within_its_bytes_at_the_edges_of_memory) {
  guarded_memory memory, source;
  std::vector<std::size_t> sizes{1000, 4095, 4096, 4097, memory.room()};
  for (std::size_t size = 0; size <= 300; ++size) sizes.push_back(size);
  for (const version& each : versions()) {
    for (const std::size_t size : sizes) {
      const bytes payload  = random_bytes(size);
      const bytes expected = masked(payload, keys[0]);
      std::byte* first     = memory.copy_to_begin(payload.data(), size);
      each.copy_masked(first, first, size, keys[0]);
      ASSERT_TRUE(equal(first, expected)) << each.name << ' ' << size;
      std::byte* last = memory.copy_to_end(payload.data(), size);
      each.copy_masked(last, last, size, keys[0]);
      ASSERT_TRUE(equal(last, expected)) << each.name << ' ' << size;
      each.copy_masked(memory.begin(), source.copy_to_end(payload.data(), size), size, keys[0]);
      ASSERT_TRUE(equal(memory.begin(), expected)) << each.name << ' ' << size;
      each.copy_masked(last, source.copy_to_begin(payload.data(), size), size, keys[0]);
      ASSERT_TRUE(equal(last, expected)) << each.name << ' ' << size;
    }
  }
}

TEST(mask, of_pieces_with_rotated_keys_is_the_mask_of_the_whole) {
  const bytes payload  = random_bytes(300);
  const bytes expected = masked(payload, keys[0]);
  for (std::size_t split = 0; split <= payload.size(); ++split) {
    bytes data = payload;
    wire::apply_mask(data.data(), split, keys[0]);
    wire::apply_mask(data.data() + split, data.size() - split, wire::rotated(keys[0], split));
    ASSERT_EQ(data, expected) << split;
  }
}

TEST(mask, unmasks_a_short_payload_only_if_it_is_ascii) {
  for (std::size_t size = 0; size <= wire::short_payload; ++size) {
    const bytes ascii(size, std::byte{0x7F});
    bytes data = masked(ascii, keys[2]);
    ASSERT_TRUE(wire::unmask_ascii_short(data.data(), size, keys[2])) << size;
    ASSERT_EQ(data, ascii);
    ASSERT_TRUE(wire::is_ascii_short(ascii.data(), size)) << size;

    for (std::size_t other = 0; other < size; ++other) {
      bytes text  = ascii;
      text[other] = std::byte{0x80};
      ASSERT_FALSE(wire::is_ascii_short(text.data(), size)) << size << ' ' << other;
      const bytes before = masked(text, keys[2]);
      data               = before;
      ASSERT_FALSE(wire::unmask_ascii_short(data.data(), size, keys[2])) << size << ' ' << other;
      ASSERT_EQ(data, before) << size << ' ' << other;
    }
  }
}

}  // namespace
}  // namespace adieu::tests
