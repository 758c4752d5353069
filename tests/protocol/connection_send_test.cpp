// What leaves, to the byte, and what is told of what has not left yet. [RFC 6455 5, 6.1]
#include "protocol/script.hpp"

#include <algorithm>

namespace adieu::inline v1::protocol {
namespace {

class Sending : public either_end {};
INSTANTIATE_TEST_SUITE_P(ends, Sending, ::testing::ValuesIn(both_roles), name_of_role);

using namespace std::string_literals;

// Keys are fetched 256 at a time and used from the last one on: 255 is ff 00 01 02.
std::string key_number(int n) {
  std::string key;
  for (int i = 0; i < 4; ++i) key += static_cast<char>(255 - n + i);
  return key;
}

TEST(Sending, server_writes_frames_in_the_clear) {
  auto server = script::open(role::server);
  server.sends("Hello");
  EXPECT_EQ(server.newly_sent(), "\x81\x05Hello");
  server.sends(std::as_bytes(std::span("\1\2\3", 3)));
  EXPECT_EQ(server.newly_sent(), "\x82\x03\1\2\3"s);
  server.sends("");
  EXPECT_EQ(server.newly_sent(), "\x81\0"s);
  server.sends(std::string(126, 'x'));
  EXPECT_EQ(server.newly_sent(), "\x81\x7e\0\x7e"s + std::string(126, 'x'));
  server.sends(std::string(65536, 'x'));
  EXPECT_EQ(server.newly_sent(), "\x81\x7f\0\0\0\0\0\1\0\0"s + std::string(65536, 'x'));
  server.closes(1000, "bye");
  EXPECT_EQ(server.newly_sent(),
            "\x88\x05\x03\xe8"
            "bye"s);
}

TEST(Sending, client_masks_every_frame_with_a_key_of_its_own) {
  auto client = script::open(role::client);
  client.sends("Hello");
  EXPECT_EQ(client.newly_sent(), "\x81\x85" + key_number(0) + masked_with(key_number(0), "Hello"));
  client.machine().ping({}, client.now());
  client.settle();
  EXPECT_EQ(client.newly_sent(), "\x89\x80" + key_number(1));
  client.peer_sends(ping("p"));
  EXPECT_EQ(client.newly_sent(), "\x8a\x81" + key_number(2) + masked_with(key_number(2), "p"));
  client.sends(std::string(70'000, 'x'));
  EXPECT_EQ(client.newly_sent(), "\x81\xff\0\0\0\0\0\1\x11\x70"s + key_number(3) +
                                     masked_with(key_number(3), std::string(70'000, 'x')));
  client.closes(no_status);
  EXPECT_EQ(client.newly_sent(), "\x88\x80" + key_number(4));
}

TEST(Sending, client_fetches_keys_many_at_a_time_and_anew_after_a_fork) {
  auto client = script::open(role::client);
  for (int i = 0; i < 256; ++i) client.sends("x");
  EXPECT_EQ(client.keys().fills, 1);
  client.sends("x");
  EXPECT_EQ(client.keys().fills, 2);
  client.keys().now_epoch = 1;
  client.sends("x");
  EXPECT_EQ(client.keys().fills, 3);
}

TEST(Sending, server_needs_no_randomness) {
  auto server         = script::open(role::server);
  server.keys().fails = true;
  EXPECT_EQ(server.sends("x"), error::none);
  server.closes();
  server.expect_sent({text("x"), closing(1000)});
}

void expect_given_up_without_randomness(script& client) {
  client.expect_at(stage::closed);
  client.expect_nothing_sent();
  EXPECT_FALSE(client.how().note.empty());
  EXPECT_EQ(client.how().code, 1006);
  EXPECT_FALSE(client.how().sent);
}

TEST(Sending, client_without_randomness_sends_nothing_and_is_given_up) {
  auto sending         = script::open(role::client);
  sending.keys().fails = true;
  EXPECT_EQ(sending.sends("x"), error::not_open);
  expect_given_up_without_randomness(sending);
  EXPECT_EQ(sending.how().unsent_messages, 0u);

  auto pinging         = script::open(role::client);
  pinging.keys().fails = true;
  EXPECT_EQ(pinging.machine().ping({}, pinging.now()), error::not_open);
  expect_given_up_without_randomness(pinging);

  auto keeping_alive         = script::open(role::client);
  keeping_alive.keys().fails = true;
  keeping_alive.passes(25s);
  expect_given_up_without_randomness(keeping_alive);
}

TEST(Sending, client_without_randomness_for_its_close_does_not_wait_for_a_deadline) {
  auto closes         = script::open(role::client);
  closes.keys().fails = true;
  closes.closes(4000);
  expect_given_up_without_randomness(closes);

  auto answers         = script::open(role::client);
  answers.keys().fails = true;
  answers.peer_sends(closing(4001));
  answers.expect_at(stage::closed);
  EXPECT_FALSE(answers.how().sent);
  EXPECT_FALSE(answers.how().was_clean);
  EXPECT_EQ(answers.how().code, 4001);

  auto fails         = script::open(role::client);
  fails.keys().fails = true;
  fails.peer_sends(frame{3, ""});
  expect_given_up_without_randomness(fails);
  EXPECT_EQ(fails.how().cause, cause::protocol_violation);
}

TEST_P(Sending, end_refuses_text_that_is_not_utf8_and_sends_any_binary) {
  auto s = script::open(side());
  for (const char* bad : {"\xff", "ok \xc3", "\xed\xa0\x80"}) {
    EXPECT_EQ(s.sends(bad), error::invalid_utf8);
    s.expect_nothing_sent();
    EXPECT_EQ(s.sends({message_type::binary, message_view(bad).bytes()}), error::none);
    s.expect_sent(binary(bad));
  }
  s.expect_at(stage::open);
}

TEST_P(Sending, end_echoes_a_text_as_it_came) {
  auto s     = script::open(side());
  s.on_event = [&](const event& e) {
    EXPECT_EQ(s.machine().send(e.message(), s.now()), error::none);
  };
  s.peer_sends({text("gr\xc3\xbc\xc3\x9f dich"), first_part("in two "), last_part("parts")});
  s.expect_sent({text("gr\xc3\xbc\xc3\x9f dich"), text("in two parts")});
}

TEST_P(Sending, end_checks_the_place_of_an_echoed_text_again_once_its_input_is_kept) {
  std::string bytes = bytes_of(text("hello"), peer());
  auto s            = script::open(side());
  std::span<const std::byte> place;
  s.machine().receive(std::as_writable_bytes(std::span(bytes)), s.now());
  event e;
  ASSERT_TRUE(s.machine().next_event(e, s.now()));
  place = e.bytes;
  s.machine().keep_input();  // the application stopped reading: the buffer serves others now
  bytes.back() = '\xff';
  EXPECT_EQ(s.machine().send({message_type::text, place}, s.now()), error::invalid_utf8);
}

TEST_P(Sending, end_is_exact_about_what_is_buffered_under_every_short_write) {
  const std::vector<std::size_t> sizes = {10, 0, 200, 1, 70'000, 20'000, 3};
  for (const std::size_t step : {1u, 2u, 3u, 7u, 100u, 4096u, 16383u, 16384u, 65536u}) {
    auto s  = script::open(side());
    s.takes = 0;
    // Where each message's frame and payload lie in the stream.
    struct place {
      std::uint64_t payload_begin, end;
    };
    std::vector<place> places;
    std::uint64_t at = 0;
    for (const std::size_t n : sizes) {
      s.sends(std::string(n, 'x'));
      const std::size_t head =
          2 + (n > 125 ? n > 65535 ? 8 : 2 : 0) + (side() == role::client ? 4 : 0);
      places.push_back({at + head, at + head + n});
      at += head + n;
      if (n == 1) {
        s.machine().ping({}, s.now());
        at += side() == role::client ? 6 : 2;
      }
    }
    std::uint64_t left = 0;
    while (left < at) {
      s.transport_takes(step);
      left                 = s.sent.size();
      std::uint64_t expect = 0;
      for (const place& p : places)
        if (p.end > left) expect += p.end - std::max(left, p.payload_begin);
      ASSERT_EQ(s.machine().buffered_amount(), expect) << left << " of " << at;
    }
    EXPECT_EQ(frames_in(s.newly_sent()).size(), sizes.size() + 1);
    EXPECT_FALSE(s.machine().has_output());
  }
}

TEST_P(Sending, end_counts_a_partly_sent_message_as_one_with_the_bytes_that_remain) {
  const std::size_t head = side() == role::client ? 6 : 2;
  for (std::size_t taken = 0; taken <= 2 * (head + 10); ++taken) {
    auto s  = script::open(side());
    s.takes = taken;
    s.sends("0123456789");
    s.sends("0123456789");
    s.terminates();
    const std::uint64_t whole = taken / (head + 10);
    const std::size_t part    = taken % (head + 10);
    EXPECT_EQ(s.how().unsent_messages, 2 - whole) << taken;
    EXPECT_EQ(s.how().unsent_bytes, (2 - whole) * 10 - (part > head ? part - head : 0)) << taken;
  }
}

TEST_P(Sending, end_counts_an_empty_message_that_did_not_leave) {
  auto s  = script::open(side());
  s.takes = 0;
  s.sends("");
  s.terminates();
  EXPECT_EQ(s.how().unsent_messages, 1u);
  EXPECT_EQ(s.how().unsent_bytes, 0u);
}

TEST_P(Sending, end_does_not_count_control_frames_as_unsent_messages) {
  auto s  = script::open(side());
  s.takes = 0;
  s.machine().ping({}, s.now());
  s.closes(4000, "reason");
  EXPECT_EQ(s.machine().buffered_amount(), 0u);
  s.terminates();
  EXPECT_EQ(s.how().unsent_messages, 0u);
}

TEST_P(Sending, end_refuses_messages_while_as_much_as_the_limit_is_buffered) {
  auto s  = script::open(side(), {.max_buffered = 10, .on_overflow = overflow::refuse});
  s.takes = 0;
  EXPECT_EQ(s.sends("012345678"), error::none);
  EXPECT_EQ(s.sends("012345678"), error::none);  // below the limit until now
  EXPECT_EQ(s.sends("x"), error::send_queue_full);
  EXPECT_EQ(s.machine().buffered_amount(), 18u);
  s.expect_at(stage::open);
  s.transport_takes(one_end::unlimited);
  EXPECT_EQ(s.sends("x"), error::none);
  s.expect_sent({text("012345678"), text("012345678"), text("x")});
}

TEST_P(Sending, end_without_limit_takes_all) {
  auto s  = script::open(side(), {.max_buffered = 0});
  s.takes = 0;
  for (int i = 0; i < 40; ++i) EXPECT_EQ(s.sends(std::string(1 << 20, 'x')), error::none);
  EXPECT_EQ(s.machine().buffered_amount(), 40u << 20);
}

TEST(Sending, server_borrows_a_large_payload_until_it_is_told_to_keep_it) {
  auto server         = script::open(role::server);
  std::string payload = std::string(20'000, 'a');
  EXPECT_EQ(server.machine().send(payload, server.now()), error::none);
  EXPECT_TRUE(server.machine().borrows());
  piece pieces[4];
  ASSERT_EQ(server.machine().output(pieces), 2u);
  EXPECT_EQ(pieces[1].data, reinterpret_cast<const std::byte*>(payload.data()));
  server.machine().consumed(5'004, server.now());
  server.machine().output_blocked(server.now());
  server.machine().keep_borrowed();
  EXPECT_FALSE(server.machine().borrows());
  server.sent.append(head_of(text(""), false, 20'000) + std::string(5'000, 'a'));
  payload.assign(payload.size(), 'b');  // the application's bytes are its own again
  server.settle();
  server.expect_sent(text(std::string(20'000, 'a')));
}

TEST(Sending, server_does_not_borrow_while_its_output_is_blocked) {
  auto server  = script::open(role::server);
  server.takes = 0;
  server.sends("stuck");
  EXPECT_EQ(server.machine().send(std::string(20'000, 'a'), server.now()), error::none);
  EXPECT_FALSE(server.machine().borrows());
  server.transport_takes(one_end::unlimited);
  server.expect_sent({text("stuck"), text(std::string(20'000, 'a'))});
}

TEST(Sending, client_borrows_nothing_as_it_masks) {
  auto client = script::open(role::client);
  EXPECT_EQ(client.machine().send(std::string(20'000, 'a'), client.now()), error::none);
  EXPECT_FALSE(client.machine().borrows());
}

TEST_P(Sending, end_checks_a_part_of_the_text_that_it_was_just_given) {
  auto s     = script::open(side());
  s.on_event = [&](const event& e) {
    const std::string_view all = e.message().text();
    EXPECT_EQ(s.machine().send(all.substr(0, 1), s.now()), error::invalid_utf8);
    EXPECT_EQ(s.machine().send(all.substr(1), s.now()), error::invalid_utf8);
    EXPECT_EQ(s.machine().send(all, s.now()), error::none);
  };
  s.peer_sends(text("\xc3\xa9"));
  EXPECT_EQ(s.machine().buffered_amount(), 0u);
}

TEST(Sending, server_refuses_what_is_over_the_limit_however_small) {
  auto s  = script::open(role::server, {.max_buffered = 3, .low_water = 2});
  s.takes = 0;
  EXPECT_FALSE(s.machine().has_much_queued());
  EXPECT_EQ(s.sends(message_view(message_type::binary, {})), error::none);
  const std::byte two[2] = {};
  EXPECT_EQ(s.sends(two), error::none);
  EXPECT_FALSE(s.machine().has_much_queued());
  EXPECT_EQ(s.sends(two), error::none);
  EXPECT_TRUE(s.machine().has_much_queued());
  EXPECT_EQ(s.sends(two), error::send_queue_full);
  EXPECT_EQ(s.machine().buffered_amount(), 4u);
}

TEST(Sending, server_that_borrows_has_much_queued) {
  auto s  = script::open(role::server);
  s.takes = 0;
  const std::vector<std::byte> large(20'000);
  EXPECT_EQ(s.machine().send(large, s.now()), error::none);
  EXPECT_TRUE(s.machine().has_much_queued());
  s.machine().keep_borrowed();
  EXPECT_FALSE(s.machine().has_much_queued());
}

}  // namespace
}  // namespace adieu::inline v1::protocol
