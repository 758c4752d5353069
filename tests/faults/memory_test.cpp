// Memory that is not there: the same life again and again, in which the first allocation fails,
// then the second, and so on, one of them or a whole spell. std::bad_alloc may leave a constructor
// or a call, never a destructor; no life crashes, hangs, or keeps memory, and every websocket that
// somebody got has exactly one end.
#include "faults/scenario.hpp"
#include "faults/strike.hpp"
#include "ledger.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <vector>

namespace adieu::tests {
namespace {

struct kind_of_life {
  const char* name;
  life_seen (*play)(over);
};

constexpr kind_of_life lives[] = {{"callbacks", play},
                                  {"coroutines", play_coroutines},
                                  {"coming_back", play_reconnecting},
                                  {"shutdown", play_shutdown},
                                  {"refused", play_refused}};

// Of what, and how many in a row. Asio's own are not made to fail beneath coroutines, nor several
// in a row: in Boost 1.81 an initiation that throws leaves a coroutine that is destroyed and
// resumed.
struct lack {
  call of;
  int in_a_row;
};
struct one_way {
  kind_of_life kind;
  over way;
  lack missing;
};
void PrintTo(const one_way& w, std::ostream* to) {
  *to << w.kind.name << " over " << w.way << ", " << w.missing.in_a_row << " of "
      << name(w.missing.of);
}

class failing_allocation : public ::testing::TestWithParam<one_way> {
 protected:
  static void SetUpTestSuite() {
    prepare();
    for (const kind_of_life& life : lives)
      for (const over way : {over::plain, over::deflate, over::tls}) life.play(way);
  }
};

// This process had no memory, or the other end of it had none and said so or went.
void judge_cause(const close_event& e) {
  constexpr cause right[] = {cause::completed,   cause::out_of_memory, cause::handler_failed,
                             cause::unreachable, cause::refused,       cause::tls_failed,
                             cause::reset,       cause::peer_vanished, cause::tls_truncated,
                             cause::abandoned,   cause::terminated};
  EXPECT_EQ(std::count(std::begin(right), std::end(right), e.cause), 1) << name(e.cause);
  if (e.cause == cause::out_of_memory) {
    EXPECT_FALSE(e.was_clean);
    EXPECT_EQ(e.error, error_code(ENOMEM, boost::system::system_category()));
  }
}

void judge(const kind_of_life& kind, const life_seen& life) {
  if (!life.began) return;
  EXPECT_TRUE(life.came_to_rest) << "something is still under way";
  for (const end_seen* end : {&life.client, &life.server}) {
    EXPECT_EQ(end->spoilt, 0);
    EXPECT_EQ(end->out_of_order, 0);
  }
  if (kind.play == play_coroutines) {
    EXPECT_EQ(life.client.closed + life.client.dropped, life.client.opened);
    EXPECT_EQ(life.server.closed + life.server.dropped, life.server.opened);
  } else {
    EXPECT_EQ(life.client.closed, 1);
    EXPECT_EQ(life.server.closed, life.server.opened);
  }
  if (life.client.closed != 0) judge_cause(life.client.event);
}

TEST_P(failing_allocation, ends_the_connection_or_not_but_nothing_is_left) {
  const auto& [kind, way, missing] = GetParam();
  // The queue that TLS lends comes and goes with its thread, not with the connection.
  const std::ptrdiff_t lent = way == over::tls ? 2 : 0;
  const int step            = missing.in_a_row == 1 ? 1 : missing.in_a_row / 3;
  int n                     = 1;
  for (bool struck = true; struck; n += step) {
    const std::size_t descriptors = open_descriptors();
    const std::ptrdiff_t blocks   = blocks_alive();
    {
      arm({missing.of, 0}, n, missing.in_a_row);
      const life_seen life = kind.play(way);
      struck               = disarm();
      judge(kind, life);
      if (HasFailure()) {
        FAIL() << "allocation " << n << life.in_words();
      }
    }
    ASSERT_EQ(open_descriptors(), descriptors) << "allocation " << n;
    ASSERT_LE(std::abs(blocks_alive() - blocks), lent)
        << "allocation " << n << ": memory is left over";
    ASSERT_LT(n, 3000);
  }
  EXPECT_GT(n, missing.of == call::allocation ? 50 : 5);
  RecordProperty("lives", n);
}

std::vector<one_way> all_ways() {
  std::vector<one_way> all;
  for (const kind_of_life& kind : lives) {
    for (const over way : {over::plain, over::deflate, over::tls}) {
      all.push_back({kind, way, {call::allocation, 1}});
      if (kind.play != play_coroutines) all.push_back({kind, way, {call::asio_allocation, 1}});
    }
    // Deadlines pass in these.
    if (kind.play != play_coroutines) all.push_back({kind, over::plain, {call::allocation, 15}});
  }
  return all;
}

std::string name_of(const ::testing::TestParamInfo<one_way>& info) {
  std::ostringstream words;
  const auto& [kind, way, missing] = info.param;
  words << kind.name << '_' << way << (missing.of == call::asio_allocation ? "_asio" : "")
        << (missing.in_a_row == 1 ? "" : "_in_a_row");
  return words.str();
}

INSTANTIATE_TEST_SUITE_P(each, failing_allocation, ::testing::ValuesIn(all_ways()), name_of);

}  // namespace
}  // namespace adieu::tests
