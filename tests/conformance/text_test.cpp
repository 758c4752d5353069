// UTF-8: every code point, every class of what is none, at every place and split, and how fast it
// is refused. [RFC 6455 5.6, 8.1; RFC 3629]
#include "conformance/replay.hpp"

namespace adieu::inline v1::protocol {
namespace {

class Text : public table_of_octets {};

std::string spelled(std::string_view text) { return "text " + hex(text); }

TEST_F(Text, ends_take_every_code_point) {
  for (const role side : both_roles) {
    std::string some;
    for (unsigned long c = 0; c <= last_code_point; ++c) {
      if (!is_surrogate(c)) some += encoded(c);
      if (some.size() < 4000 && c != last_code_point) continue;
      const row_of_octets r{
          "up to " + std::to_string(c), side, octets_of(other(side), {text(some)}), {}};
      replay_whole(r);
      // In pieces that end within characters of two, three and four octets.
      cuts at;
      for (std::size_t i = 1 + c % 7; i < r.bytes.size(); i += 5 + i % 3) at.push_back(i);
      at.push_back(r.bytes.size());
      replay_cut_at(r, at);
      some.clear();
    }
  }
}

TEST_F(Text, ends_refuse_every_surrogate_and_what_lies_beyond_the_last_code_point) {
  for (const role side : both_roles) {
    for (unsigned long c = 0xD800; c <= 0xDFFF; ++c)
      replay({spelled(encoded(c)),
              side,
              octets_of(other(side), {text("ok" + encoded(c) + "ok")}),
              {}});
    for (unsigned long c = 0x110000; c < 0x200000; c += 0x3FF)
      replay({spelled(encoded(c)),
              side,
              octets_of(other(side), {text("ok" + encoded(c) + "ok")}),
              {}});
  }
}

TEST_F(Text, ends_refuse_overlong_writings) {
  for (const role side : both_roles)
    for (int octets = 2; octets <= 6; ++octets)
      for (const unsigned long c : {0x0ul, 0x2Ful, 0x7Ful, 0x80ul, 0x7FFul, 0x800ul, 0xFFFFul,
                                    0x10000ul, 0x10FFFFul, 0x1FFFFFul, 0x3FFFFFFul}) {
        if (octets <= octets_of(c) && octets <= 4) continue;
        const std::string wrong = encoded(c, octets);
        replay({spelled(wrong), side, octets_of(other(side), {text(wrong)}), {}});
      }
}

TEST_F(Text, ends_judge_every_one_and_two_octets) {
  for (const role side : both_roles)
    for (unsigned n = 0; n < 256 + 65'536; ++n) {
      std::string two{static_cast<char>(n >> 8), static_cast<char>(n & 0xFF)};
      if (n >= 65'536) two = std::string{static_cast<char>(n & 0xFF)};
      replay({spelled(two), side, octets_of(other(side), {text(two)}), {}});
    }
}

// Octets at which the grammar turns.
constexpr unsigned char turns[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1,
                                   0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3,
                                   0xF4, 0xF5, 0xF7, 0xF8, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF};

TEST_F(Text, ends_judge_three_and_four_octets_of_every_class) {
  for (const role side : both_roles)
    for (const unsigned char a : turns)
      for (const unsigned char b : turns)
        for (const unsigned char c : turns) {
          const std::string three{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
          replay({spelled(three), side, octets_of(other(side), {text(three)}), {}});
          if (a < 0xE0 || side == role::client) continue;
          for (const unsigned char d : turns)
            replay_whole({spelled(three),
                          side,
                          octets_of(other(side), {text(three + static_cast<char>(d))}),
                          {}});
        }
}

// One of each class: what is wrong, and what is right.
const std::vector<std::string>& samples() {
  static const std::vector<std::string> all = {"\x80",
                                               "\xbf",
                                               "\xc0\x80",
                                               "\xc1\xbf",
                                               "\xc3",
                                               "\xc3(",
                                               "\xe0\x80\x80",
                                               "\xe0\x9f\xbf",
                                               "\xe2\x82",
                                               "\xe2\x28\xa1",
                                               "\xe2\x82\x28",
                                               "\xed\xa0\x80",
                                               "\xed\xbf\xbf",
                                               "\xed\xa0\x80\xed\xb0\x80",
                                               "\xf0\x80\x80\x80",
                                               "\xf0\x8f\xbf\xbf",
                                               "\xf0\x9f\x91",
                                               "\xf0\x28\x8c\xbc",
                                               "\xf0\x90\x28\xbc",
                                               "\xf0\x90\x8c\x28",
                                               "\xf4\x90\x80\x80",
                                               "\xf5\x80\x80\x80",
                                               "\xf8\x88\x80\x80\x80",
                                               "\xfc\x84\x80\x80\x80\x80",
                                               "\xfe",
                                               "\xff",
                                               "\xc3\xbc",
                                               "\xe2\x82\xac",
                                               "\xed\x9f\xbf",
                                               "\xee\x80\x80",
                                               "\xef\xbf\xbf",
                                               "\xef\xbb\xbf",
                                               "\xf0\x90\x80\x80",
                                               "\xf4\x8f\xbf\xbf"};
  return all;
}

TEST_F(Text, ends_judge_every_class_at_every_place_of_a_text) {
  for (const role side : both_roles)
    for (const std::string& sample : samples())
      for (const char* fill : {"a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x91\x8b"})
        for (std::size_t place = 0; place <= 40; ++place) {
          std::string whole;
          for (std::size_t i = 0; i < 44; ++i) whole += i == place ? sample : fill;
          replay_whole({spelled(whole), side, octets_of(other(side), {text(whole)}), {}});
          if (place % 8 == 3)
            replay({spelled(whole), side, octets_of(other(side), {text(whole)}), {}});
        }
}

TEST_F(Text, ends_judge_every_class_at_every_split_into_fragments) {
  for (const role side : both_roles)
    for (const std::string& sample : samples()) {
      const std::string whole = "ab" + sample + "yz";
      for (std::size_t i = 0; i <= whole.size(); ++i)
        for (std::size_t j = i; j <= whole.size(); ++j) {
          const std::vector<frame> parts = {first_part(whole.substr(0, i)), ping(""),
                                            next_part(whole.substr(i, j - i)),
                                            last_part(whole.substr(j))};
          std::string bytes;
          for (const frame& f : parts) bytes += bytes_of(f, other(side));
          replay({spelled(whole) + " cut at " + std::to_string(i) + ", " + std::to_string(j),
                  side,
                  bytes,
                  {}});
        }
    }
}

TEST_F(Text, ends_refuse_at_the_first_wrong_octet_of_a_frame_that_is_not_whole) {
  for (const role side : both_roles)
    for (const std::string& sample : samples())
      for (const std::size_t declared : {100u, 1000u, 100'000u}) {
        // The rest never comes: only what is certain by now may be said, and it has to be.
        const std::string start = "ab" + sample;
        const bool masked       = side == role::server;
        replay(
            {spelled(sample) + " of " + std::to_string(declared),
             side,
             head_of(text(""), masked, declared) + (masked ? masked_with(test_key, start) : start),
             {}});
      }
}

TEST_F(Text, ends_do_not_ask_whether_binary_is_text) {
  for (const role side : both_roles)
    for (const std::string& sample : samples()) {
      replay({spelled(sample), side, octets_of(other(side), {binary(sample)}), {}});
      replay({spelled(sample),
              side,
              octets_of(other(side), {first_binary_part(sample.substr(0, 1)),
                                      last_part(sample.substr(1)), text("ok")}),
              {}});
    }
}

TEST_F(Text, ends_begin_each_text_anew) {
  for (const role side : both_roles) {
    replay({"a rest in the next message",
            side,
            octets_of(other(side), {text("a\xc3"), text("\xbc")}),
            {}});
    replay({"a rest behind an empty fragment",
            side,
            octets_of(other(side),
                      {first_part("a\xc3"), next_part(""), last_part("\xbc"), text("\xc3\xbc")}),
            {}});
    replay(
        {"an empty end", side, octets_of(other(side), {first_part("a\xc3"), last_part("")}), {}});
  }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
