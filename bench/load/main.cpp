// The load generator: one run as told by the options, one line of JSON on stdout. One thread, raw
// epoll, no WebSocket library in it, least of all one that is being measured.
#include <sys/resource.h>

#include <cstdio>

#include "options.hpp"
#include "runs.hpp"

namespace {

load::report run(const load::options& o) {
  switch (o.mode) {
    case load::mode::memory: return load::run_memory(o);
    case load::mode::closing: return load::run_closing(o);
    case load::mode::cycle: return load::run_cycle(o);
    case load::mode::echo: break;
  }
  return load::run_echo(o);
}

}  // namespace

int main(int argc, char** argv) {
  const load::options o = load::parse_options(argc, argv);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  const load::report r = run(o);
  std::printf(
      "{\"count\": %llu, \"server_total\": %.0f, \"wall_ns\": %llu, \"busy_ns\": %llu, "
      "\"generator_ns\": %llu}\n",
      static_cast<unsigned long long>(r.count), r.server_total,
      static_cast<unsigned long long>(r.wall_ns), static_cast<unsigned long long>(r.busy_ns),
      static_cast<unsigned long long>(r.generator_ns));
}
