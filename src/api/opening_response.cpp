// What the HTTP response to an opening says, and what a log is told of one that refused it.
#include "base/escape.hpp"
#include "http/characters.hpp"

#include <adieu/close_event.hpp>

#include <algorithm>

namespace adieu::inline v1 {
namespace {

constexpr std::size_t longest_field = 200;  // in a log

}  // namespace

std::string_view opening_response::header(std::string_view name) const noexcept {
  const auto at = std::find_if(headers.begin(), headers.end(), [&](const auto& field) {
    return http::equal_ignoring_case(field.first, name);
  });
  return at == headers.end() ? std::string_view() : std::string_view(at->second);
}

std::string explain(const close_event& event) {
  std::string line = explain(static_cast<const ending&>(event));
  if (event.response)
    for (const char* name : {"Location", "WWW-Authenticate"})
      if (const auto value = event.response->header(name); !value.empty())
        line += "; " + std::string(name) + ": " + escape_beginning(value, longest_field);
  if (event.error) line += " [" + escape(event.error.message()) + "]";
  return line;
}

}  // namespace adieu::inline v1
