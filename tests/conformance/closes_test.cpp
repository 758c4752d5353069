// Close frames: all 65,536 codes, every length of a reason, reasons that are no text, what comes
// behind one; received by an end that has closed and by one that has not. [RFC 6455 5.5.1, 7]
#include "conformance/replay.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Closes : public table_of_octets {};

TEST_F(Closes, ends_judge_every_code) {
  for (const role side : both_roles)
    for (const bool we_closed : {false, true})
      for (unsigned code = 0; code < 65'536; ++code) {
        const row_of_octets r{"code " + std::to_string(code),
                              side,
                              octets_of(other(side), {closing(code)}),
                              {},
                              we_closed};
        if (code < 5200 && !we_closed)
          replay(r);
        else
          replay_whole(r);
      }
  expect_rows(4 * 65'536);
}

TEST_F(Closes, ends_take_reasons_of_every_length_and_refuse_longer_ones) {
  for (const role side : both_roles)
    for (const bool we_closed : {false, true})
      for (std::size_t n = 0; n <= 130; ++n)
        replay({"reason of " + std::to_string(n),
                side,
                octets_of(other(side), {closing(1000, std::string(n, 'r'))}),
                {},
                we_closed});
}

TEST_F(Closes, ends_take_an_empty_close_and_refuse_one_octet) {
  for (const role side : both_roles)
    for (const bool we_closed : {false, true}) {
      replay({"empty", side, octets_of(other(side), {empty_close()}), {}, we_closed});
      for (unsigned octet = 0; octet < 256; ++octet)
        replay({"one octet " + std::to_string(octet),
                side,
                octets_of(other(side), {{8, std::string{static_cast<char>(octet)}}}),
                {},
                we_closed});
    }
}

TEST_F(Closes, ends_judge_reasons_of_every_class_of_text) {
  const std::string reasons[] = {"z\xc3\xbcrich",
                                 "\xe2\x82\xac",
                                 "\xf0\x9f\x91\x8b",
                                 "\xef\xbf\xbf",
                                 std::string("\0", 1),
                                 "\x80",
                                 "a\xc3",
                                 "\xc0\xaf",
                                 "\xe2\x82",
                                 "\xed\xa0\x80",
                                 "\xf0\x9f\x91",
                                 "\xf4\x90\x80\x80",
                                 "\xf8\x88\x80\x80\x80",
                                 "\xff",
                                 std::string(121, 'r') + "\xc3\xbc",
                                 std::string(122, 'r') + "\xc3"};
  for (const role side : both_roles)
    for (const bool we_closed : {false, true})
      for (const std::string& reason : reasons)
        for (const unsigned code : {1000u, 4999u, 1005u})
          replay({"reason " + hex(reason),
                  side,
                  octets_of(other(side), {closing(code, reason)}),
                  {},
                  we_closed});
}

TEST_F(Closes, ends_discard_everything_behind_a_close) {
  for (const role side : both_roles)
    for (const bool we_closed : {false, true})
      for (const frame& last : {closing(1000), closing(1002), empty_close(), closing(999)})
        for (const frame& behind :
             {text("late"), binary("late"), ping("late"), pong("late"), closing(4000),
              frame{3, "wrong"}, frame{1, "\xff"}, frame{9, "", false}})
          replay({"something behind",
                  side,
                  octets_of(other(side), {text("first"), last, behind, behind}),
                  {},
                  we_closed});
}

TEST_F(Closes, ends_answer_what_came_whole_before_a_violation_and_nothing_behind_it) {
  const frame wrong[] = {frame{3, ""},
                         frame{11, ""},
                         frame{1, "", true, 4},
                         frame{1, "", true, 2},
                         frame{0, "no message"},
                         frame{1, "\xff"},
                         frame{9, std::string(126, 'p')},
                         frame{8, "x"},
                         closing(1005),
                         frame{10, "", false}};
  for (const role side : both_roles)
    for (const bool we_closed : {false, true})
      for (const frame& f : wrong) {
        replay({"a text before it",
                side,
                octets_of(other(side), {text("first"), f, text("second")}),
                {},
                we_closed});
        replay({"a ping before it",
                side,
                octets_of(other(side), {ping("first"), f, ping("second")}),
                {},
                we_closed});
        replay({"a Close behind it",
                side,
                octets_of(other(side), {text("first"), f, closing(1000)}),
                {},
                we_closed});
        replay({"half a message before it",
                side,
                octets_of(other(side), {first_part("half"), f}),
                {},
                we_closed});
      }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
