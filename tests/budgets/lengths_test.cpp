// Every length that a head can declare, at its edges: what is refused is refused at the head, and
// nothing is allocated for what is only declared. [RFC 6455 5.2, 10.4]
#include "budgets/weighed_end.hpp"

namespace adieu::tests {
namespace {

constexpr std::uint64_t one = 1;

constexpr std::uint64_t lengths[] = {
    0,
    1,
    125,
    126,
    127,
    (one << 16) - 1,
    one << 16,
    (one << 16) + 1,
    (16 << 20) - 1,
    16 << 20,
    (16 << 20) + 1,
    (one << 31) - 1,
    one << 31,
    (one << 31) + 1,
    (one << 32) - 1,
    one << 32,
    (one << 32) + 1,
    one << 40,
    (one << 63) - 1,
    one << 63,
    ~std::uint64_t{0} - 9,
    ~std::uint64_t{0},
};

class Lengths : public any_setup {
 protected:
  static std::string head(const frame& f, std::uint64_t length,
                          length_form form = length_form::shortest) {
    return head_of(f, with().peer_masks(), length, form);
  }
  static frame compressed(frame f) {
    f.rsv = 4;
    return f;
  }
  /// The code of the Close that answers this head, 0 if it is taken.
  static unsigned right_answer(const frame& f, std::uint64_t length, std::uint64_t before) {
    if (length >> 63 != 0) return 1002;
    if (f.opcode >= 8) return length <= 125 ? 0 : 1002;
    if (with().of_message == limits::unset) return 0;
    constexpr std::uint64_t most = 16 << 20;
    return length > (f.rsv != 0 ? 8 * most + 1024 : most - before) ? 1009 : 0;
  }
  static unsigned answer_of(weighed_end& e) {
    std::string_view wire = e.sent;
    const auto f          = take_frame(wire);
    if (!f || f->opcode != 8) return 0;
    return static_cast<unsigned char>(f->payload[0]) << 8 |
           static_cast<unsigned char>(f->payload[1]);
  }
};
INSTANTIATE_TEST_SUITE_P(ends, Lengths, ::testing::ValuesIn(every_setup()), name_of_setup);

TEST_P(Lengths, end_judges_each_at_its_head_and_allocates_nothing_for_it) {
  std::vector<frame> frames = {binary(""), first_part(""), ping(), pong()};
  if (with().how != compressing::no) {
    frames.push_back(compressed(text("")));
    frames.push_back(compressed(first_binary_part("")));
  }
  for (const std::uint64_t length : lengths)
    for (const frame& f : frames)
      for (const std::size_t pieces : {1u, 100u}) {
        weighed_end e(with());
        e.hears_in_pieces(head(f, length), pieces);
        EXPECT_EQ(answer_of(e), right_answer(f, length, 0)) << f << ' ' << length;
        EXPECT_LE(e.memory.most(), 80 * 1024) << f << ' ' << length;
        if (answer_of(e) != 0 || length < 70'000) continue;
        // A byte of it comes, and the driver asks where the rest may go.
        e.hears(std::string_view("x"));
        const auto on = scale::weighing();
        if (e.at() == stage::open) e.machine().landing();
        EXPECT_LE(e.memory.most(), 80 * 1024 + (f.rsv != 0 ? 64 * 1024 : 0)) << f << ' ' << length;
      }
}

TEST_P(Lengths, end_adds_the_length_to_what_the_message_has) {
  for (const std::uint64_t length : lengths) {
    weighed_end e(with());
    e.hears(bytes_of(first_part("four"), with().peer()));
    e.hears(head(next_part(""), length));
    EXPECT_EQ(answer_of(e), right_answer(next_part(""), length, 4)) << length;
    EXPECT_LE(e.memory.most(), 80 * 1024) << length;
  }
}

TEST_P(Lengths, end_refuses_forms_that_are_not_the_shortest) {
  for (const frame& f : {text(""), first_binary_part(""), ping(), closing(1000)})
    for (const std::uint64_t length : lengths)
      for (const length_form form : {length_form::two_bytes, length_form::eight_bytes}) {
        const bool shorter = length <= 125 || (form == length_form::eight_bytes && length < 65'536);
        if (!shorter) continue;
        weighed_end e(with());
        e.hears(head(f, length, form));
        EXPECT_EQ(answer_of(e), 1002u) << f << ' ' << length;
      }
}

TEST_P(Lengths, end_parses_nothing_behind_a_length_that_it_refused) {
  for (const std::uint64_t length : {one << 63, ~std::uint64_t{0}}) {
    weighed_end e(with());
    e.hears(head(binary(""), length) + bytes_of(text("behind"), with().peer()));
    EXPECT_EQ(e.messages, 0u);
    EXPECT_EQ(frames_in(e.sent).size(), 1u);
  }
}

}  // namespace
}  // namespace adieu::tests
