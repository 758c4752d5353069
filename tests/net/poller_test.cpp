// Both pollers keep what poller.hpp promises, whatever they do to save system calls.
#include "net/poller.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace adieu::inline v1::net {
namespace {

// One end of a pair of sockets, watched, and the other end to write to.
class watched final : public pollable {
 public:
  watched() { ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_.data()); }
  ~watched() {
    for (int end : ends_) ::close(end);
  }
  int descriptor() const { return ends_[0]; }
  void fill(std::size_t bytes) {
    const std::string some(bytes, 'x');
    ASSERT_EQ(::write(ends_[1], some.data(), bytes), static_cast<ssize_t>(bytes));
  }

  // Takes one byte a time, so that it is ready again at once while there are more.
  bool ready(readiness how) override {
    ++called;
    if (throws) throw std::runtime_error("a handler's");
    char one;
    const bool got = how.read && ::read(descriptor(), &one, 1) == 1;
    if (got) ++taken;
    return got;
  }

  int called  = 0;
  int taken   = 0;
  bool throws = false;

 private:
  std::array<int, 2> ends_{};
};

class pollers : public testing::TestWithParam<make_poller*> {
 protected:
  void add(watched& w) { ASSERT_EQ(poller_->add(w.descriptor(), {.read = true}, w), 0); }
  void remove(watched& w) { poller_->remove(w.descriptor(), w); }
  void run_until(const std::function<bool()>& over) {
    for (int n = 0; n < 10'000 && !over(); ++n) io_.run_one_for(std::chrono::seconds(5));
    ASSERT_TRUE(over());
  }

  // As a loop does it. Without time every look at the clock finds that the turn is over.
  void turn() {
    turn_time time;
    time.begin(has_time_ ? protocol::clock::now() : protocol::time{});
    bool more = true;
    for (int n = 0; n < (has_time_ ? 8 : 1) && more; ++n) {
      more = poller_->dispatch(time);
      ++calls_;
    }
    if (more && !has_time_)
      boost::asio::post(io_, [this] { turn(); });
    else
      poller_->wait();
  }

  bool has_time_ = true;
  int calls_     = 0;  // of dispatch()

  boost::asio::io_context io_{1};
  std::unique_ptr<poller> poller_ = GetParam()(io_.get_executor(), [this] { turn(); });
};

TEST_P(pollers, one_that_is_always_ready_does_not_keep_others_waiting) {
  watched busy, other;
  busy.fill(10'000);
  add(busy);
  run_until([&] { return busy.taken >= 100; });  // by now it is expected to be the only one
  add(other);
  other.fill(1);
  const int before = busy.taken;
  run_until([&] { return other.taken == 1; });
  EXPECT_LT(busy.taken - before, 50);
  remove(busy);
  remove(other);
}

TEST_P(pollers, one_after_the_other_each_is_told) {
  watched a, b;
  add(a);
  add(b);
  for (int n = 1; n <= 40; ++n) {
    a.fill(1);
    run_until([&] { return a.taken == n; });
    if (n % 10 == 0) {
      b.fill(1);
      run_until([&] { return b.taken == n / 10; });
    }
  }
  remove(a);
  remove(b);
}

TEST_P(pollers, what_is_removed_while_it_is_the_only_one_is_told_nothing_more) {
  watched only, other;
  only.fill(1'000);
  add(only);
  run_until([&] { return only.taken >= 100; });
  const int told = only.called;
  remove(only);
  add(other);
  other.fill(1);
  run_until([&] { return other.taken == 1; });
  EXPECT_EQ(only.called, told);
  remove(other);
}

TEST_P(pollers, what_is_no_longer_wanted_is_not_reported) {
  watched only, other;
  only.fill(1'000);
  add(only);
  run_until([&] { return only.taken >= 100; });
  const int told = only.called;
  poller_->change(only.descriptor(), {}, only);
  add(other);
  other.fill(1);
  run_until([&] { return other.taken == 1; });
  EXPECT_EQ(only.called, told);
  remove(only);
  remove(other);
}

TEST_P(pollers, one_that_throws_keeps_nothing_from_the_rest) {
  watched bad, good;
  bad.throws = true;
  bad.fill(1);
  good.fill(1);
  add(bad);
  add(good);
  for (int n = 0; n < 100 && (bad.called == 0 || good.taken == 0); ++n) {
    try {
      io_.run_one_for(std::chrono::seconds(5));
    } catch (const std::runtime_error&) {
      remove(bad);
      turn();  // as a loop's next turn
    }
  }
  EXPECT_EQ(bad.called, 1);
  EXPECT_EQ(good.taken, 1);
  remove(good);
}

TEST_P(pollers, without_sockets_the_executor_has_no_work) {
  watched w;
  add(w);
  remove(w);
  EXPECT_LE(io_.run_for(std::chrono::seconds(5)), 10u);
  EXPECT_TRUE(io_.stopped());
}

TEST_P(pollers, what_there_is_no_time_for_is_told_by_the_next_call) {
  std::array<watched, 100> all;
  for (watched& w : all) {
    add(w);
    w.fill(1);
  }
  has_time_ = false;
  run_until([&] {
    return std::all_of(all.begin(), all.end(), [](const watched& w) { return w.taken == 1; });
  });
  EXPECT_GE(calls_, 4);
  for (watched& w : all) remove(w);
}

TEST_P(pollers, what_begins_anew_watches_nothing_of_what_it_had) {
  watched before, after;
  add(before);
  before.fill(1);
  poller_->begin_anew();
  remove(before);
  add(after);
  after.fill(1);
  run_until([&] { return after.taken == 1; });
  EXPECT_EQ(before.called, 0);
  remove(after);
}

TEST_P(pollers, what_is_given_up_watches_nothing_more) {
  watched before, after;
  add(before);
  before.fill(1);
  poller_->give_up(false);
  EXPECT_NE(poller_->add(after.descriptor(), {.read = true}, after), 0);
  poller_->change(before.descriptor(), {.read = true}, before);
  remove(before);
  EXPECT_LE(io_.run_for(std::chrono::seconds(5)), 10u);
  EXPECT_TRUE(io_.stopped());
  EXPECT_EQ(before.called, 0);
}

INSTANTIATE_TEST_SUITE_P(both, pollers, testing::Values(&make_epoll_poller, &make_asio_poller),
                         [](const auto& info) {
                           return info.param == &make_epoll_poller ? "epoll" : "asio";
                         });

}  // namespace
}  // namespace adieu::inline v1::net
