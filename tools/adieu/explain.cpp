// `adieu explain`: what close codes mean. The library knows the codes; here are the ranges between
// them, and how both are printed.
#include "arguments.hpp"
#include "close_line.hpp"
#include "commands.hpp"
#include "exit_code.hpp"
#include "terminal.hpp"

#include <adieu/close_code.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>

namespace adieu::tool {

namespace {

constexpr std::string_view footer =
    R"(CODE is a number from 0 to 65535 or a range; without any, all registered codes are explained.

Examples:
  adieu explain 1006
  adieu explain 1000 4001
  adieu explain 3000-3999
  adieu explain --json 1012)";

// [RFC 6455 7.4.2]
struct code_range {
  std::uint16_t first;
  std::uint16_t last;
  std::string_view meaning;
  std::string_view sender;
  std::string_view advice;
};

constexpr std::array ranges = {
    code_range{0, 999, "not used: no Close frame may carry it", "nobody",
               "whoever sends it breaks the protocol, and is answered with 1002"},
    code_range{1000, 2999, "the protocol itself, its revisions and its extensions (IANA registry)",
               "as the registry says; what is not registered, nobody",
               "an application uses 1000 or a code of its own from 4000 to 4999"},
    code_range{3000, 3999, "libraries, frameworks and applications, registered with IANA",
               "either end, as the registry says", "look it up in the registry"},
    code_range{4000, 4999, "private use: it means what the two ends have agreed on",
               "either end, if they have agreed on it", "look it up in the peer's documentation"},
    code_range{5000, 65535, "not used: no Close frame may carry it", "nobody",
               "whoever sends it breaks the protocol, and is answered with 1002"},
};

struct asked {
  std::uint16_t first;
  std::uint16_t last;
};

std::optional<std::uint16_t> parse_code(std::string_view text) {
  std::uint16_t code   = 0;
  const auto [at, bad] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (text.empty() || bad != std::errc() || at != text.data() + text.size()) return {};
  return code;
}

asked parse_asked(const std::string& text) {
  const auto dash  = text.find('-');
  const auto first = parse_code(std::string_view(text).substr(0, dash));
  const auto last =
      dash == std::string::npos ? first : parse_code(std::string_view(text).substr(dash + 1));
  if (!first || !last || *first > *last)
    throw CLI::ValidationError(
        "CODE", fmt::format("{} is neither a close code (0-65535) nor a range such as 3000-3999",
                            quote(text)));
  return {*first, *last};
}

std::string_view senders(std::uint16_t code) {
  if (may_send(code, role::client)) return "client and server";
  if (may_send(code, role::server)) return "server";
  return may_receive(code) ? "the library only" : "nobody";
}

class explainer {
 public:
  explainer(bool json, color_choice color)
      : json_(json), ascii_(is_terminal(STDOUT_FILENO)), paint_(color, STDOUT_FILENO) {}

  void range(const asked& what) const {
    for (const auto& one : ranges) {
      const auto first = std::max(one.first, what.first);
      const auto last  = std::min(one.last, what.last);
      if (first > last) continue;
      print_range(one, first, last);
      // 1000-2999 is where every registered code is; 3000-3999 has a few.
      for (unsigned code = first; code <= last; ++code)
        if (!name(close_code(code)).empty()) this->code(static_cast<std::uint16_t>(code));
    }
  }

  void code(std::uint16_t code) const {
    const auto about = adieu::explain(close_code(code));
    const auto known = name(close_code(code));
    if (json_) {
      nlohmann::ordered_json json{{"code", code}, {"name", nullptr}};
      if (!known.empty()) json["name"] = known;
      json["meaning"]               = about.meaning;
      json["sender"]                = about.sender;
      json["advice"]                = about.advice;
      json["client_may_close_with"] = may_send(code, role::client);
      json["server_may_close_with"] = may_send(code, role::server);
      json["may_be_received"]       = may_receive(code);
      return print(json_line(json, ascii_));
    }
    print(paint_(tone::strong, fmt::format("{}  {}", code, known.empty() ? "(no name)" : known)));
    print(fmt::format("  means     {}", about.meaning));
    print(fmt::format("  sent by   {}", about.sender));
    print(fmt::format("  close()   {}", senders(code)));
    print(fmt::format("  advice    {}\n", about.advice));
  }

 private:
  void print_range(const code_range& about, unsigned first, unsigned last) const {
    if (json_) {
      const nlohmann::ordered_json json{{"first", first},
                                        {"last", last},
                                        {"meaning", about.meaning},
                                        {"sender", about.sender},
                                        {"advice", about.advice}};
      return print(json_line(json, ascii_));
    }
    print(paint_(tone::strong, fmt::format("{}-{}", first, last)));
    print(fmt::format("  means     {}", about.meaning));
    print(fmt::format("  sent by   {}", about.sender));
    print(fmt::format("  advice    {}\n", about.advice));
  }

  static void print(const std::string& line) { fmt::print("{}\n", line); }

  bool json_;
  bool ascii_;
  palette paint_;
};

struct arguments {
  std::vector<std::string> codes;
  bool json          = false;
  color_choice color = color_choice::automatic;
};

int run(const arguments& from) {
  std::vector<asked> all;
  for (const auto& text : from.codes) all.push_back(parse_asked(text));
  const explainer out(from.json, from.color);
  if (all.empty())
    for (unsigned code = 1000; code < 5000; ++code)
      if (!name(close_code(code)).empty()) out.code(static_cast<std::uint16_t>(code));
  for (const auto& one : all) {
    if (one.first == one.last)
      out.code(one.first);
    else
      out.range(one);
  }
  return std::fflush(stdout) == 0 ? exit_success : exit_output_failed;
}

}  // namespace

void add_explain(CLI::App& tool, int& exit_code) {
  auto& command =
      *tool.add_subcommand("explain", "What a close code means, and what to do about it");
  auto from = std::make_shared<arguments>();
  command.add_option("CODE", from->codes, "Close codes or ranges")->type_name("");
  command.add_flag("--json", from->json, "One JSON object a line");
  add_color(command, from->color);
  command.footer(std::string(footer));
  command.callback([&exit_code, from] { exit_code = run(*from); });
}

}  // namespace adieu::tool
