// Many lives, on all cores, until the seeds or the minutes are over or a rule is broken; or one, in
// words. Knows no command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace simulator {

struct order {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> seeds;
  std::optional<double> minutes;
  std::string profile = "all";  // or one of profile_names
  unsigned threads    = 1;
  bool twice          = false;  // each seed twice: the traces have to be the same
  bool keep_going     = false;  // after a violation
  bool quiet          = false;  // no progress
};

/// Whether there is such a profile.
bool is_profile(const std::string& name);
std::string names_of_profiles();

/// Prints progress on stderr, violations and the last line on stdout. The number of violations.
std::uint64_t hunt(const order& what);
/// One life, told in words on stdout. True if every rule was kept.
bool replay(std::uint64_t seed, const std::string& profile);
/// The seeds of past bugs: a file of lines `SEED PROFILE WHAT IT FOUND`. The number of violations.
std::uint64_t replay_past(const std::string& path);

}  // namespace simulator
