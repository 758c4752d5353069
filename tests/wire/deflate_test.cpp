// Inflating and deflating of message payloads: every back end, every setting, every cut; what is
// invalid; and that a bound is a bound. [RFC 7692 7.2]
#include "wire/deflate_streams.hpp"
#include "wire/deflater.hpp"
#include "wire/inflater.hpp"
#include "wire/whole_messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace adieu::inline v1::wire {
namespace {

constexpr std::uint64_t no_limit = ~std::uint64_t{0};

std::string text_of(const byte_buffer& b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

/// Inflates `payload` in pieces of `piece` bytes.
inflated inflate_message(inflater& with, std::string_view payload, std::size_t piece,
                         std::string& to, std::uint64_t most = no_limit) {
  byte_buffer out;
  inflated how = inflated::fine;
  while (!payload.empty() && how == inflated::fine) {
    how = with.piece(as_bytes_of(payload.substr(0, piece)), out, most);
    payload.remove_prefix(std::min(piece, payload.size()));
    EXPECT_LE(out.size(), most);
    EXPECT_LE(out.capacity(), std::max<std::uint64_t>(most, 1));
  }
  if (how == inflated::fine) how = with.end_message(out, most);
  to = text_of(out);
  return how;
}

std::string inflated_text(std::string_view payload, std::size_t piece = 100'000) {
  inflater with;
  std::string to;
  EXPECT_EQ(inflate_message(with, payload, piece, to), inflated::fine);
  return to;
}

bool is_invalid(std::string_view payload, std::size_t piece = 100'000) {
  inflater with;
  std::string to;
  return inflate_message(with, payload, piece, to) == inflated::invalid;
}

struct back_end {
  const char* name;
  std::unique_ptr<whole_inflater> inflates;
  std::unique_ptr<whole_deflater> deflates;
};

/// Those that this build has.
std::vector<back_end> back_ends() {
  std::vector<back_end> all;
  all.push_back({"zlib", inflate_whole_with_zlib(), deflate_whole_with_zlib()});
  all.push_back({"the quick ones", inflate_whole_with_libdeflate(), deflate_whole_with_isal()});
  return all;
}

inflated inflate_whole(whole_inflater& with, std::string payload, std::string& to,
                       std::uint64_t most = no_limit) {
  for (const std::byte b : payload_end) payload += static_cast<char>(b);
  byte_buffer out;
  const inflated how = with.inflate(as_bytes_of(payload), out, most);
  EXPECT_LE(out.capacity(), std::max<std::uint64_t>(most, 1));
  to = text_of(out);
  return how;
}

std::vector<std::string> texts() {
  return {"a",
          "Hello",
          std::string(100, 'x'),
          some_json(300),
          some_json(1024),
          some_json(65'535),
          some_json(200'000),
          noise(1),
          noise(1000),
          noise(70'000),
          std::string(1'000'000, '\0')};
}

// --- the streams ---

TEST(Deflate, end_reads_the_examples_of_the_rfc) {
  using namespace std::string_literals;
  // 7.2.3.1, also cut in two; 7.2.3.3: stored; 7.2.3.4: final block; 7.2.3.5: two blocks; 7.2.3.6
  EXPECT_EQ(inflated_text("\xf2\x48\xcd\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated_text("\xf2\x48\xcd\xc9\xc9\x07\x00"s, 3), "Hello");
  EXPECT_EQ(inflated_text("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s), "Hello");
  EXPECT_EQ(inflated_text("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s), "Hello");
  EXPECT_EQ(inflated_text("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s), "Hello");
  EXPECT_EQ(inflated_text("\0"s), "");
  EXPECT_EQ(inflated_text(""), "");
}

TEST(Deflate, end_reads_the_second_example_with_the_context_of_the_first) {
  using namespace std::string_literals;
  inflater with;
  std::string to;
  inflate_message(with, "\xf2\x48\xcd\xc9\xc9\x07\x00"s, 100, to);
  EXPECT_EQ(inflate_message(with, "\xf2\x00\x11\x00\x00"s, 100, to), inflated::fine);
  EXPECT_EQ(to, "Hello");
  with.reset();
  EXPECT_EQ(inflate_message(with, "\xf2\x00\x11\x00\x00"s, 100, to), inflated::invalid);
}

TEST(Deflate, end_reads_what_it_wrote_with_every_setting) {
  for (int window = 8; window <= 15; ++window)
    for (int level = 1; level <= 9; ++level)
      for (int memory = 1; memory <= 9; ++memory) {
        deflater from({level, window, memory});
        inflater to(std::max(window, 8));
        for (unsigned n = 0; n < 3; ++n) {  // with context
          const std::string text = some_json(700, n) + noise(20, n);
          byte_buffer payload;
          from.message(as_bytes_of(text), payload);
          std::string back;
          ASSERT_EQ(inflate_message(to, text_of(payload), 50, back), inflated::fine)
              << level << ' ' << window << ' ' << memory;
          ASSERT_EQ(back, text);
        }
      }
}

// A peer with a window of 256 bytes keeps no more than that, which only shows if what it inflates
// is taken away byte by byte: zlib then has nothing but its window to look back at.
TEST(Deflate, end_keeps_within_the_window_that_was_agreed) {
  for (int window = 8; window <= 15; ++window)
    for (const int level : {1, 3, 4, 6, 9}) {
      deflater from({level, window, 8});
      z_stream reader = {};
      ASSERT_EQ(inflateInit2(&reader, -window), Z_OK);
      for (unsigned n = 0; n < 4; ++n) {
        const std::string text = some_json(100'000, n % 2);
        byte_buffer payload;
        from.message(as_bytes_of(text), payload);
        const std::string bytes = text_of(payload) + std::string("\0\0\xff\xff", 4);
        reader.next_in          = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        reader.avail_in         = static_cast<uInt>(bytes.size());
        std::string back;
        for (int how = Z_OK; how == Z_OK;) {
          Bytef one        = 0;
          reader.next_out  = &one;
          reader.avail_out = 1;
          how              = ::inflate(&reader, Z_SYNC_FLUSH);
          if (reader.avail_out == 0) back += static_cast<char>(one);
        }
        ASSERT_EQ(back, text) << window << ' ' << level << ": " << (reader.msg ? reader.msg : "");
      }
      inflateEnd(&reader);
    }
}

TEST(Deflate, end_without_context_writes_the_same_for_the_same) {
  deflater from({});
  byte_buffer first, second;
  from.message(as_bytes_of(some_json(1000)), first);
  from.reset();
  from.message(as_bytes_of(some_json(1000)), second);
  EXPECT_EQ(text_of(first), text_of(second));
}

TEST(Deflate, end_with_context_writes_less_for_the_same) {
  deflater from({1, 12, 5});
  byte_buffer first, second;
  from.message(as_bytes_of(some_json(1000)), first);
  from.message(as_bytes_of(some_json(1000)), second);
  EXPECT_LT(second.size() * 4, first.size());
}

TEST(Deflate, end_reads_every_cut_of_a_message) {
  const std::string text = some_json(150) + noise(30);
  for (const std::string& payload :
       {peer_zlib().message(text), peer_zlib(9, 9, 1).message(text),
        peer_zlib(6, 15, 8, Z_FIXED).message(text), stored(text) + std::string(1, '\0'),
        stored(text, true) + std::string(1, '\0')})
    for (std::size_t piece = 1; piece <= payload.size(); ++piece)
      ASSERT_EQ(inflated_text(payload, piece), text) << piece;
}

// --- blocks that are marked as the last one [7.2.3.4, 7.2.3.5] ---

TEST(Deflate, end_goes_on_behind_a_final_block) {
  peer_zlib peer;
  const std::string text    = some_json(1000);
  const std::string payload = peer.flushed(text, Z_FINISH) + peer.message("and more");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, payload.size()})
    EXPECT_EQ(inflated_text(payload, piece), text + "and more");
}

TEST(Deflate, end_takes_a_final_block_at_the_very_end) {
  EXPECT_EQ(inflated_text(peer_zlib().flushed("alone", Z_FINISH)), "alone");
  EXPECT_EQ(inflated_text(peer_zlib().flushed("alone", Z_FINISH) + '\0'), "alone");
}

TEST(Deflate, end_keeps_its_context_over_a_final_block) {
  inflater with;
  std::string to;
  const std::string text = some_json(2000);
  peer_zlib peer;
  // The peer's own stream goes on; what it wrote is wrapped into a message with a final block.
  const std::string first = peer.message(text);
  ASSERT_EQ(inflate_message(with, first + std::string("\0\0\xff\xff", 4) + stored("", true) + '\0',
                            100, to),
            inflated::fine);
  ASSERT_EQ(to, text);
  ASSERT_EQ(inflate_message(with, peer.message(text), 100, to), inflated::fine);
  EXPECT_EQ(to, text);
}

TEST(Deflate, end_is_quick_with_a_message_of_final_blocks) {
  std::string payload = stored("Hello");
  for (int n = 0; n < 500'000; ++n) payload += std::string("\x03\0", 2);
  EXPECT_EQ(inflated_text(payload), "Hello");
}

// --- what is invalid ---

TEST(Deflate, end_refuses_what_is_no_deflate_data) {
  using namespace std::string_literals;
  EXPECT_TRUE(is_invalid("\x07\x00"s));               // a block of type 3
  EXPECT_TRUE(is_invalid("\x00\x05\x00\x00\x00h"s));  // a length that its complement denies
  EXPECT_TRUE(is_invalid("\x02\x01\x00"s));           // a distance before the beginning
  EXPECT_TRUE(is_invalid("\xed\xfd\x01\x02\x03\x04"s));
  EXPECT_TRUE(is_invalid(std::string(100, '\xff')));
}

TEST(Deflate, end_refuses_a_message_that_is_cut_short) {
  const std::string payload = peer_zlib().message(some_json(1000));
  int refused               = 0;
  for (std::size_t size = 1; size + 1 < payload.size(); ++size)
    refused += is_invalid(std::string_view(payload).substr(0, size));
  // Not all: the 00 00 FF FF behind it may happen to make sense.
  EXPECT_GT(refused, static_cast<int>(payload.size() * 9 / 10));
}

// Literally what the RFC says: it is appended, then all is inflated. [RFC 7692 7.2.2]
TEST(Deflate, end_takes_what_is_appended_for_data_where_a_final_block_lacks_just_that) {
  using namespace std::string_literals;
  inflater with;
  byte_buffer out;
  EXPECT_EQ(with.piece(as_bytes_of("\x01\x04\x00\xfb\xff"s), out, 100), inflated::fine);
  EXPECT_EQ(with.end_message(out, 100), inflated::fine);
  EXPECT_EQ(out.size(), 4u);
  EXPECT_TRUE(is_invalid("\x01\x05\x00\xfa\xff"s));
}

TEST(Deflate, end_refuses_rubbish_behind_a_final_block) {
  EXPECT_TRUE(is_invalid(peer_zlib().flushed("alone", Z_FINISH) + "\xff\xff\xff\xff"));
}

// --- the bound ---

TEST(Deflate, end_stops_a_bomb_at_the_bound) {
  const std::string bomb = peer_zlib(9).message(std::string(10'000'000, 'b'));
  ASSERT_LT(bomb.size(), 12'000u);
  for (const std::uint64_t most : {0u, 1u, 1000u, 1'000'000u, 9'999'999u})
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, bomb.size()}) {
      inflater with;
      std::string to;
      EXPECT_EQ(inflate_message(with, bomb, piece, to, most), inflated::too_big) << most;
      EXPECT_EQ(to.size(), most);
    }
  inflater with;
  std::string to;
  EXPECT_EQ(inflate_message(with, bomb, 1, to, 10'000'000), inflated::fine);
}

TEST(Deflate, end_takes_blocks_without_content_at_the_bound) {
  inflater with;
  std::string to;
  const std::string payload = stored("12345") + stored("") + stored("") + '\0';
  EXPECT_EQ(inflate_message(with, payload, 1, to, 5), inflated::fine);
  EXPECT_EQ(to, "12345");
}

// --- whole messages ---

TEST(WholeMessages, end_reads_what_every_back_end_wrote_with_every_back_end) {
  for (auto& writer : back_ends())
    for (auto& reader : back_ends())
      for (const std::string& text : texts()) {
        if (!writer.deflates || !reader.inflates) continue;
        byte_buffer payload;
        writer.deflates->deflate(as_bytes_of(text), payload);
        std::string back;
        EXPECT_EQ(inflate_whole(*reader.inflates, text_of(payload), back), inflated::fine);
        EXPECT_EQ(back, text) << writer.name << ", " << reader.name;
        EXPECT_EQ(inflated_text(text_of(payload), 10), text) << writer.name;
      }
}

TEST(WholeMessages, end_writes_no_final_block) {
  for (auto& b : back_ends())
    for (const std::string& text : texts()) {
      if (!b.deflates) continue;
      byte_buffer payload;
      b.deflates->deflate(as_bytes_of(text), payload);
      // One message behind the other is one stream: real peers read them so.
      const std::string tail("\0\0\xff\xff", 4);
      EXPECT_EQ(inflated_text(text_of(payload) + tail + text_of(payload)), text + text) << b.name;
    }
}

TEST(WholeMessages, end_comes_to_the_same_verdict_with_every_back_end) {
  using namespace std::string_literals;
  peer_zlib peer;
  const std::vector<std::string> payloads = {
      ""s,
      "\0"s,
      peer.flushed("alone", Z_FINISH),
      peer.flushed("alone", Z_FINISH) + '\0',
      peer.flushed("alone", Z_FINISH) + peer.message("and more"),
      peer.flushed("alone", Z_FINISH) + "\xff\xff",
      "\x07\x00"s,
      "\x00\x05\x00\x00\x00h"s,
      std::string(50, '\xff'),
      peer_zlib().message(some_json(1000)).substr(0, 100),
  };
  for (const std::string& payload : payloads) {
    inflater with;
    std::string expected;
    const inflated how = inflate_message(with, payload, 100, expected);
    for (auto& b : back_ends()) {
      std::string to;
      if (!b.inflates || payload.empty()) continue;
      EXPECT_EQ(inflate_whole(*b.inflates, payload, to), how) << b.name;
      if (how == inflated::fine) {
        EXPECT_EQ(to, expected) << b.name;
      }
      // A failure leaves nothing behind for the next message.
      EXPECT_EQ(inflate_whole(*b.inflates, peer_zlib().message("next"), to), inflated::fine);
      EXPECT_EQ(to, "next");
    }
  }
}

TEST(WholeMessages, end_stops_a_bomb_at_the_bound_with_every_back_end) {
  const std::string bomb = peer_zlib(9).message(std::string(3'000'000, 'b'));
  for (auto& b : back_ends())
    for (const std::uint64_t most : {0u, 1u, 1000u, 1'000'000u, 2'999'999u, 3'000'000u}) {
      if (!b.inflates) continue;
      std::string to;
      EXPECT_EQ(inflate_whole(*b.inflates, bomb, to, most),
                most < 3'000'000 ? inflated::too_big : inflated::fine)
          << b.name << ' ' << most;
    }
}

}  // namespace
}  // namespace adieu::inline v1::wire
