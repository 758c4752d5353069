// Compressed messages over the machine: what goes over the wire, what a peer may send, and two
// machines with each other. [RFC 7692 6, 7]
#include "protocol/deflating.hpp"
#include "protocol/pair.hpp"

#include "http/tokens.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Deflating : public deflating_end {};
INSTANTIATE_TEST_SUITE_P(ends, Deflating, ::testing::ValuesIn(both_roles), name_of_role);

// --- sending ---

TEST_P(Deflating, end_compresses_from_the_threshold_on) {
  auto s = open();
  s.sends(std::string(255, 'a'));
  s.expect_sent(text(std::string(255, 'a')));
  s.sends(std::string(256, 'a'));
  const auto sent = frames_in(s.newly_sent());
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].rsv, 4u);
  EXPECT_EQ(sent[0].opcode, 1u);
  EXPECT_LT(sent[0].payload.size(), 30u);
  EXPECT_EQ(read_back(sent[0].payload), std::string(256, 'a'));
}

TEST_P(Deflating, end_compresses_the_smallest_if_it_is_told_to) {
  auto s = open({.deflate = {.threshold = 0}});
  s.sends("");
  s.expect_sent(text(""));
  s.sends(std::string(20, 'a'));
  EXPECT_EQ(frames_in(s.newly_sent()).at(0).rsv, 4u);
}

TEST_P(Deflating, end_compresses_the_echo_of_a_short_text_if_it_is_told_to) {
  auto s     = open({.deflate = {.threshold = 0}});
  s.on_event = [&](const event& e) { s.machine().send(e.message(), s.now()); };
  s.peer_sends(text(std::string(40, 'a')));
  EXPECT_EQ(frames_in(s.newly_sent()).at(0).rsv, 4u);
}

TEST_P(Deflating, end_sends_as_it_is_what_would_not_become_smaller) {
  auto s = open();
  s.sends(std::span(wire::as_bytes_of(noise(1000))));
  s.expect_sent(binary(noise(1000)));
}

TEST_P(Deflating, end_sends_as_it_is_what_it_is_told_to) {
  auto s = open();
  s.sends(message_view(std::string(1000, 'a')).uncompressed());
  s.expect_sent(text(std::string(1000, 'a')));
  const message kept = message(std::string(1000, 'b')).uncompressed();
  s.sends(kept);
  s.expect_sent(text(std::string(1000, 'b')));
}

TEST_P(Deflating, end_compresses_nothing_that_was_not_agreed_on) {
  auto s = script::open(side());
  s.sends(std::string(1000, 'a'));
  s.expect_sent(text(std::string(1000, 'a')));
}

TEST_P(Deflating, end_refuses_a_text_that_is_not_utf_8_before_it_compresses_it) {
  auto s = open();
  EXPECT_EQ(s.sends(std::string(1000, '\xff')), error::invalid_utf8);
  s.expect_nothing_sent();
}

TEST_P(Deflating, end_counts_the_bytes_that_were_given_to_it) {
  auto s = open();
  s.transport_takes(0);
  s.sends(std::string(1000, 'a'));
  s.sends("short");
  EXPECT_EQ(s.machine().buffered_amount(), 1005u);
  // A compressed message counts whole until it has left whole.
  s.transport_takes(3);
  EXPECT_EQ(s.machine().buffered_amount(), 1005u);
  s.terminates();
  EXPECT_EQ(s.how().unsent_messages, 2u);
  EXPECT_EQ(s.how().unsent_bytes, 1005u);
}

TEST_P(Deflating, end_refuses_by_the_bytes_that_were_given_to_it) {
  auto s = open({.max_buffered = 1000, .low_water = 0, .on_overflow = overflow::refuse});
  s.transport_takes(0);
  EXPECT_EQ(s.sends(std::string(1000, 'a')), error::none);
  EXPECT_EQ(s.sends(std::string(1000, 'a')), error::send_queue_full);
  s.transport_takes(script::unlimited);
  EXPECT_EQ(s.machine().buffered_amount(), 0u);
  EXPECT_EQ(frames_in(s.newly_sent()).size(), 1u);
}

TEST_P(Deflating, end_with_takeover_leaves_its_context_as_it_was_when_it_refuses) {
  auto s =
      open({.max_buffered = 1000, .low_water = 0, .on_overflow = overflow::refuse}, takes_over);
  s.transport_takes(0);
  s.sends(some_json(1000));
  EXPECT_EQ(s.sends(some_json(1000, 2)), error::send_queue_full);
  s.transport_takes(script::unlimited);
  s.sends(some_json(1000, 3));
  wire::inflater with;
  for (const frame& f : frames_in(s.newly_sent())) {
    byte_buffer out;
    EXPECT_EQ(with.piece(wire::as_bytes_of(f.payload), out, 100'000), wire::inflated::fine);
    EXPECT_EQ(with.end_message(out, 100'000), wire::inflated::fine);
    EXPECT_EQ(out.size(), 1000u);
  }
}

TEST_P(Deflating, end_sends_last_words_compressed) {
  auto s        = open();
  s.holds_reply = true;
  s.peer_sends(closing(1000));
  s.sends_last_word(std::string(1000, 'a'));
  EXPECT_EQ(frames_in(s.newly_sent()).at(0).rsv, 4u);
}

// --- receiving ---

TEST_P(Deflating, end_receives_a_compressed_message) {
  for (const deflate_agreement agreed : {plain_terms, takes_over}) {
    auto s = open({}, agreed);
    s.peer_sends({compressed_text(some_json(5000)), text("plain"),
                  compressed(binary(std::string("\x03\0", 2)))});
    ASSERT_EQ(s.messages.size(), 3u);
    EXPECT_EQ(s.messages[0], (sent_message{message_type::text, some_json(5000)}));
    EXPECT_EQ(s.messages[1].bytes, "plain");
    EXPECT_EQ(s.messages[2], (sent_message{message_type::binary, ""}));
  }
}

TEST_P(Deflating, end_receives_it_in_every_cut) {
  const std::string bytes = bytes_of(compressed_text(some_json(300) + "äöü"), peer());
  for (const deflate_agreement agreed : {plain_terms, takes_over})
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
      auto s = open({}, agreed);
      s.peer_sends_in_pieces(bytes, piece);
      s.expect_messages({some_json(300) + "äöü"});
    }
}

TEST_P(Deflating, end_receives_it_in_fragments_of_every_size) {
  const std::string text    = some_json(300) + "äöü";
  const std::string payload = peer_zlib().message(text);
  for (std::size_t size = 0; size < payload.size(); ++size) {
    auto s = open();
    s.peer_sends(compressed({1, payload.substr(0, size), false}));
    s.peer_sends({ping("between"), next_part(""), last_part(payload.substr(size))});
    s.expect_messages({text});
    s.expect_sent(pong("between"));
  }
}

TEST_P(Deflating, end_takes_a_message_without_any_payload_for_an_empty_one) {
  for (const deflate_agreement agreed : {plain_terms, takes_over}) {
    auto s = open({}, agreed);
    s.peer_sends({compressed(text("")), compressed(text(std::string(1, '\0'))),
                  compressed(first_part("")), last_part("")});
    s.expect_messages({"", "", ""});
    s.peer_sends(compressed_text("and on it goes"));
    s.expect_messages({"and on it goes"});
  }
}

TEST_P(Deflating, end_goes_on_behind_blocks_that_are_marked_as_the_last_ones) {
  for (const deflate_agreement agreed : {plain_terms, takes_over}) {
    auto s = open({}, agreed);
    peer_zlib peer;
    s.peer_sends(compressed(text(peer.flushed("one ", Z_FINISH) + peer.message("two"))));
    s.peer_sends(compressed(text(peer.flushed("three", Z_FINISH) + '\0')));
    s.peer_sends(compressed(text(peer.flushed("four", Z_FINISH))));
    s.peer_sends(compressed_text("five"));
    s.expect_messages({"one two", "three", "four", "five"});
  }
}

TEST_P(Deflating, end_receives_a_thousand_messages_with_their_context) {
  auto s = open({}, takes_over);
  peer_zlib peer;
  std::size_t on_the_wire = 0;
  for (unsigned n = 0; n < 1000; ++n) {
    const std::string payload = peer.message(some_json(500, n % 7));
    on_the_wire += payload.size();
    if (n % 3 == 0)
      s.peer_sends({compressed(first_part(payload.substr(0, 5))), last_part(payload.substr(5))});
    else
      s.peer_sends(compressed(text(payload)));
    ASSERT_EQ(s.messages.size(), 1u);
    ASSERT_EQ(s.messages[0].bytes, some_json(500, n % 7));
    s.messages.clear();
    if (n % 10 == 0) {
      s.peer_sends(text("plain"));
      s.expect_messages({"plain"});
    }
  }
  EXPECT_LT(on_the_wire, 100'000u);
}

TEST_P(Deflating, end_echoes_a_compressed_text_without_checking_it_again) {
  auto s     = open();
  s.on_event = [&](const event& e) {
    EXPECT_EQ(s.machine().send(e.message(), s.now()), error::none);
  };
  s.peer_sends({compressed_text(some_json(1000)), compressed_text(some_json(1000, 2))});
  const auto sent = frames_in(s.newly_sent());
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(read_back(sent[0].payload), some_json(1000));
  EXPECT_EQ(read_back(sent[1].payload), some_json(1000, 2));
}

TEST_P(Deflating, end_drops_a_compressed_message_that_a_close_cuts_off) {
  auto s = open();
  s.peer_sends({compressed(first_part(peer_zlib().message(some_json(1000)))), closing(1001)});
  s.expect_messages({});
  s.expect_sent(closing(1001));
}

TEST_P(Deflating, end_keeps_a_compressed_message_until_it_is_read) {
  auto s = open();
  s.stops_reading();
  s.peer_sends({compressed_text(some_json(1000)), compressed_text("two")});
  s.expect_messages({});
  s.reads_again();
  s.expect_messages({some_json(1000), "two"});
}

// --- two machines ---

void agree(pair& p) {
  const auto& client      = p.client.machine().options().deflate;
  const auto& server      = p.server.machine().options().deflate;
  const std::string offer = deflate_offer(client);
  const auto answer       = answer_to(*http::extension_list(offer), server);
  std::string why;
  const auto agreed = agreed_by(*http::extension_list(answer.element), client, why);
  ASSERT_TRUE(agreed) << why;
  p.client.machine().agree(*agreed);
  p.server.machine().agree(answer.agreed);
}

TEST(DeflatingPair, ends_understand_each_other_with_every_setting) {
  for (const bool server_takeover : {false, true})
    for (const bool client_takeover : {false, true})
      for (const int window : {0, 8, 9, 11, 15})
        for (const int level : {1, 6}) {
          const connection_options options{.deflate = {.level                   = level,
                                                       .threshold               = 0,
                                                       .server_context_takeover = server_takeover,
                                                       .client_context_takeover = client_takeover,
                                                       .server_max_window_bits  = window,
                                                       .client_max_window_bits  = window,
                                                       .max_context_memory      = 0}};
          pair p(options, options);
          agree(p);
          p.to_server.piece = 1000;
          for (unsigned n = 0; n < 20; ++n)
            for (one_end* end : {&p.client, &p.server}) {
              end->sends(some_json(n * 333, n % 4));
              p.drive();
            }
          EXPECT_EQ(p.client.messages, p.server.accepted);
          EXPECT_EQ(p.server.messages, p.client.accepted);
          p.client.closes();
          p.drive();
          p.passes(1h);
          EXPECT_TRUE(p.client.how().was_clean);
          EXPECT_TRUE(p.server.how().was_clean);
        }
}

TEST(DeflatingPair, ends_send_noise_with_takeover_too) {
  const connection_options options{
      .deflate = {.server_context_takeover = true, .client_context_takeover = true}};
  pair p(options, options);
  agree(p);
  for (unsigned n = 0; n < 5; ++n) {
    p.client.sends(std::span(wire::as_bytes_of(noise(5000, n))));
    p.client.sends(some_json(5000, n));
    p.drive();
  }
  EXPECT_EQ(p.server.messages, p.client.accepted);
}

TEST_P(Deflating, ends_of_one_loop_may_have_different_settings) {
  counted_keys source;
  resources shared(source);
  for (const int level : {1, 9, 1})
    for (const int bits : {12, 9, 12}) {
      terms agreed;
      agreed.side            = side();
      agreed.shared          = &shared;
      agreed.options.deflate = {.level = level, .threshold = 0};
      connection machine(agreed, time(std::chrono::hours(1)));
      deflate_agreement narrow = plain_terms;
      narrow.our_window_bits   = static_cast<std::uint16_t>(bits & 15);
      machine.agree(narrow);
      machine.opened(time(std::chrono::hours(1)));
      ASSERT_EQ(machine.send(std::string_view(some_json(1000)), time(std::chrono::hours(1))),
                error::none);
      piece pieces[1];
      ASSERT_EQ(machine.output(pieces), 1u);
      std::string_view bytes(reinterpret_cast<const char*>(pieces[0].data), pieces[0].size);
      const auto f = take_frame(bytes);
      ASSERT_TRUE(f);
      EXPECT_EQ(read_back(f->payload), some_json(1000));
    }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
