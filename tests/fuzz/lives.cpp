// Lives of the simulator (tests/simulator) in which the input throws the dice: libFuzzer looks for
// those that go ways no life has gone, and every rule is checked after every event. Knows no herds:
// their clients are those of src/api.
#include "input.hpp"

#include "simulator/life.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto one = std::make_unique<simulator::life>();
  const auto which =
      static_cast<simulator::profile>(data[0] % static_cast<unsigned>(simulator::profile::herd));
  const simulator::dice told(std::span(data + 1, size - 1));
  if (one->run(told, which)) return 0;

  std::string words;
  one->run(told, which, &words);
  std::fprintf(stderr,
               "%s: %s\n      seconds  client                                          server\n%s",
               simulator::profile_names[static_cast<std::size_t>(which)].data(), one->seen().what,
               words.c_str());
  fuzz::require(false, one->seen().what);
  return 0;
}
