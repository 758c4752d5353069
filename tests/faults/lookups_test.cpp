// A name is looked up in another thread while the memory for its connection is lacking: what
// becomes of the lookup then meets nobody.
#include "faults/scenario.hpp"
#include "faults/strike.hpp"
#include "ledger.hpp"

#include <condition_variable>
#include <dlfcn.h>
#include <mutex>
#include <netdb.h>
#include <thread>

namespace adieu::tests {
namespace {

/// Holds lookups up until the test lets them go.
class gate {
 public:
  void shut(bool is) {
    const std::lock_guard lock(mutex_);
    shut_ = is;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !shut_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
} names;

}  // namespace
}  // namespace adieu::tests

// Every name is this machine.
extern "C" int getaddrinfo(const char*, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  using function          = int(const char*, const char*, const addrinfo*, addrinfo**);
  static auto* const real = reinterpret_cast<function*>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  adieu::tests::names.pass();
  return real(hints->ai_family == AF_INET6 ? "::1" : "127.0.0.1", service, hints, found);
}

namespace adieu::tests {
namespace {

struct lack {
  const char* title;
  call of;
  int in_a_row;
};
void PrintTo(const lack& l, std::ostream* to) { *to << l.title; }

class lookups_without_memory : public ::testing::TestWithParam<lack> {
 protected:
  static void SetUpTestSuite() {
    prepare();
    one_life({}, 0);
  }

  /// A client of a name for which the n-th allocation fails, in the constructor or later. True if
  /// something has failed.
  static bool one_life(const lack& of, int n) {
    asio::io_context io;
    server s(io, options_of(over::plain), {});
    life_seen seen;
    names.shut(true);
    bool over  = false;
    bool began = false;
    try {
      if (n != 0) arm({of.of, 0}, n, of.in_a_row);
      websocket ws(io, "ws://some.test:" + std::to_string(s.port()) + "/",
                   {.connection = hurried(over::plain)},
                   {.on_open = [](websocket& w) { w.close(); },
                    .on_close =
                        [&](websocket&, const close_event& e) {
                          const out_of_reach here;
                          seen.client.event = e;
                          over              = true;
                        }});
      began = true;
      names.shut(false);
      run(io, seen, [&] { return over; });
    } catch (const std::bad_alloc&) {
    }
    const bool struck = disarm();
    names.shut(false);
    EXPECT_EQ(over, began) << explain(seen.client.event);
    shut_down(io, s, seen);
    EXPECT_TRUE(seen.came_to_rest);
    return struck;
  }
};

TEST_P(lookups_without_memory, end_the_connection_or_the_constructor_and_nothing_else) {
  const int step = GetParam().in_a_row == 1 ? 1 : GetParam().in_a_row / 3;
  bool struck    = true;
  for (int n = 1; struck; n += step) {
    const std::size_t descriptors = open_descriptors();
    const std::ptrdiff_t blocks   = blocks_alive();
    struck                        = one_life(GetParam(), n);
    ASSERT_EQ(open_descriptors(), descriptors) << "allocation " << n;
    // The threads of the lookups give back what is theirs, those of the life before too.
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (blocks_alive() > blocks && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    ASSERT_LE(blocks_alive(), blocks) << "allocation " << n << ": memory is left over";
    ASSERT_LT(n, 1000);
  }
}
// Where Asio has none in a row the constructor throws when all else is under way.
INSTANTIATE_TEST_SUITE_P(each, lookups_without_memory,
                         ::testing::Values(lack{"one", call::allocation, 1},
                                           lack{"several", call::allocation, 15},
                                           lack{"one_of_asios", call::asio_allocation, 1},
                                           lack{"several_of_asios", call::asio_allocation, 15}),
                         [](const auto& info) { return std::string(info.param.title); });

}  // namespace
}  // namespace adieu::tests
