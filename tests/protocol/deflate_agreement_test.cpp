// permessage-deflate negotiated: rows of what is offered, answered and agreed. [RFC 7692 5, 7.1]
#include "protocol/deflate_agreement.hpp"

#include <gtest/gtest.h>

namespace adieu::inline v1::protocol {
namespace {

constexpr deflate_options off        = {.enabled = false};
constexpr deflate_options takes_over = {.server_context_takeover = true,
                                        .client_context_takeover = true};

std::vector<http::extension> list(const std::string& field) {
  if (field.empty()) return {};
  auto parsed = http::extension_list(field);
  EXPECT_TRUE(parsed) << field;
  return parsed ? *parsed : std::vector<http::extension>();
}

std::string answer(const std::string& offers, const deflate_options& options = {}) {
  return answer_to(list(offers), options).element;
}

deflate_agreement agreement(bool ours, bool theirs, int our_window, int their_window) {
  deflate_agreement a{.on = true, .our_takeover = ours, .their_takeover = theirs};
  a.our_window_bits   = static_cast<std::uint16_t>(our_window & 15);
  a.their_window_bits = static_cast<std::uint16_t>(their_window & 15);
  return a;
}

TEST(DeflateAgreement, server_declines_what_is_none_of_the_four_parameters_or_has_a_wrong_value) {
  const std::string name = "permessage-deflate";
  for (const char* wrong : {"foo",
                            "foo=1",
                            "server_no_context_takeover=1",
                            "client_no_context_takeover=true",
                            "server_max_window_bits",
                            "server_max_window_bits=7",
                            "server_max_window_bits=16",
                            "server_max_window_bits=08",
                            "server_max_window_bits=010",
                            "server_max_window_bits=x",
                            "server_max_window_bits=1e1",
                            "server_max_window_bits=100",
                            "server_max_window_bits=1-",
                            "server_max_window_bits=5",
                            "server_max_window_bits=-9",
                            "client_max_window_bits=7",
                            "client_max_window_bits=16",
                            "client_max_window_bits=09",
                            "client_max_window_bits=x",
                            "client_max_window_bits=150",
                            "server_no_context_takeover; server_no_context_takeover",
                            "client_no_context_takeover; client_no_context_takeover",
                            "server_max_window_bits=10; server_max_window_bits=10",
                            "client_max_window_bits; client_max_window_bits",
                            "client_max_window_bits; client_max_window_bits=10",
                            "Server_No_Context_Takeover"}) {
    EXPECT_EQ(answer(name + "; " + wrong), "") << wrong;
    EXPECT_FALSE(answer_to(list(name + "; " + wrong), {}).agreed.on);
    // Another offer behind it is as good as ever.
    EXPECT_NE(answer(name + "; " + wrong + ", " + name), "") << wrong;
  }
  for (const char* other : {"", "foo", "permessage-deflate-2", "x-webkit-deflate-frame",
                            "permessage-bzip2; server_no_context_takeover"})
    EXPECT_EQ(answer(other), "") << other;
}

TEST(DeflateAgreement, server_that_has_it_turned_off_declines) {
  EXPECT_EQ(answer("permessage-deflate", off), "");
}

struct row {
  const char* offers;
  const char* answers;
  deflate_agreement agreed;
  deflate_options options = {};
};

TEST(DeflateAgreement, server_answers_the_first_offer_that_it_can_keep) {
  const char* const neither =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  const row rows[] = {
      {"permessage-deflate", neither, agreement(false, false, 15, 15)},
      // Chromium's, and its own
      {"permessage-deflate; client_max_window_bits", neither, agreement(false, false, 15, 15)},
      {"foo, permessage-deflate; bar, permessage-deflate", neither,
       agreement(false, false, 15, 15)},
      {"permessage-deflate; server_max_window_bits=10, permessage-deflate",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
       "server_max_window_bits=10",
       agreement(false, false, 10, 15)},
      {"permessage-deflate; server_max_window_bits=\"9\"",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
       "server_max_window_bits=9",
       agreement(false, false, 9, 15)},
      {"permessage-deflate; server_max_window_bits=8",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
       "server_max_window_bits=8",
       agreement(false, false, 8, 15)},
      {"permessage-deflate; server_max_window_bits=15; client_max_window_bits=15",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
       "server_max_window_bits=15",
       agreement(false, false, 15, 15)},
      {"permessage-deflate; client_max_window_bits=10",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
       "client_max_window_bits=10",
       agreement(false, false, 15, 10)},
      // with takeover
      {"permessage-deflate", "permessage-deflate; server_max_window_bits=12",
       agreement(true, true, 12, 15), takes_over},
      {"permessage-deflate; client_max_window_bits",
       "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
       agreement(true, true, 12, 12), takes_over},
      {"permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
       "permessage-deflate; server_max_window_bits=9; client_max_window_bits=9",
       agreement(true, true, 9, 9), takes_over},
      {"permessage-deflate; server_no_context_takeover; client_no_context_takeover",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
       "server_max_window_bits=12",
       agreement(false, false, 12, 15), takes_over},
      {"permessage-deflate; server_no_context_takeover; client_max_window_bits",
       "permessage-deflate; server_no_context_takeover; server_max_window_bits=12; "
       "client_max_window_bits=12",
       agreement(false, true, 12, 12), takes_over},
      {"permessage-deflate; client_no_context_takeover; client_max_window_bits",
       "permessage-deflate; client_no_context_takeover; server_max_window_bits=12; "
       "client_max_window_bits=12",
       agreement(true, false, 12, 12), takes_over},
      {"permessage-deflate",
       "permessage-deflate; client_no_context_takeover; "
       "server_max_window_bits=12",
       agreement(true, false, 12, 15),
       {.server_context_takeover = true}},
      // A limit for the client is for those who said that they know the parameter.
      {"permessage-deflate",
       neither,
       agreement(false, false, 15, 15),
       {.client_max_window_bits = 9}},
      {"permessage-deflate; client_max_window_bits",
       "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
       "client_max_window_bits=9",
       agreement(false, false, 15, 9),
       {.client_max_window_bits = 9}},
      {"permessage-deflate",
       "permessage-deflate; server_no_context_takeover; "
       "client_no_context_takeover; server_max_window_bits=11",
       agreement(false, false, 11, 15),
       {.server_max_window_bits = 11}},
  };
  for (const row& r : rows) {
    const deflate_answer got = answer_to(list(r.offers), r.options);
    EXPECT_EQ(got.element, r.answers) << r.offers;
    EXPECT_TRUE(got.agreed == r.agreed) << r.offers;
  }
}

TEST(DeflateAgreement, client_offers_what_its_options_say) {
  EXPECT_EQ(deflate_offer(off), "");
  EXPECT_EQ(deflate_offer({}),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
            "client_max_window_bits");
  EXPECT_EQ(deflate_offer(takes_over),
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12");
  EXPECT_EQ(deflate_offer({.server_context_takeover = true}),
            "permessage-deflate; client_no_context_takeover; server_max_window_bits=12; "
            "client_max_window_bits");
  EXPECT_EQ(deflate_offer({.server_context_takeover = true,
                           .client_context_takeover = true,
                           .server_max_window_bits  = 15,
                           .client_max_window_bits  = 15,
                           .max_context_memory      = 0}),
            "permessage-deflate; client_max_window_bits");
}

TEST(DeflateAgreement, client_agrees_to_answers_that_keep_within_its_offer) {
  const row rows[] = {
      {"", "", deflate_agreement{}},
      {"", "", deflate_agreement{}, off},
      {"", "permessage-deflate; server_no_context_takeover", agreement(false, false, 15, 15)},
      {"", "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
       agreement(false, false, 15, 15)},
      {"", "permessage-deflate; server_no_context_takeover; client_max_window_bits=9",
       agreement(false, false, 9, 15)},
      {"", "permessage-deflate; server_no_context_takeover; client_max_window_bits=8",
       agreement(false, false, 8, 15)},
      {"", "permessage-deflate; server_no_context_takeover; server_max_window_bits=8",
       agreement(false, false, 15, 8)},
      {"", "permessage-deflate; server_max_window_bits=12", agreement(true, true, 12, 12),
       takes_over},
      {"", "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11",
       agreement(true, true, 11, 10), takes_over},
      {"", "permessage-deflate; server_max_window_bits=10; client_no_context_takeover",
       agreement(false, true, 12, 10), takes_over},
      {"", "permessage-deflate; server_max_window_bits=10; server_no_context_takeover",
       agreement(true, false, 12, 10), takes_over},
      // More is kept for what the server does not limit, though it was asked to.
      {"", "permessage-deflate", agreement(false, true, 15, 15)},
      {"", "permessage-deflate; client_max_window_bits=9", agreement(false, true, 9, 15)},
      {"", "permessage-deflate; client_no_context_takeover", agreement(false, true, 15, 15)},
      {"", "permessage-deflate; server_max_window_bits=9", agreement(false, true, 15, 9)},
      {"", "permessage-deflate", agreement(true, true, 12, 15), takes_over},
      {"", "permessage-deflate; server_max_window_bits=13", agreement(true, true, 12, 13),
       takes_over},
      {"", "permessage-deflate; server_no_context_takeover", agreement(true, false, 12, 15),
       takes_over},
      // A limit above our own changes nothing.
      {"", "permessage-deflate; server_max_window_bits=12; client_max_window_bits=13",
       agreement(true, true, 12, 12), takes_over},
      // Our own context goes first where the server's window needs its place.
      {"",
       "permessage-deflate",
       agreement(false, true, 12, 15),
       {.server_context_takeover = true,
        .client_context_takeover = true,
        .max_context_memory      = 60'000}},
  };
  for (const row& r : rows) {
    std::string why;
    const auto got = agreed_by(list(r.answers), r.options, why);
    ASSERT_TRUE(got) << r.answers << ": " << why;
    EXPECT_TRUE(*got == r.agreed) << r.answers;
  }
}

TEST(DeflateAgreement, client_sees_that_there_is_no_room_for_the_servers_window) {
  const deflate_options little = {.max_context_memory = 10'000};
  std::string why;
  const auto whole = agreed_by(list("permessage-deflate"), little, why);
  ASSERT_TRUE(whole);
  EXPECT_FALSE(has_room_for(*whole, little));
  EXPECT_TRUE(has_room_for(*whole, {.max_context_memory = 0}));
  EXPECT_TRUE(has_room_for(*whole, {}));
  const auto narrow = agreed_by(list("permessage-deflate; server_max_window_bits=8"), little, why);
  ASSERT_TRUE(narrow);
  EXPECT_TRUE(has_room_for(*narrow, little));
  EXPECT_TRUE(has_room_for(*agreed_by({}, little, why), little));
}

TEST(DeflateAgreement, client_refuses_answers_that_it_cannot_live_with_and_says_what_is_wrong) {
  const struct {
    const char* answers;
    const char* why;
    deflate_options options = {};
  } rows[] = {
      {"foo", "an extension that was not offered: foo"},
      {"permessage-deflate; server_no_context_takeover, foo",
       "an extension that was not offered: foo"},
      {"permessage-deflate; server_no_context_takeover, "
       "permessage-deflate; server_no_context_takeover",
       "permessage-deflate twice"},
      {"permessage-deflate; server_no_context_takeover",
       "an extension that was not offered: permessage-deflate", off},
      {"permessage-deflate; server_no_context_takeover; foo",
       "permessage-deflate with an unknown parameter: foo"},
      {"permessage-deflate; server_no_context_takeover; server_no_context_takeover",
       "permessage-deflate with server_no_context_takeover twice"},
      {"permessage-deflate; client_max_window_bits=9; client_max_window_bits=9",
       "permessage-deflate with client_max_window_bits twice"},
      {"permessage-deflate; server_no_context_takeover=1",
       "permessage-deflate with a wrong value of server_no_context_takeover"},
      {"permessage-deflate; client_no_context_takeover=1",
       "permessage-deflate with a wrong value of client_no_context_takeover"},
      {"permessage-deflate; server_no_context_takeover; client_max_window_bits",
       "permessage-deflate with a wrong value of client_max_window_bits"},
      {"permessage-deflate; server_no_context_takeover; client_max_window_bits=16",
       "permessage-deflate with a wrong value of client_max_window_bits"},
      {"permessage-deflate; server_no_context_takeover; server_max_window_bits",
       "permessage-deflate with a wrong value of server_max_window_bits"},
      {"permessage-deflate; server_no_context_takeover; server_max_window_bits=7",
       "permessage-deflate with a wrong value of server_max_window_bits"},
  };
  for (const auto& r : rows) {
    std::string why;
    EXPECT_FALSE(agreed_by(list(r.answers), r.options, why)) << r.answers;
    EXPECT_EQ(why, r.why) << r.answers;
  }
}

TEST(DeflateAgreement, both_ends_agree_on_the_same_whatever_their_options) {
  std::vector<deflate_options> some;
  for (const bool server : {false, true})
    for (const bool client : {false, true})
      for (const int server_window : {0, 8, 9, 12, 15})
        for (const int client_window : {0, 8, 10, 15})
          for (const std::size_t memory : {std::size_t{0}, std::size_t{50'000}, std::size_t{1}})
            some.push_back({.server_context_takeover = server,
                            .client_context_takeover = client,
                            .server_max_window_bits  = server_window,
                            .client_max_window_bits  = client_window,
                            .max_context_memory      = memory});
  for (const deflate_options& client : some)
    for (const deflate_options& server : some) {
      const deflate_answer answered = answer_to(list(deflate_offer(client)), server);
      std::string why;
      const auto agreed = agreed_by(list(answered.element), client, why);
      ASSERT_TRUE(agreed) << deflate_offer(client) << " | " << answered.element << ": " << why;
      EXPECT_TRUE(agreed->on);
      EXPECT_LE(agreed->our_window_bits, answered.agreed.their_window_bits);
      EXPECT_LE(answered.agreed.our_window_bits, agreed->their_window_bits);
      EXPECT_LE(answered.agreed.our_takeover, agreed->their_takeover);
      EXPECT_LE(agreed->our_takeover, answered.agreed.their_takeover);
      for (const auto& [a, o] : {std::pair{*agreed, client}, std::pair{answered.agreed, server}})
        EXPECT_TRUE(o.max_context_memory == 0 || context_memory(a, o) <= o.max_context_memory);
    }
}

TEST(DeflateAgreement, end_gives_up_takeover_where_its_memory_is_above_the_bound) {
  deflate_options o        = takes_over;
  o.server_max_window_bits = o.client_max_window_bits = 15;
  o.max_context_memory                                = 100'000;  // 150 KiB and 40 KiB are wanted
  EXPECT_EQ(answer("permessage-deflate", o), "permessage-deflate; server_no_context_takeover");
  EXPECT_EQ(deflate_offer(o),
            "permessage-deflate; client_no_context_takeover; client_max_window_bits");
  o.max_context_memory = 10'000;
  EXPECT_EQ(answer("permessage-deflate", o),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
}

TEST(DeflateAgreement, end_says_which_options_cannot_be) {
  EXPECT_EQ(wrong_with_deflate({}), "");
  EXPECT_EQ(wrong_with_deflate({.level = 9, .server_max_window_bits = 8, .memory_level = 1}), "");
  for (const deflate_options& o : std::vector<deflate_options>{{.level = 0},
                                                               {.level = 10},
                                                               {.server_max_window_bits = 7},
                                                               {.server_max_window_bits = 16},
                                                               {.client_max_window_bits = -1},
                                                               {.memory_level = 0},
                                                               {.memory_level = 10}})
    EXPECT_NE(wrong_with_deflate(o), "");
}

}  // namespace
}  // namespace adieu::inline v1::protocol
