// Which action belongs to which end, as docs/reconnecting.md has it, and what a policy changes.
#include "endings.hpp"
#include "protocol/reconnect_table.hpp"

#include <gtest/gtest.h>

#include <map>

namespace adieu::tests {
namespace {

TEST(reconnect_table, every_end_has_the_action_of_the_page) {
  using enum action;
  const std::map<std::uint16_t, action> page = {{1000, back_off},
                                                {1001, back_off},
                                                {1002, stop_at_third},
                                                {1003, stop_at_third},
                                                {1005, back_off},
                                                {1006, back_off},
                                                {1007, stop_at_third},
                                                {1008, stop},
                                                {1009, stop},
                                                {1010, stop_at_third},
                                                {1011, back_off},
                                                {1012, restart},
                                                {1013, slow},
                                                {1014, back_off},
                                                {1015, stop_unless_known_good},
                                                {3000, new_credentials},
                                                {3001, stop_at_eighth},
                                                {3003, stop},
                                                {3500, stop_at_eighth},
                                                {4000, stop_at_eighth},
                                                {4004, stop_at_eighth},
                                                {4500, stop_at_eighth},
                                                {4999, stop_at_eighth}};
  for (const auto& [code, then] : page)
    EXPECT_EQ(protocol::look_up({}, closed_with(code), code != 1015, false).then, then) << code;

  const std::map<std::uint16_t, action> statuses = {{200, stop_unless_known_good},
                                                    {204, stop_unless_known_good},
                                                    {301, stop_unless_known_good},
                                                    {400, stop_unless_known_good},
                                                    {401, new_credentials},
                                                    {403, stop_unless_known_good},
                                                    {404, stop_unless_known_good},
                                                    {405, stop_unless_known_good},
                                                    {407, new_credentials},
                                                    {408, retry_after},
                                                    {410, stop},
                                                    {418, stop_unless_known_good},
                                                    {425, retry_after},
                                                    {426, stop_unless_known_good},
                                                    {429, retry_after},
                                                    {500, back_off},
                                                    {502, back_off},
                                                    {503, retry_after},
                                                    {504, back_off},
                                                    {101, stop_unless_known_good},
                                                    {100, back_off},
                                                    {199, back_off},
                                                    {0, back_off}};
  for (const auto& [status, then] : statuses)
    EXPECT_EQ(protocol::look_up({}, refused_with(status), false, false).then, then) << status;

  for (const cause why :
       {cause::unreachable, cause::opening_timed_out, cause::peer_vanished, cause::reset})
    EXPECT_EQ(protocol::look_up({}, ended_because(why), false, false).then, back_off) << name(why);
  for (const cause why :
       {cause::peer_vanished, cause::reset, cause::keepalive_timed_out, cause::closing_timed_out})
    EXPECT_EQ(protocol::look_up({}, ended_because(why), true, false).then, back_off) << name(why);
  for (const cause why : {cause::protocol_violation, cause::invalid_text, cause::message_too_big})
    EXPECT_EQ(protocol::look_up({}, ended_because(why), true, false).then, stop_at_third)
        << name(why);
  EXPECT_EQ(protocol::look_up({}, ended_because(cause::tls_failed), false, true).then, back_off);
  EXPECT_EQ(protocol::look_up({}, ended_because(cause::tls_failed), false, false).then,
            stop_unless_known_good);
}

TEST(reconnect_table, every_cause_has_words_of_its_own) {
  for (int i = 1; !name(static_cast<cause>(i)).empty(); ++i)
    for (const bool opened : {false, true}) {
      const auto why       = static_cast<cause>(i);
      const bool only_open = why == cause::completed || why == cause::closing_timed_out ||
                             why == cause::keepalive_timed_out;
      if (only_open && !opened) continue;
      EXPECT_STRNE(protocol::look_up({}, ended_because(why), opened, true).why,
                   "the connection ended")
          << name(why);
    }
}

TEST(reconnect_table, later_rules_go_before_earlier_ones_and_before_the_table) {
  const auto policy = reconnect_policy()
                          .on(1008, action::back_off)
                          .on(4500, 4999, action::stop)
                          .on(4600, action::slow)
                          .on(403, action::back_off)
                          .on(cause::unreachable, action::stop)
                          .on(1015, action::slow)
                          .on(1006, action::stop);
  const auto of = [&](const ending& how, bool opened) {
    return protocol::look_up(policy, how, opened, false).then;
  };
  EXPECT_EQ(of(closed_with(1008), true), action::back_off);
  EXPECT_EQ(of(closed_with(4500), true), action::stop);
  EXPECT_EQ(of(closed_with(4600), true), action::slow);
  EXPECT_EQ(of(closed_with(4499), true), action::stop_at_eighth);
  EXPECT_EQ(of(refused_with(403), false), action::back_off);
  EXPECT_EQ(of(refused_with(404), false), action::stop_unless_known_good);
  EXPECT_EQ(of(not_reached(), false), action::stop);
  EXPECT_EQ(of(closed_with(1015), false), action::slow);
  EXPECT_EQ(of(closed_with(1006), true), action::stop);
  EXPECT_EQ(of(ended_because(cause::opening_timed_out), false), action::back_off);
}

TEST(reconnect_table, profiles_know_their_services_codes) {
  const auto of = [](std::string_view profile, std::uint16_t code) {
    return protocol::look_up(*reconnect_policy::profile(profile), closed_with(code), true, false)
        .then;
  };
  EXPECT_EQ(of("discord", 4004), action::stop);
  EXPECT_EQ(of("discord", 4009), action::back_off);
  EXPECT_EQ(of("discord", 4014), action::stop);
  EXPECT_EQ(of("pusher", 4001), action::stop);
  EXPECT_EQ(of("pusher", 4100), action::slow);
  EXPECT_EQ(of("pusher", 4201), action::back_off);
  EXPECT_EQ(of("graphql_ws", 4400), action::stop);
  EXPECT_EQ(of("graphql_ws", 4401), action::new_credentials);
  EXPECT_EQ(of("graphql_ws", 1008), action::stop);
  EXPECT_EQ(of("centrifugo", 3000), action::back_off);
  EXPECT_EQ(of("centrifugo", 3500), action::stop);
  EXPECT_EQ(of("centrifugo", 4501), action::stop);
  EXPECT_FALSE(reconnect_policy::profile("nobody"));
  for (const auto each : reconnect_policy::profiles()) {
    EXPECT_TRUE(reconnect_policy::profile(each)) << each;
    EXPECT_EQ(protocol::wrong_with(*reconnect_policy::profile(each)), "") << each;
  }
}

TEST(reconnect_table, rules_for_numbers_that_are_neither_code_nor_status_are_refused) {
  for (const auto& [from, to] : std::vector<std::pair<int, int>>{{999, 999},
                                                                 {100, 100},
                                                                 {5000, 5000},
                                                                 {600, 600},
                                                                 {4000, 3000},
                                                                 {500, 4000},
                                                                 {4000, 5000}})
    EXPECT_NE(protocol::wrong_with(reconnect_policy().on(
                  static_cast<std::uint16_t>(from), static_cast<std::uint16_t>(to), action::stop)),
              "")
        << from;
  EXPECT_EQ(
      protocol::wrong_with(reconnect_policy().on(503, action::stop).on(4000, 4999, action::stop)),
      "");
  EXPECT_EQ(protocol::wrong_with(reconnect_policy().on(cause::reset, action::stop)), "");
}

TEST(reconnect_table, every_action_has_a_name) {
  EXPECT_EQ(name(action::back_off), "back_off");
  EXPECT_EQ(name(action::stop), "stop");
  EXPECT_EQ(name(action{0}), "");
  EXPECT_EQ(name(action::stop_unless_known_good), "stop_unless_known_good");
  EXPECT_EQ(name(action{10}), "");
}

}  // namespace
}  // namespace adieu::tests
