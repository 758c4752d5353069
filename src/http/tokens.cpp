// Reading lists with a cursor that only goes forward. It does not know what any token means.
#include "http/tokens.hpp"

#include "http/characters.hpp"
#include "http/write_head.hpp"

namespace adieu::inline v1::http {
namespace {

class cursor {
 public:
  explicit cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }

  void skip_blanks() {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  // Skips the blanks on both sides of it, too.
  bool take(char c) {
    skip_blanks();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    skip_blanks();
    return true;
  }

  // Empty if there is no token here.
  std::string_view take_token() {
    std::size_t size = 0;
    while (size < rest_.size() && is_token_char(rest_[size])) ++size;
    return take_front(size);
  }

  bool at_quote() const { return !rest_.empty() && rest_.front() == '"'; }

  // The content of the quoted-string that begins here [RFC 9110 5.6.4]; nothing if it does not end.
  std::optional<std::string> take_quoted() {
    std::string content;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        take_front(i + 1);
        return content;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      content += rest_[i];
    }
    return std::nullopt;
  }

  // Up to the next comma that is not in quotes, without blanks around it.
  std::string_view take_element() {
    bool quoted      = false;
    std::size_t size = 0;
    for (; size < rest_.size() && (quoted || rest_[size] != ','); ++size) {
      if (rest_[size] == '"') quoted = !quoted;
      if (quoted && rest_[size] == '\\' && size + 1 < rest_.size()) ++size;
    }
    return trim_blanks(take_front(size));
  }

 private:
  std::string_view take_front(std::size_t size) {
    const std::string_view front = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return front;
  }

  std::string_view rest_;
};

// Goes over empty elements and the commas behind them [RFC 9110 5.6.1.2].
void skip_empty_elements(cursor& c) {
  c.skip_blanks();
  while (c.take(',')) {
  }
}

// token / quoted-string whose content is a token [RFC 6455 9.1]
std::optional<std::string> take_value(cursor& c) {
  std::optional<std::string> value =
      c.at_quote() ? c.take_quoted() : std::optional(std::string(c.take_token()));
  if (value && !is_token(*value)) return std::nullopt;
  return value;
}

// extension-token *( ";" extension-param ), with blanks allowed between any two of these: the
// grammar is written in that of RFC 2616, where they are implied [RFC 6455 9.1].
std::optional<extension> take_extension(cursor& c) {
  extension e;
  e.name = c.take_token();
  if (e.name.empty()) return std::nullopt;
  while (c.take(';')) {
    if (e.parameters.size() == list_limit) return std::nullopt;
    std::string name(c.take_token());
    if (name.empty()) return std::nullopt;
    std::optional<std::string> value;
    if (c.take('=')) {
      value = take_value(c);
      if (!value) return std::nullopt;
    }
    e.parameters.emplace_back(std::move(name), std::move(value));
  }
  return e;
}

}  // namespace

bool has_token(std::string_view list, std::string_view token) {
  cursor c(list);
  while (!c.at_end()) {
    if (!token.empty() && equal_ignoring_case(c.take_element(), token)) return true;
    if (!c.take(',')) return false;
  }
  return false;
}

std::optional<std::vector<std::string>> token_list(std::string_view list) {
  std::vector<std::string> tokens;
  cursor c(list);
  for (skip_empty_elements(c); !c.at_end(); skip_empty_elements(c)) {
    const std::string_view token = c.take_element();
    if (!is_token(token) || tokens.size() == list_limit) return std::nullopt;
    tokens.emplace_back(token);
  }
  if (tokens.empty()) return std::nullopt;
  return tokens;
}

std::optional<std::vector<extension>> extension_list(std::string_view list) {
  std::vector<extension> extensions;
  cursor c(list);
  skip_empty_elements(c);
  while (!c.at_end()) {
    std::optional<extension> e = take_extension(c);
    if (!e || extensions.size() == list_limit) return std::nullopt;
    extensions.push_back(std::move(*e));
    // What follows an extension is a comma or nothing.
    c.skip_blanks();
    if (!c.at_end() && !c.take(',')) return std::nullopt;
    skip_empty_elements(c);
  }
  if (extensions.empty()) return std::nullopt;
  return extensions;
}

}  // namespace adieu::inline v1::http
