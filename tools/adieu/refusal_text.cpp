// The first words of a page.
#include "refusal_text.hpp"

#include "base/escape.hpp"
#include "http/characters.hpp"

#include <algorithm>
#include <string_view>

namespace adieu::tool {
namespace {

constexpr std::size_t longest_line = 200;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_html(const opening_response& response) {
  constexpr std::string_view html = "text/html";
  return http::equal_ignoring_case(response.header("Content-Type").substr(0, html.size()), html) ||
         trimmed(response.body).starts_with('<');
}

bool begins_with(std::string_view text, std::string_view word) {
  return http::equal_ignoring_case(text.substr(0, word.size()), word);
}

// Each tag ends a line; what is not for people is left out.
std::string without_tags(std::string_view page) {
  std::string text;
  for (std::size_t at = 0; at < page.size();) {
    if (page[at] != '<') {
      text += page[at++];
      continue;
    }
    const auto tag = page.substr(at);
    const auto end = begins_with(tag, "<style")    ? tag.find("</", 1)
                     : begins_with(tag, "<script") ? tag.find("</", 1)
                     : tag.starts_with("<!--")     ? tag.find("-->")
                                                   : tag.find('>');
    if (end == std::string_view::npos) break;
    at += end + (tag[end] == '<' ? 0 : tag[end] == '-' ? 3 : 1);
    text += '\n';
  }
  return text;
}

}  // namespace

std::string first_words(const opening_response& response) {
  const std::string text = is_html(response) ? without_tags(response.body) : response.body;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end  = std::min(rest.find_first_of("\r\n"), rest.size());
    const auto line = trimmed(rest.substr(0, end));
    if (!line.empty()) return escape_beginning(line, longest_line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

}  // namespace adieu::tool
