// Thousands of random lives of a pair, each the same every time for its seed; every one ends, and
// keeps the rules. A seed that fails is named. [docs/closing.md 9]
#include "protocol/pair.hpp"

#include <random>

namespace adieu::inline v1::protocol {
namespace {

class random_life {
 public:
  explicit random_life(unsigned seed) : random_(seed), pair_(options(), options()) {
    for (direction* d : {&pair_.to_client, &pair_.to_server}) {
      d->piece  = one_of({1, 2, 7, 64, 1500, 100'000});
      d->window = one_of({1, 10, 200, 5'000, 1'000'000});
      d->delay  = std::chrono::milliseconds(one_of({0, 0, 1, 30, 700}));
    }
    pair_.drive();
    for (one_end* e : {&pair_.client, &pair_.server}) e->holds_reply = chance(3);
  }

  void run() {
    for (int steps = 10 + static_cast<int>(below(50)); steps > 0; --steps) {
      act(chance(2) ? pair_.client : pair_.server);
      pair_.drive();
      if (chance(2)) pair_.passes(std::chrono::milliseconds(one_of({0, 1, 10, 400, 3'000})));
    }
    end();
    expect_agreement(pair_);
  }

  // All that can be seen of a life: the same seed leads to the same.
  std::string trace() {
    std::string all;
    for (one_end* e : {&pair_.client, &pair_.server})
      all += e->sent + std::to_string(e->messages.size()) + explain(e->how()) +
             std::to_string(e->how().time_closing.count());
    return all;
  }
  bool was_clean() { return pair_.client.how().was_clean && pair_.server.how().was_clean; }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  bool chance(unsigned one_in) { return below(one_in) == 0; }
  std::size_t one_of(std::initializer_list<std::size_t> any) {
    return *(any.begin() + below(any.size()));
  }

  connection_options options() {
    connection_options o;
    if (chance(3)) o.max_buffered = one_of({1, 100, 5'000});
    if (chance(3)) o.max_message = one_of({50, 5'000});
    if (chance(4)) o.on_overflow = overflow::close;
    if (chance(8)) o.max_control_frames_per_second = 3;
    return o;
  }

  std::string payload() {
    const std::size_t n = one_of({0, 1, 5, 20, 125, 126, 1'000, chance(20) ? 70'000u : 2'000u});
    return std::string(n, static_cast<char>('a' + below(26)));
  }

  void act(one_end& e) {
    switch (below(24)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
      case 5:
      case 6: {
        const std::string p = payload();
        chance(2) ? e.sends(p) : e.sends(std::as_bytes(std::span(p)));
        break;
      }
      case 7:
      case 8: {
        const std::string p = payload().substr(0, 125);
        e.machine().ping(std::as_bytes(std::span(p)), e.now());
        e.settle();
        break;
      }
      case 9: e.sends_last_word(payload()); break;
      case 10:
      case 11: e.finishes_reply(); break;
      case 12: e.stops_reading(); break;
      case 13:
      case 14:
      case 15: e.reads_again(); break;
      case 16:
        if (chance(3)) e.closes(static_cast<std::uint16_t>(3000 + below(2000)), "why");
        break;
      case 17:
        if (chance(4)) e.closes(no_status);
        break;
      case 18:
        if (chance(8)) e.throws();
        break;
      case 19:
        if (chance(8)) e.leaves();
        break;
      case 20:
        if (chance(20)) e.terminates();
        break;
      case 21:
        if (chance(30)) pair_.is_reset();
        break;
      case 22:
        if (chance(10)) pair_.from(e).silent = true;
        break;
      case 23: pair_.from(e).silent = false; break;
    }
  }

  // The application reads again, somebody closes, and time runs out. [docs/closing.md 9.6]
  void end() {
    for (one_end* e : {&pair_.client, &pair_.server}) e->reads_again();
    if (chance(4))
      pair_.client.leaves(), pair_.server.leaves();
    else
      (chance(2) ? pair_.client : pair_.server).leaves();
    // 62 s for the end that closes; the other, if it hears nothing of it, finds out by silence.
    pair_.ends_within(62s + 62s);
  }

  std::mt19937 random_;
  pair pair_;
};

constexpr unsigned lives = 5000;

TEST(RandomPair, every_life_ends_and_keeps_the_rules) {
  unsigned clean = 0;
  for (unsigned seed = 0; seed < lives; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    random_life life(seed);
    life.run();
    clean += life.was_clean();
    if (HasFailure()) return;
  }
  // The lives are neither all fortunate nor all unfortunate.
  EXPECT_GT(clean, lives / 4);
  EXPECT_LT(clean, lives * 9 / 10);
}

TEST(RandomPair, a_seed_leads_to_the_same_life_every_time) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    random_life one(seed), two(seed);
    one.run();
    two.run();
    ASSERT_TRUE(one.trace() == two.trace()) << seed;
  }
}

}  // namespace
}  // namespace adieu::inline v1::protocol
