// The command line of the simulator (tools/simulate).
#include "simulator/hunt.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

int main(int argc, char** argv) {
  simulator::order what;
  std::optional<std::uint64_t> seed;
  std::string past;
  what.threads = std::max(1u, std::thread::hardware_concurrency());

  CLI::App tool(
      "Lives of connections, both ends of each, from seeds: no sockets, no sleeping, the same "
      "life\n"
      "for a seed every time. After every event the rules of docs/closing.md are checked.\n"
      "Without arguments: seeds that nobody has seen, for a minute.",
      "simulate");
  tool.add_option("--seeds", what.seeds, "How many")->type_name("N")->check(CLI::PositiveNumber);
  tool.add_option("--minutes", what.minutes, "How long; fractions are allowed")
      ->type_name("M")
      ->check(CLI::PositiveNumber);
  tool.add_option("--seed", seed, "The first seed (64 bits). Alone: tells this life in words")
      ->type_name("S");
  tool.add_option(
          "--profile", what.profile,
          "What may happen: " + simulator::names_of_profiles() + ". all: the seed says which")
      ->type_name("P")
      ->capture_default_str()
      ->check([](const std::string& name) {
        return simulator::is_profile(name)
                   ? std::string()
                   : "there is " + simulator::names_of_profiles() + ", not " + name;
      });
  tool.add_option("--threads", what.threads, "As many lives at a time")
      ->capture_default_str()
      ->check(CLI::Range(1u, 1024u));
  tool.add_flag("--twice", what.twice, "Each seed twice: the two traces must be the same");
  tool.add_flag("--keep-going", what.keep_going, "After a violation as well, up to twenty");
  tool.add_flag("--quiet", what.quiet, "No progress");
  tool.add_option("--past", past, "Only the seeds of past bugs, from this file")->type_name("FILE");
  tool.footer(
      "--planted [K…] builds the library with bug K planted (all, without K), and hunts it.");
  CLI11_PARSE(tool, argc, argv);

  if (!past.empty()) return simulator::replay_past(past) == 0 ? 0 : 1;
  if (seed && !what.seeds && !what.minutes && !what.twice)
    return simulator::replay(*seed, what.profile) ? 0 : 1;
  if (!what.seeds && !what.minutes) what.minutes = 1;
  const auto clock = std::chrono::system_clock::now().time_since_epoch().count();
  what.first       = seed ? *seed : static_cast<std::uint64_t>(clock);
  if (seed && what.twice && !what.seeds) what.seeds = 1;
  return simulator::hunt(what) == 0 ? 0 : 1;
}
