// Compressed messages that a peer must not send, and what the most expensive of them cost.
// [RFC 7692 6, 7.2.2]
#include "protocol/deflating.hpp"

#include <malloc.h>

namespace adieu::inline v1::protocol {
namespace {

class DeflatingLimits : public deflating_end {};
INSTANTIATE_TEST_SUITE_P(ends, DeflatingLimits, ::testing::ValuesIn(both_roles), name_of_role);

// --- what a peer must not do ---

TEST_P(DeflatingLimits, end_fails_at_reserved_bits_that_mean_nothing) {
  const std::string data                      = peer_zlib().message("x");
  const std::vector<std::vector<frame>> wrong = {
      {{1, data, true, 2}},
      {{1, data, true, 1}},
      {{1, data, true, 5}},
      {{1, data, true, 6}},
      {{1, data, true, 7}},
      {compressed(first_part(data)), compressed(last_part(""))},
      {first_part("a"), compressed(last_part(""))},
      {compressed(last_part(""))},
      {compressed(ping())},
      {compressed(pong())},
      {compressed(closing(1000))},
      {compressed({3, data})},
  };
  for (const auto& frames : wrong) {
    auto s = open();
    for (const frame& f : frames) s.peer_sends(f);
    s.expect_messages({});
    s.expect_sent(closing(1002, "invalid frame"));
  }
  // After the second byte already, whatever would follow.
  auto s = open();
  s.peer_sends_bytes(bytes_of({1, std::string(300, 'x'), true, 2}, peer()).substr(0, 2));
  s.expect_sent(closing(1002, "invalid frame"));
}

TEST_P(DeflatingLimits, end_fails_at_rsv1_that_was_not_agreed_on) {
  auto s = script::open(side());
  s.peer_sends(compressed_text("x"));
  s.expect_sent(closing(1002, "invalid frame"));
}

TEST_P(DeflatingLimits, end_fails_at_invalid_data_at_once) {
  using namespace std::string_literals;
  for (const deflate_agreement agreed : {plain_terms, takes_over})
    for (const std::string& data : {"\x07\x00"s, std::string(100, '\xff'),
                                    peer_zlib().message(some_json(1000)).substr(0, 50)}) {
      auto s = open({}, agreed);
      s.peer_sends(compressed(text(data)));
      s.expect_messages({});
      s.expect_sent(closing(1002, "invalid compressed data"));
      EXPECT_EQ(s.how().cause, cause::protocol_violation);
    }
  auto s = open();
  s.peer_sends(compressed(first_part("\x07")));
  s.expect_sent(closing(1002, "invalid compressed data"));
}

// Found by tests/fuzz: whole it was 1002 or 1009, byte by byte 1007.
TEST_P(DeflatingLimits, end_fails_at_what_comes_first_however_the_message_is_cut) {
  const connection_options small{.max_message = 4};
  const std::string invalid("\x07\x00", 2);
  // In the match lie both what is too far back and what is too much.
  const std::string too_far("\x1a\x05\x00", 3);
  struct {
    std::string data;
    std::uint16_t code;
  } const cases[] = {{stored("a\xff") + invalid, 1007},
                     {stored("ab") + invalid, 1002},
                     {stored("a\xff") + stored("12345"), 1007},
                     {stored("ab") + stored("12345"), 1009},
                     {too_far, 1002}};
  for (const auto& [data, code] : cases) {
    const std::string frame = bytes_of(compressed(text(data)), peer());
    for (std::size_t piece : {frame.size(), std::size_t{1}}) {
      auto s = open(small);
      for (std::size_t at = 0; at < frame.size(); at += piece)
        s.peer_sends_bytes(frame.substr(at, piece));
      EXPECT_EQ(s.how().note == "text is not UTF-8", code == 1007);
      EXPECT_EQ(s.how().cause, code == 1007   ? cause::invalid_text
                               : code == 1002 ? cause::protocol_violation
                                              : cause::message_too_big)
          << data << " in pieces of " << piece;
    }
  }
}

TEST_P(DeflatingLimits, end_fails_at_text_that_is_not_utf_8_once_it_is_inflated) {
  const std::string later = stored("\xff") + stored(some_json(1000));
  for (const std::vector<frame>& frames : std::vector<std::vector<frame>>{
           {compressed_text(some_json(1000) + '\xff')},
           {compressed_text("cut \xc3")},
           // as soon as it can be seen
           {compressed(first_part(later.substr(0, 10)))},
           {compressed(first_part(stored("\xc3"))), last_part(std::string(1, '\0'))}}) {
    auto s = open();
    for (const frame& f : frames) s.peer_sends(f);
    s.expect_messages({});
    s.expect_sent(closing(1007, "text is not UTF-8"));
  }
}

TEST_P(DeflatingLimits, end_receives_a_character_that_fragments_cut_in_two) {
  auto s = open();
  s.peer_sends({compressed(first_part(stored("\xc3"))), next_part(stored("\xa4"))});
  s.peer_sends(last_part(std::string(1, '\0')));
  s.expect_messages({"\xc3\xa4"});
}

// --- the bound ---

TEST_P(DeflatingLimits, end_takes_a_message_at_the_bound_and_none_above_it) {
  for (const deflate_agreement agreed : {plain_terms, takes_over}) {
    auto s = open({.max_message = 10'000}, agreed);
    s.peer_sends(compressed_text(std::string(10'000, 'a')));
    s.expect_messages({std::string(10'000, 'a')});
    s.peer_sends(compressed_text(std::string(10'001, 'a')));
    s.expect_messages({});
    s.expect_sent(closing(1009, "message too big"));
  }
}

// What an object that came back to the resources holds on to.
std::size_t memory_of_message(script& s) {
  auto back            = s.shared().incomings.take();
  const std::size_t it = back->footprint();
  s.shared().incomings.give_back(std::move(back));
  return it;
}

TEST_P(DeflatingLimits, end_pays_for_a_bomb_no_more_than_the_bound) {
  const std::string bomb = peer_zlib(9).message(std::string(100'000'000, 'b'));
  ASSERT_LT(bomb.size() * 1000, 101'000'000u);
  const std::uint64_t most = 1 << 20;
  {
    auto s = open({.max_message = most});
    s.peer_sends(compressed(binary(bomb)));
    s.expect_sent(closing(1009, "message too big"));
    EXPECT_LE(memory_of_message(s), most);
  }
  auto s = open({.max_message = most});
  s.peer_sends(compressed(first_binary_part("")));
  std::size_t sent = 0;
  for (; s.machine().at() == stage::open; ++sent) s.peer_sends(next_part(bomb.substr(sent, 1)));
  s.expect_sent(closing(1009, "message too big"));
  EXPECT_LT(sent, 2000u);
}

TEST_P(DeflatingLimits, end_takes_only_so_many_compressed_bytes_for_a_message) {
  {
    auto s = open({.max_message = 1000});
    s.peer_sends_bytes(head_of(compressed(text("")), peer() == role::client, 9025));
    s.expect_sent(closing(1009, "message too big"));
  }
  auto s = open({.max_message = 1000});
  s.peer_sends(compressed(first_part(stored(""))));
  int n = 0;
  for (; n < 3000 && s.machine().at() == stage::open; ++n) s.peer_sends(next_part(stored("")));
  s.expect_sent(closing(1009, "message too big"));
  EXPECT_EQ(n, 9024 / 5);
}

TEST_P(DeflatingLimits, end_receives_from_a_peer_that_flushes_after_every_byte) {
  auto s = open({.max_message = 1000});
  peer_zlib peer;
  s.peer_sends(compressed(first_part(peer.flushed("a", Z_SYNC_FLUSH))));
  for (int n = 1; n < 1000; ++n) s.peer_sends(next_part(peer.flushed("a", Z_SYNC_FLUSH)));
  s.peer_sends(last_part(std::string(1, '\0')));
  s.expect_messages({std::string(1000, 'a')});
}

TEST_P(DeflatingLimits, end_allocates_nothing_for_what_is_only_declared) {
  for (const std::uint64_t length : {std::uint64_t{1} << 32, (std::uint64_t{1} << 63) - 1}) {
    auto s = open({.max_message = 0});
    s.peer_sends_bytes(head_of(compressed(binary("")), peer() == role::client, length));
    const std::string one(1, '\0');
    s.peer_sends_bytes(peer() == role::client ? masked_with(test_key, one) : one);
    s.expect_at(stage::open);
    EXPECT_TRUE(s.machine().landing().empty());
  }
}

TEST_P(DeflatingLimits, end_receives_a_message_of_16_mib_in_65536_fragments) {
  auto s                    = open();
  const std::string whole   = some_json(16 << 20);
  const std::string payload = peer_zlib(1).message(whole);
  const std::size_t size    = payload.size() / 65'536 + 1;
  s.peer_sends(compressed(first_part("")));
  std::string frames;
  for (std::size_t at = 0; at < payload.size(); at += size)
    frames += bytes_of(next_part(payload.substr(at, size)), peer());
  s.peer_sends_in_pieces(frames, 500'000);
  s.peer_sends(last_part(""));
  ASSERT_EQ(s.messages.size(), 1u);
  EXPECT_TRUE(s.messages[0].bytes == whole);
}

// --- contexts ---

std::size_t heap_in_use() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

// What malloc keeps at hand of what was given back; one context is more.
constexpr std::size_t some = 16'000;

// Sends a message each way with the contexts of `owner`.
void use_contexts(compression& c, const void* owner, const deflate_agreement& agreed,
                  const deflate_options& options) {
  static const std::string text    = some_json(40'000);
  static const std::string payload = peer_zlib(1, 9).message(text);
  c.deflate(wire::as_bytes_of(text), owner, agreed, options);
  auto inflater = c.take_inflater(owner, agreed);
  byte_buffer out;
  EXPECT_EQ(inflater->piece(wire::as_bytes_of(payload), out, 1 << 20), wire::inflated::fine);
  EXPECT_EQ(inflater->end_message(out, 1 << 20), wire::inflated::fine);
  c.give_back(std::move(inflater), owner, agreed);
}

TEST(DeflatingMemory, ends_hold_for_their_contexts_what_they_say_and_give_it_back) {
  constexpr int connections = 20;
  for (const int window : {9, 11, 12, 15})
    for (const int level : {1, 5, 8}) {
      const deflate_options options = {.memory_level = level};
      deflate_agreement agreed      = takes_over;
      agreed.our_window_bits = agreed.their_window_bits = static_cast<std::uint16_t>(window & 15);
      compression shared;
      use_contexts(shared, &connections, agreed, options);
      const std::size_t before       = heap_in_use();
      const char owners[connections] = {};
      for (const char& owner : owners) use_contexts(shared, &owner, agreed, options);
      const std::size_t each = (heap_in_use() - before) / connections;
      RecordProperty(std::to_string(window) + "/" + std::to_string(level), std::to_string(each));
      EXPECT_LE(each, context_memory(agreed, options)) << window << '/' << level;
      for (const char& owner : owners) shared.forget(&owner);
      EXPECT_LE(heap_in_use(), before + some);
    }
}

TEST(DeflatingMemory, ends_hold_nothing_without_takeover) {
  compression shared;
  const char owners[100] = {};
  use_contexts(shared, &owners[0], plain_terms, {});
  const std::size_t before = heap_in_use();
  for (const char& owner : owners) use_contexts(shared, &owner, plain_terms, {});
  EXPECT_LE(heap_in_use(), before + some);
  EXPECT_EQ(context_memory(plain_terms, {}), 0u);
}

}  // namespace
}  // namespace adieu::inline v1::protocol
