// Threads, progress, and what is printed of a seed that fails.
#include "simulator/hunt.hpp"

#include "simulator/lives.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <unistd.h>
#include <vector>

namespace simulator {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::uint64_t seeds_at_once    = 64;
constexpr std::size_t lines_of_violation = 60;
constexpr auto longest_life              = std::chrono::seconds(60);

struct worker {
  std::atomic<std::uint64_t> seed{0};
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> events{0};
};

thread_local std::uint64_t current_seed  = 0;
thread_local const char* current_profile = "";
bool told_profile                        = false;
const std::string* words_so_far          = nullptr;  // of the one life that is told

// `all`: the seed says which profile it is.
profile profile_of(std::uint64_t seed, const std::string& name) {
  for (std::size_t i = 0; i < std::size(profile_names); ++i)
    if (name == profile_names[i]) return static_cast<profile>(i);
  constexpr profile shares[] = {profile::plain,      profile::plain,   profile::plain,
                                profile::half_close, profile::hostile, profile::hostile,
                                profile::deflate};
  dice chance(seed ^ 0x5EED);
  const profile of_two = chance.of(shares);
  if (chance.one_in(64)) return profile::herd;  // one costs as much as thirty others
  return chance.one_in(8) ? profile::liveness : of_two;
}

std::string command_of(std::uint64_t seed, const std::string& name) {
  return "tools/simulate --seed " + std::to_string(seed) +
         (name == "all" ? "" : " --profile " + name);
}

// An assert of the machine, or worse: the seed is all that can still be said.
extern "C" void aborted(int which) {
  char line[200];
  const int n =
      std::snprintf(line, sizeof line,
                    "\nVIOLATION: signal %d (an assert, if 6)\n"
                    "replay: tools/simulate --seed %llu%s%s\n0 seeds, 1 violation\n",
                    which, static_cast<unsigned long long>(current_seed),
                    told_profile ? " --profile " : "", told_profile ? current_profile : "");
  if (words_so_far && ::write(STDOUT_FILENO, words_so_far->data(), words_so_far->size()) < 0)
    ::_exit(1);
  if (::write(STDOUT_FILENO, line, static_cast<std::size_t>(n)) < 0) ::_exit(1);
  ::_exit(1);
}

void watch_for_aborts() {
  for (int s : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    struct sigaction how {};
    how.sa_handler = aborted;
    how.sa_flags   = SA_ONSTACK;
    ::sigaction(s, &how, nullptr);
  }
}

// Of this thread: a recursion without end leaves none of its own.
struct other_stack {
  std::vector<std::byte> bytes = std::vector<std::byte>(64 * 1024);
  other_stack() {
    stack_t here{};
    here.ss_sp   = bytes.data();
    here.ss_size = bytes.size();
    ::sigaltstack(&here, nullptr);
  }
  ~other_stack() {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    ::sigaltstack(&none, nullptr);
  }
};

std::string last_lines(const std::string& text, std::size_t most) {
  std::size_t at = text.size(), lines = 0;
  while (at > 0 && lines <= most) lines += text[--at] == '\n';
  if (lines <= most) return text;
  const auto left_out =
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at) + 1, '\n');
  return "      … " + std::to_string(left_out) + " lines before these\n" + text.substr(at + 1);
}

std::string heading() {
  return "      seconds  client                                          server\n";
}

class party {
 public:
  explicit party(const order& what) : what_(what), next_(0) {
    for (unsigned i = 0; i < what.threads; ++i) workers_.push_back(std::make_unique<worker>());
  }

  std::uint64_t run() {
    began_ = steady::now();
    std::vector<std::thread> threads;
    for (auto& w : workers_) threads.emplace_back([this, &w] { work(*w); });
    watch();
    for (auto& t : threads) t.join();
    report();
    return violations_;
  }

 private:
  bool over() const {
    return stop_.load(std::memory_order_relaxed) ||
           (what_.minutes &&
            std::chrono::duration<double>(steady::now() - began_).count() >= *what_.minutes * 60);
  }

  void work(worker& own) {
    const other_stack for_signals;
    const auto one = std::make_unique<lives>();
    while (!over()) {
      const std::uint64_t from = next_.fetch_add(seeds_at_once);
      if (what_.seeds && from >= *what_.seeds) break;
      const std::uint64_t n =
          what_.seeds ? std::min(seeds_at_once, *what_.seeds - from) : seeds_at_once;
      for (std::uint64_t i = 0; i < n && !stop_.load(std::memory_order_relaxed); ++i)
        live(*one, own, what_.first + from + i);
    }
    const std::lock_guard lock(finishing_);
    if (++finished_ == workers_.size()) all_finished_.notify_one();
  }

  void live(lives& one, worker& own, std::uint64_t seed) {
    const profile which = profile_of(seed, what_.profile);
    current_seed        = seed;
    current_profile     = profile_names[static_cast<std::size_t>(which)].data();
    own.seed.store(seed, std::memory_order_relaxed);
    const bool kept = one.run(seed, which);
    bool same       = true;
    if (what_.twice && kept) {
      const std::uint64_t hash = one.hash();
      one.run(seed, which);
      same = one.hash() == hash;
    }
    own.done.fetch_add(1, std::memory_order_relaxed);
    own.events.fetch_add(one.events(), std::memory_order_relaxed);
    if (!kept || !same) violated(one, seed, which, same);
  }

  void violated(lives& one, std::uint64_t seed, profile which, bool same) {
    const std::lock_guard lock(printing_);
    if (stop_) return;
    ++violations_;
    std::string what = same ? one.what_was_breached() : "two runs of the seed differ";
    std::string words;
    one.run(seed, which, &words);
    std::printf("\nVIOLATION: seed %llu (%s): %s\nreplay: %s\n%s%s",
                static_cast<unsigned long long>(seed),
                profile_names[static_cast<std::size_t>(which)].data(), what.c_str(),
                command_of(seed, what_.profile).c_str(), heading().c_str(),
                last_lines(words, lines_of_violation).c_str());
    std::fflush(stdout);
    if (!what_.keep_going || violations_ >= 20) stop_ = true;
  }

  std::uint64_t done() const {
    std::uint64_t all = 0;
    for (const auto& w : workers_) all += w->done;
    return all;
  }
  double seconds() const { return std::chrono::duration<double>(steady::now() - began_).count(); }

  void watch() {
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    std::vector<std::pair<std::uint64_t, steady::time_point>> seen(workers_.size());
    for (unsigned tick = 1; finished_ < workers_.size(); ++tick) {
      std::unique_lock lock(finishing_);
      all_finished_.wait_for(lock, std::chrono::milliseconds(50),
                             [&] { return finished_ == workers_.size(); });
      lock.unlock();
      for (std::size_t i = 0; i < workers_.size(); ++i) {
        const std::uint64_t at = workers_[i]->done;
        if (seen[i].first != at || seen[i].second == steady::time_point())
          seen[i] = {at, steady::now()};
        else if (steady::now() - seen[i].second > longest_life && finished_ < workers_.size())
          hangs(workers_[i]->seed);
      }
      if (what_.quiet || tick % (terminal ? 20 : 200) != 0) continue;
      const double minutes = seconds() / 60;
      std::fprintf(stderr, "%s%llu seeds, %.0f a minute, %llu violations%s", terminal ? "\r" : "",
                   static_cast<unsigned long long>(done()), static_cast<double>(done()) / minutes,
                   static_cast<unsigned long long>(violations_.load()), terminal ? "  " : "\n");
    }
    if (terminal && !what_.quiet) std::fprintf(stderr, "\n");
  }

  void hangs(std::uint64_t seed) {
    std::printf(
        "\nVIOLATION: seed %llu does not end: the machine or the driver goes in circles\n"
        "replay: %s\n%llu seeds, 1 violation\n",
        static_cast<unsigned long long>(seed), command_of(seed, what_.profile).c_str(),
        static_cast<unsigned long long>(done()));
    std::fflush(stdout);
    ::_exit(1);
  }

  void report() {
    std::uint64_t events = 0;
    for (const auto& w : workers_) events += w->events;
    const std::uint64_t n = done();
    const double took     = std::max(seconds(), 1e-9);
    std::printf(
        "%llu seeds from %llu (%s) in %.1f s, %.0f seeds a minute, %.0f events a seed, "
        "%llu violation%s\n",
        static_cast<unsigned long long>(n), static_cast<unsigned long long>(what_.first),
        what_.profile.c_str(), took, static_cast<double>(n) / took * 60,
        n != 0 ? static_cast<double>(events) / static_cast<double>(n) : 0.0,
        static_cast<unsigned long long>(violations_.load()), violations_ == 1 ? "" : "s");
    std::fflush(stdout);
  }

  const order& what_;
  std::atomic<std::uint64_t> next_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::atomic<bool> stop_{false};
  std::atomic<unsigned> finished_{0};
  std::atomic<std::uint64_t> violations_{0};
  std::mutex printing_, finishing_;
  std::condition_variable all_finished_;
  steady::time_point began_;
};

}  // namespace

bool is_profile(const std::string& name) {
  return name == "all" || std::find(std::begin(profile_names), std::end(profile_names), name) !=
                              std::end(profile_names);
}

std::string names_of_profiles() {
  std::string all = "all";
  for (std::string_view name : profile_names) (all += ", ") += name;
  return all;
}

std::uint64_t hunt(const order& what) {
  told_profile = what.profile != "all";
  watch_for_aborts();
  return party(what).run();
}

bool replay(std::uint64_t seed, const std::string& name) {
  const profile which = profile_of(seed, name);
  told_profile        = name != "all";
  const other_stack for_signals;
  current_seed    = seed;
  current_profile = profile_names[static_cast<std::size_t>(which)].data();
  const auto one  = std::make_unique<lives>();
  std::string words;
  words_so_far = &words;
  watch_for_aborts();
  const bool kept = one->run(seed, which, &words);
  words_so_far    = nullptr;
  std::printf("seed %llu (%s)\n%s%s", static_cast<unsigned long long>(seed), current_profile,
              heading().c_str(), words.c_str());
  if (!kept) std::printf("VIOLATION: %s\n", one->what_was_breached());
  std::printf("1 seed, %llu events, trace %016llx, %d violations\n",
              static_cast<unsigned long long>(one->events()),
              static_cast<unsigned long long>(one->hash()), kept ? 0 : 1);
  return kept;
}

std::uint64_t replay_past(const std::string& path) {
  watch_for_aborts();
  told_profile = true;
  std::ifstream file(path);
  if (!file) {
    std::printf("%s cannot be read\n", path.c_str());
    return 1;
  }
  const auto one           = std::make_unique<lives>();
  std::uint64_t violations = 0, seeds = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::uint64_t seed = 0;
    std::string name, what;
    words >> seed >> name;
    std::getline(words, what);
    if (!words || !is_profile(name)) {
      std::printf("FAIL %s: cannot be read: %s\n", path.c_str(), line.c_str());
      ++violations;
      continue;
    }
    ++seeds;
    current_seed        = seed;
    const profile which = profile_of(seed, name);
    current_profile     = profile_names[static_cast<std::size_t>(which)].data();
    if (one->run(seed, which)) continue;
    ++violations;
    std::printf("FAIL seed %s:%s: %s\n", line.c_str(), what.c_str(), one->what_was_breached());
  }
  std::printf("%llu seeds of past bugs, %llu violations\n", static_cast<unsigned long long>(seeds),
              static_cast<unsigned long long>(violations));
  return violations;
}

}  // namespace simulator
