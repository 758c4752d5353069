// The command line of the simulator (tools/simulate).
#include "simulator/hunt.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

namespace {

// Whole, or not at all: CLI11 takes -1 for a large number, and what is too large for the largest.
template <typename Number>
Number number_of(const std::string& text, const char* option, const char* wants) {
  Number value{};
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc() || end != text.data() + text.size() || !(value >= 0))
    throw CLI::ValidationError(option, "wants " + std::string(wants) + ", not " + text);
  return value;
}

void must_be(bool right, const char* option, const std::string& wants) {
  if (!right) throw CLI::ValidationError(option, wants);
}

}  // namespace

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
  tool.add_option_function<std::string>(
          "--seeds",
          [&](const std::string& n) {
            what.seeds = number_of<std::uint64_t>(n, "--seeds", "a number of seeds");
            must_be(*what.seeds != 0, "--seeds", "wants a number above 0");
          },
          "How many")
      ->type_name("N");
  tool.add_option_function<std::string>(
          "--minutes",
          [&](const std::string& m) {
            what.minutes = number_of<double>(m, "--minutes", "a number of minutes");
            must_be(*what.minutes > 0 && *what.minutes <= 1e6, "--minutes",
                    "wants a number above 0, and a million at most");
          },
          "How long; fractions are allowed")
      ->type_name("M");
  tool.add_option_function<std::string>(
          "--seed",
          [&](const std::string& s) {
            seed = number_of<std::uint64_t>(s, "--seed", "a number from 0 to 18446744073709551615");
          },
          "The first seed (64 bits). Alone: tells this life in words")
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
      ->check([](const std::string& n) {
        return n.size() < 5 && n.find_first_not_of("0123456789") == std::string::npos &&
                       std::stoi("0" + n) >= 1 && std::stoi(n) <= 1024
                   ? std::string()
                   : "wants 1 to 1024, not " + n;
      });
  tool.add_flag("--twice", what.twice, "Each seed twice: the two traces must be the same");
  tool.add_flag("--keep-going", what.keep_going, "After a violation as well, up to twenty");
  tool.add_flag("--quiet", what.quiet, "No progress");
  tool.add_option("--past", past, "Only the seeds of past bugs, from this file")->type_name("FILE");
  tool.footer(
      "--planted [K…] builds the library with bug K planted (all, without K), and hunts it.");
  try {
    tool.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return tool.exit(wrong) == 0 ? 0 : 2;
  }

  if (!past.empty()) return simulator::replay_past(past) == 0 ? 0 : 1;
  if (seed && !what.seeds && !what.minutes && !what.twice)
    return simulator::replay(*seed, what.profile) ? 0 : 1;
  if (!what.seeds && !what.minutes) what.minutes = 1;
  const auto clock = std::chrono::system_clock::now().time_since_epoch().count();
  what.first       = seed ? *seed : static_cast<std::uint64_t>(clock);
  if (seed && what.twice && !what.seeds) what.seeds = 1;
  return simulator::hunt(what) == 0 ? 0 : 1;
}
