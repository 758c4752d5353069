// What `adieu serve` tells: events on stdout with --json, lines for people on stderr. Nobody waits
// for who reads them. For any thread. Knows no connection.
#pragma once

#include "bounded_output.hpp"
#include "terminal.hpp"

#include <adieu/close_event.hpp>
#include <adieu/opening.hpp>
#include <adieu/server.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace adieu::tool {

class serve_report {
 public:
  enum class form : std::uint8_t { lines, json };

  serve_report(form how, palette colors);

  void listening(const endpoint& at, bool secure) const;
  /// One connection's end. `target`: the path and query that it asked for.
  void closed(const close_event& event, std::string_view target) const;
  void refused(const refusal& why) const;
  void shutting_down(std::size_t connections, std::string_view at_most) const;
  void drained(const shutdown_report& how) const;
  /// For people, as it is.
  void line(std::string_view text) const { errors_->line(text); }

 private:
  void print_json(const nlohmann::ordered_json& event) const;

  form form_;
  palette palette_;
  std::unique_ptr<bounded_output> errors_;
  std::unique_ptr<bounded_output> events_;  // with --json
};

}  // namespace adieu::tool
