// The connections of a loop share buffers: what is read, inflaters and deflaters, objects that are
// used again. One connection's secret goes through all of them; then another connection says and
// hears what it can, and no byte of the secret may be on its wire or in its messages.
#include "budgets/weighed_end.hpp"

#include <algorithm>

namespace adieu::tests {
namespace {

constexpr std::string_view secret = "SECRET-OF-ANOTHER-CONNECTION";

/// Four bytes of it in a row are none by chance.
void expect_no_secret(std::string_view seen, const char* where) {
  for (std::size_t i = 0; i + 4 <= secret.size(); ++i)
    ASSERT_EQ(seen.find(secret.substr(i, 4)), std::string_view::npos) << where;
}

std::string secrets(std::size_t size) {
  std::string all;
  while (all.size() < size) all += secret;
  all.resize(size);
  return all;
}

/// What the connections of a loop share.
struct loop_of_two {
  counted_keys keys;
  resources shared{keys};
  std::string receive_buffer = std::string(64 * 1024, '\0');
};

/// One of its connections, always in the same place: what is found by its address is found again.
class one_of_them {
 public:
  /// At `level` 1 isa-l compresses, at others zlib.
  one_of_them(loop_of_two& loop, const setup& how, int level = 1) : loop_(loop), how_(how) {
    terms_                           = {how.side, how.options(1 << 20), &loop.shared};
    terms_.options.deflate.threshold = 1;
    terms_.options.deflate.level     = level;
    begin();
  }
  void begin() {
    machine_.emplace(terms_, now_);
    machine_->agree(how_.agreed());
    machine_->opened(now_);
    transport_takes = true;
  }
  /// Everything it had is given back, and the next one begins in its place.
  void ends() {
    machine_->terminate(now_);
    machine_->let_go();
    begin();
  }
  void hears(std::string_view bytes) {
    for (; !bytes.empty();
         bytes.remove_prefix(std::min(bytes.size(), loop_.receive_buffer.size()))) {
      const auto n = std::min(bytes.size(), loop_.receive_buffer.size());
      bytes.copy(loop_.receive_buffer.data(), n);  // the rest is as it was
      machine_->receive(std::as_writable_bytes(std::span(loop_.receive_buffer.data(), n)), now_);
      settle();
    }
  }
  void hears(const frame& f) { hears(bytes_of(f, how_.peer())); }
  error sends(std::string_view payload, message_type type = message_type::binary) {
    const error e = machine_->send(message_view(type, wire::as_bytes_of(payload)), now_);
    machine_->keep_borrowed();
    settle();
    return e;
  }
  void settle() {
    for (event e; machine_->next_event(e, now_);) {
      if (e.what != event::kind::closing) heard += e.message().text();
      if (e.what == event::kind::closing) machine_->finish_reply(now_);
      if (stops) return machine_->keep_input();
    }
    piece pieces[16];
    while (machine_->has_output()) {
      if (!transport_takes) return machine_->output_blocked(now_);
      std::size_t total = 0;
      for (std::size_t i = 0, n = machine_->output(pieces); i < n; ++i) {
        wire += std::string_view(reinterpret_cast<const char*>(pieces[i].data), pieces[i].size);
        total += pieces[i].size;
      }
      machine_->consumed(total, now_);
    }
  }
  connection& machine() { return *machine_; }

  bool transport_takes = true;
  bool stops           = false;
  std::string heard;
  std::string wire;

 private:
  loop_of_two& loop_;
  setup how_;
  terms terms_;
  protocol::time now_ = protocol::time(1000h);
  std::optional<connection> machine_;
};

frame compressed(frame f) {
  f.rsv = 4;
  return f;
}

/// A match of that length at that distance, in a block of DEFLATE's fixed codes, and its end.
/// [RFC 1951 3.2.5, 3.2.6]
std::string reaching_back(unsigned distance) {
  std::string out;
  unsigned bits = 0, count = 0;
  const auto put = [&](unsigned value, unsigned n) {
    bits |= value << count;
    for (count += n; count >= 8; count -= 8, bits >>= 8) out += static_cast<char>(bits & 0xFF);
  };
  const auto put_code = [&](unsigned code, unsigned n) {  // from its first bit
    while (n-- > 0) put(code >> n & 1, 1);
  };
  put(0, 1);          // not the last block
  put(1, 2);          // fixed codes
  put_code(0xC5, 8);  // 285: a length of 258
  unsigned code = 0, extra = 0, base = 1;
  for (;; ++code) {  // the code whose range holds the distance
    extra = code < 4 ? 0 : code / 2 - 1;
    if (distance < base + (1u << extra)) break;
    base += 1u << extra;
  }
  put_code(code, 5);
  put(distance - base, extra);
  put_code(0, 7);  // the end of the block
  put(0, 3);       // an empty stored block, as a flush leaves it
  if (count != 0) put(0, 8 - count);
  return out;
}

class Canary : public any_setup {
 protected:
  static bool compresses() { return with().how != compressing::no; }

  /// The secret through everything that is shared, by messages and answers that are as they should.
  static void live_well(one_of_them& victim) {
    for (const std::size_t size : {std::size_t{28}, std::size_t{120}, std::size_t{5000},
                                   std::size_t{70'000}, std::size_t{300'000}}) {
      victim.hears(text(secrets(size)));
      victim.hears(binary(secrets(size)));
      victim.hears(first_part(secrets(size)));
      victim.hears(ping(secrets(125)));
      victim.hears(last_part(secrets(size)));
      victim.sends(secrets(size));
      victim.sends(secrets(size), message_type::text);
      if (compresses()) {
        victim.hears(compressed(text(wire::peer_zlib().message(secrets(size)))));
        victim.hears(compressed(text(wire::stored(secrets(std::min<std::size_t>(size, 60'000))) +
                                     std::string(1, '\0'))));
        victim.hears(compressed(first_part(wire::peer_zlib().message(secrets(size)))));
        victim.hears(last_part(""));
      }
    }
    victim.hears(pong(secrets(100)));
    // A pong that waits, and leaves.
    victim.transport_takes = false;
    victim.sends(secrets(1000));
    victim.hears(ping(secrets(125)));
    victim.transport_takes = true;
    victim.settle();
  }

  /// The same, then the connection's end in every way, and once more: what was spoiled is gone, and
  /// what is shared holds the secret again.
  static void spread(one_of_them& victim) {
    live_well(victim);
    // Output and a pong that never leave, input that is never parsed.
    victim.transport_takes = false;
    victim.sends(secrets(10'000));
    victim.hears(ping(secrets(125)));
    victim.stops = true;
    victim.hears(binary(secrets(1000)));
    victim.hears(binary(secrets(1000)));
    victim.stops = false;
    victim.ends();
    // A message, a compressed one, a head and a control frame that are never whole.
    victim.hears(first_part(secrets(5000)));
    victim.hears(bytes_of(ping(secrets(125)), with().peer()).substr(0, 100));
    victim.ends();
    if (compresses()) {
      const std::string payload = wire::stored(secrets(30'000));
      victim.hears(compressed(first_part(payload)));
      victim.ends();
      victim.hears(compressed(first_part(payload)));
      victim.hears(last_part("\x07\x07"));  // no block begins so
      victim.ends();
      victim.hears(compressed(text(payload + "\x07\x07")));
      victim.ends();
      victim.hears(compressed(binary(wire::peer_zlib(9).message(secrets(2 << 20)))));  // too big
      victim.ends();
    }
    victim.hears(closing(1000, secrets(123)));
    victim.ends();
    victim.machine().fail_handler(protocol::time(1000h));
    victim.ends();
    live_well(victim);
    victim.ends();
  }

  static void expect_nothing(one_of_them& other, const char* where) {
    expect_no_secret(other.heard, where);
    // Compressed frames are read with a window of their own: none refers to what was before.
    std::string_view rest = other.wire;
    wire::inflater theirs;
    while (auto f = take_frame(rest)) {
      expect_no_secret(f->payload, where);
      if (f->rsv == 0) continue;
      byte_buffer out;
      if (with().how == compressing::alone) theirs.reset();
      ASSERT_EQ(theirs.piece(wire::as_bytes_of(f->payload), out, 4 << 20), wire::inflated::fine)
          << where;
      ASSERT_EQ(theirs.end_message(out, 4 << 20), wire::inflated::fine) << where;
      expect_no_secret({reinterpret_cast<const char*>(out.data()), out.size()}, where);
    }
    ASSERT_EQ(rest, "") << where;
  }
};
INSTANTIATE_TEST_SUITE_P(ends, Canary, ::testing::ValuesIn(every_setup()), name_of_setup);

class Strangers : public Canary {
 protected:
  static void meet(int level);
};
INSTANTIATE_TEST_SUITE_P(ends, Strangers, ::testing::ValuesIn(every_setup()), name_of_setup);

void Strangers::meet(int level) {
  loop_of_two loop;
  one_of_them first(loop, with(), level), other(loop, with(), level);
  spread(first);
  other.transport_takes = false;
  other.sends("in the way");
  other.hears(ping("q"));
  other.transport_takes = true;
  other.settle();
  expect_nothing(other, "a pong that has waited");
  for (const std::size_t size : {0u, 1u, 2u, 6u, 20u, 125u, 126u, 1000u, 20'000u, 70'000u}) {
    const std::string own = wire::noise(size);
    other.hears(binary(own));
    EXPECT_EQ(std::exchange(other.heard, ""), own);
    EXPECT_EQ(other.sends(own), error::none);
    EXPECT_EQ(other.sends(std::string(size, 'o'), message_type::text), error::none);
    for (const std::size_t cut : {1u, 2u, 5u, 9u}) {
      const std::string bytes = bytes_of(binary(own), with().peer());
      if (cut >= bytes.size()) continue;
      other.hears(bytes.substr(0, cut));
      other.hears(bytes.substr(cut));
      EXPECT_EQ(std::exchange(other.heard, ""), own);
    }
  }
  other.hears(ping(""));
  other.hears(ping("p"));
  expect_nothing(other, "open");
  other.machine().fail_handler(protocol::time(1000h));
  other.settle();
  expect_nothing(other, "a handler has thrown");
  for (const std::string& bad :
       {std::string("\xFF\xFF\xFF\xFF"), bytes_of(text("\xFF"), with().peer()),
        bytes_of(closing(1005), with().peer()), bytes_of(closing(1000, "bye"), with().peer()),
        bytes_of({3, ""}, with().peer())}) {
    one_of_them third(loop, with(), level);
    third.hears(bad);
    expect_nothing(third, "an ending");
  }
}

TEST_P(Strangers, end_finds_nothing_of_another_in_what_it_says_and_hears) {
  meet(1);
  if (compresses()) meet(6);
}

TEST_P(Canary, end_cannot_reach_back_into_what_another_was_sent) {
  if (!compresses()) return;
  for (const unsigned distance : {1u, 4u, 28u, 258u, 1000u, 5000u, 30'000u, 32'768u})
    for (const bool in_pieces : {false, true})
      for (const bool behind_own : {false, true}) {
        loop_of_two loop;
        one_of_them first(loop, with());
        spread(first);
        // In the very place of the first, and in another one.
        one_of_them second(loop, with());
        for (one_of_them* other : {&first, &second}) {
          other->heard = other->wire = "";
          other->transport_takes     = true;
          const std::string own      = behind_own ? wire::stored("few") : "";
          const frame all            = compressed(binary(own + reaching_back(distance)));
          if (in_pieces) {
            other->hears(compressed(first_binary_part(all.payload.substr(0, 2))));
            other->hears(last_part(all.payload.substr(2)));
          } else {
            other->hears(all);
          }
          expect_no_secret(other->heard, "inflated");
          if (behind_own && distance <= 3) {
            EXPECT_EQ(other->heard.size(), 3u + 258) << "its own it may refer to";
          } else {
            EXPECT_EQ(other->heard, "") << distance;
            EXPECT_EQ(frames_in(other->wire).at(0), closing(1002, "invalid compressed data"));
          }
        }
      }
}

// The tests above would see one: a receive buffer that is handed out too far.
TEST(CanaryItself, sings) {
  const std::string leak = "some bytes and CRET-OF";
  bool seen              = false;
  for (std::size_t i = 0; i + 4 <= secret.size(); ++i)
    seen = seen || leak.find(secret.substr(i, 4)) != std::string::npos;
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace adieu::tests
