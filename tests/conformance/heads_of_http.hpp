// The head of an opening as lines that a table takes out, doubles, and spoils. Knows no rule.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::protocol {

struct head_lines {
  std::string first;
  std::vector<std::string> fields;  // without their line ends

  std::string bytes() const {
    std::string all = first + "\r\n";
    for (const auto& f : fields) all += f + "\r\n";
    return all + "\r\n";
  }
  static std::string_view name_of(std::string_view field) {
    return field.substr(0, field.find(':'));
  }
  static std::string value_of(const std::string& field) {
    return field.substr(field.find(':') + 2);
  }

  std::string& field(std::string_view name) {
    return *std::find_if(fields.begin(), fields.end(),
                         [&](const auto& f) { return name_of(f) == name; });
  }
  head_lines without(std::string_view name) const {
    head_lines h = *this;
    std::erase_if(h.fields, [&](const auto& f) { return name_of(f) == name; });
    return h;
  }
  head_lines with(std::string field) const {
    head_lines h = *this;
    h.fields.push_back(std::move(field));
    return h;
  }
  /// The field of that name as this line.
  head_lines as(std::string_view name, std::string line) const {
    head_lines h  = *this;
    h.field(name) = std::move(line);
    return h;
  }
  head_lines valued(std::string_view name, const std::string& value) const {
    return as(name, std::string(name) + ": " + value);
  }
  head_lines begun(std::string line) const {
    head_lines h = *this;
    h.first      = std::move(line);
    return h;
  }
};

inline std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(c));
  return text;
}
inline std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(c));
  return text;
}
inline std::string in_odd_case(std::string text) {
  for (std::size_t i = 0; i < text.size(); i += 2)
    text[i] = static_cast<char>(std::toupper(text[i]));
  for (std::size_t i = 1; i < text.size(); i += 2)
    text[i] = static_cast<char>(std::tolower(text[i]));
  return text;
}

/// The same field in the case and spacing that HTTP allows. [RFC 9110 5.1, 5.5; RFC 9112 5]
inline std::vector<std::string> allowed_forms(const std::string& field) {
  const std::string name(head_lines::name_of(field)), value = head_lines::value_of(field);
  return {lower(name) + ": " + value, upper(name) + ": " + value,  in_odd_case(name) + ": " + value,
          name + ":" + value,         name + ":   " + value,       name + ":\t" + value,
          name + ": " + value + " ",  name + ": " + value + "\t ", name + ": \t " + value + " \t "};
}

/// The same field in forms that no head may have, but that a client may take in an answer: folded,
/// and with LF alone. [RFC 9112 5.2, 2.2]
inline std::vector<std::string> tolerated_forms(const std::string& field) {
  const std::string name(head_lines::name_of(field)), value = head_lines::value_of(field);
  return {name + ":\r\n " + value, name + ": " + value + "\r\n ", name + ":\n\t" + value,
          name + ": " + value + "\nX: y"};
}

/// The same field in forms that no head may have. [RFC 9112 5.1, 2.2]
inline std::vector<std::string> forbidden_forms(const std::string& field) {
  const std::string name(head_lines::name_of(field)), value = head_lines::value_of(field);
  return {name + " : " + value,
          name + "\t: " + value,
          " " + name + ": " + value,
          name + " " + value,
          ": " + value,
          name + ": " + value + "\rX: y",
          name + ": " + value + "\n: y",
          name + ": \x01" + value,
          name + ": " + value + std::string(1, '\0'),
          name + "\x7f: " + value,
          "(" + name + "): " + value,
          name + ": " + value + "\x7f"};
}

/// All orders of the fields.
inline std::vector<head_lines> in_every_order(head_lines h) {
  std::vector<head_lines> all;
  std::sort(h.fields.begin(), h.fields.end());
  do all.push_back(h);
  while (std::next_permutation(h.fields.begin(), h.fields.end()));
  return all;
}

}  // namespace adieu::inline v1::protocol
