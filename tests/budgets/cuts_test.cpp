// Every frame cut at every byte, its pieces laid against pages that must not be touched: whoever
// reads a byte that has not come ends the test at once.
#include "budgets/weighed_end.hpp"
#include "wire/guarded_memory.hpp"

#include <algorithm>

namespace adieu::tests {
namespace {

class Cuts : public any_setup {
 protected:
  static std::vector<frame> frames() {
    std::vector<frame> all = {
        text(""),
        text("t"),
        text("Gr\xC3\xBC\xC3\x9F dich \xE2\x82\xAC"),
        binary(std::string(125, '\xFE')),
        binary(std::string(126, 'b')),
        text(std::string(300, 't')),
        ping("ping"),
        pong(std::string(125, 'p')),
        first_part("fragments"),
        next_part(""),
        ping(""),
        last_part("\xE2\x82\xAC"),
        closing(4000, "reason \xE2\x82\xAC"),
    };
    if (with().how == compressing::no) return all;
    for (const std::size_t size : {1u, 90u, 2000u}) {
      frame f = text(wire::peer_zlib().message(wire::some_json(size)));
      f.rsv   = 4;
      all.insert(all.begin(), f);
    }
    return all;
  }
  /// One piece, against the page behind it or the page before it.
  void lay(weighed_end& e, std::string_view piece, bool at_the_end) {
    const auto* bytes = reinterpret_cast<const std::byte*>(piece.data());
    std::byte* at     = at_the_end ? memory_.copy_to_end(bytes, piece.size())
                                   : memory_.copy_to_begin(bytes, piece.size());
    e.hears(std::span(at, piece.size()));
  }

  guarded_memory memory_;
};
INSTANTIATE_TEST_SUITE_P(ends, Cuts, ::testing::ValuesIn(every_setup()), name_of_setup);

TEST_P(Cuts, end_sees_the_same_frames_wherever_two_pieces_meet) {
  std::string all;
  for (const frame& f : frames()) all += bytes_of(f, with().peer());
  weighed_end whole(with());
  lay(whole, all, true);
  ASSERT_GE(whole.messages, 7u);
  for (const bool at_the_end : {true, false})
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
      weighed_end e(with());
      lay(e, std::string_view(all).substr(0, cut), at_the_end);
      lay(e, std::string_view(all).substr(cut), at_the_end);
      ASSERT_EQ(e.messages, whole.messages) << cut;
      ASSERT_EQ(e.message_bytes, whole.message_bytes) << cut;
      ASSERT_EQ(e.sent, whole.sent) << cut;
      ASSERT_EQ(e.how().received, whole.how().received) << cut;
    }
}

TEST_P(Cuts, end_sees_the_same_frames_in_pieces_of_any_size) {
  std::string all;
  for (const frame& f : frames()) all += bytes_of(f, with().peer());
  weighed_end whole(with());
  lay(whole, all, true);
  for (std::size_t size = 1; size < 40; ++size)
    for (const bool at_the_end : {true, false}) {
      weighed_end e(with());
      for (std::string_view rest = all; !rest.empty();
           rest.remove_prefix(std::min(size, rest.size())))
        lay(e, rest.substr(0, size), at_the_end);
      ASSERT_EQ(e.messages, whole.messages) << size;
      ASSERT_EQ(e.sent, whole.sent) << size;
    }
}

TEST_P(Cuts, end_ends_cleanly_or_not_when_the_stream_ends_within_any_frame) {
  for (const frame& f : frames()) {
    if (f.opcode == 0) continue;
    const std::string bytes = bytes_of(f, with().peer());
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      weighed_end e(with());
      lay(e, std::string_view(bytes).substr(0, cut), true);
      EXPECT_EQ(e.at(), stage::open);
      EXPECT_EQ(e.messages, 0u) << "of a frame that is not whole";
      e.machine().end_of_stream(e.now);
      EXPECT_EQ(e.how().cause, cause::peer_vanished);
    }
  }
}

// Nothing is parsed twice and nothing waits for bytes that are there: heads that are wrong in every
// byte, at the very end of what may be read.
TEST_P(Cuts, end_reads_no_further_than_any_two_bytes) {
  for (unsigned head = 0; head < 65'536; head += 1) {
    const char bytes[] = {static_cast<char>(head >> 8), static_cast<char>(head & 0xFF)};
    weighed_end e(with());
    lay(e, {bytes, 2}, true);
    EXPECT_LE(e.sent.size(), 135u);
  }
}

}  // namespace
}  // namespace adieu::tests
