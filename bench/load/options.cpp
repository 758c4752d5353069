// See options.hpp.
#include "options.hpp"

#include <charconv>
#include <map>
#include <string>
#include <string_view>

#include "fail.hpp"

namespace load {
namespace {

template <typename Number>
Number parse_number(std::string_view option, std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    fail(std::string(option) + " wants a number, not '" + std::string(text) + "'");
  }
  return number;
}

template <typename Enum>
Enum parse_name(std::string_view option, std::string_view text,
                const std::map<std::string_view, Enum>& names) {
  const auto found = names.find(text);
  if (found == names.end()) {
    fail(std::string(option) + " does not know '" + std::string(text) + "'");
  }
  return found->second;
}

void set(options& o, std::string_view option, std::string_view value) {
  using std::chrono::milliseconds;
  const auto count = [&] { return parse_number<std::size_t>(option, value); };
  if (option == "--mode") {
    o.mode = parse_name<mode>(option, value,
                              {{"echo", mode::echo},
                               {"memory", mode::memory},
                               {"closing", mode::closing},
                               {"cycle", mode::cycle}});
  } else if (option == "--payload") {
    o.payload = parse_name<payload_kind>(option, value,
                                         {{"binary", payload_kind::binary},
                                          {"ascii", payload_kind::ascii},
                                          {"non-ascii", payload_kind::non_ascii},
                                          {"json", payload_kind::json}});
  } else if (option == "--port") {
    o.port = parse_number<std::uint16_t>(option, value);
  } else if (option == "--server") {
    o.server = parse_number<pid_t>(option, value);
  } else if (option == "--connections") {
    o.connections = count();
  } else if (option == "--in-flight") {
    o.in_flight = count();
  } else if (option == "--size") {
    o.payload_size = count();
  } else if (option == "--warm-up-ms") {
    o.warm_up = milliseconds(count());
  } else if (option == "--duration-ms") {
    o.duration = milliseconds(count());
  } else if (option == "--repeat") {
    o.repeat = count();
  } else if (option == "--max-cycles") {
    o.max_cycles = count();
  } else {
    fail("unknown option " + std::string(option));
  }
}

}  // namespace

options parse_options(int argc, char** argv) {
  options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--raw") {
      o.raw = true;
    } else if (option == "--deflate") {
      o.deflate = true;
    } else if (option == "--tls") {
      o.tls = true;
    } else if (i + 1 < argc) {
      set(o, option, argv[++i]);
    } else {
      fail(std::string(option) + " wants a value");
    }
  }
  if (o.port == 0 || o.server == 0) fail("--port and --server are needed");
  if (o.connections == 0 || o.in_flight == 0 || o.payload_size == 0) fail("0 makes no load");
  return o;
}

}  // namespace load
