// UTF-8 the other way round: every code point is written by the formula of RFC 3629 3, and what
// such writings begin with is noted. A text is valid so far if it is made of whole writings and the
// beginning of one. Shares no code and no table with src/wire.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::protocol {

inline constexpr unsigned long last_code_point = 0x10FFFF;
inline constexpr bool is_surrogate(unsigned long c) { return c >= 0xD800 && c <= 0xDFFF; }

/// The formula, also for what may not be written: surrogates, and what lies beyond the last.
inline std::string encoded(unsigned long c, int octets) {
  if (octets == 1) return {static_cast<char>(c)};
  std::string text(static_cast<std::size_t>(octets), '\0');
  for (int i = octets; i-- > 1; c >>= 6)
    text[static_cast<std::size_t>(i)] = static_cast<char>(0x80 | (c & 0x3F));
  const unsigned mark[] = {0, 0, 0xC0, 0xE0, 0xF0, 0xF8, 0xFC};
  text[0]               = static_cast<char>(mark[octets] | c);
  return text;
}
inline int octets_of(unsigned long c) { return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4; }
inline std::string encoded(unsigned long c) { return encoded(c, octets_of(c)); }

class utf8_writings {
 public:
  enum class what { nothing, beginning, whole };

  /// What these one to four octets are of a code point's writing.
  what are(std::string_view octets) const {
    // The last six bits of four octets are free: nothing to note for each.
    if (octets.size() == 4)
      return begins_[number(octets.substr(0, 3))] && (octets[3] & 0xC0) == 0x80 ? what::whole
                                                                                : what::nothing;
    const std::size_t n = number(octets);
    return whole_[n] ? what::whole : begins_[n] ? what::beginning : what::nothing;
  }

  static const utf8_writings& all() {
    static const utf8_writings made;
    return made;
  }

 private:
  utf8_writings() : whole_(1 << 25), begins_(1 << 25) {
    for (unsigned long c = 0; c <= last_code_point; ++c) {
      if (is_surrogate(c)) continue;
      const std::string text = encoded(c);
      if (text.size() < 4) whole_[number(text)] = true;
      for (std::size_t n = 1; n < text.size(); ++n) begins_[number(text.substr(0, n))] = true;
    }
  }
  // A one in front, so that those of different lengths differ.
  static std::size_t number(std::string_view octets) {
    std::size_t n = 1;
    for (char c : octets) n = n << 8 | static_cast<unsigned char>(c);
    return n;
  }

  std::vector<bool> whole_, begins_;
};

/// Takes a text octet by octet.
class slow_utf8 {
 public:
  /// False at the first octet that no valid text could have.
  bool takes(char octet) {
    pending_ += octet;
    switch (utf8_writings::all().are(pending_)) {
      case utf8_writings::what::nothing: return false;
      case utf8_writings::what::beginning: return true;
      case utf8_writings::what::whole: break;
    }
    pending_.clear();
    return true;
  }
  bool may_end() const { return pending_.empty(); }

 private:
  std::string pending_;
};

/// How many octets can be taken before it is certain that this is no text; npos if it is one.
/// A text that ends too early counts as wrong at its end.
inline std::size_t first_wrong_octet(std::string_view text) {
  slow_utf8 seen;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!seen.takes(text[i])) return i;
  return seen.may_end() ? std::string_view::npos : text.size();
}

}  // namespace adieu::inline v1::protocol
