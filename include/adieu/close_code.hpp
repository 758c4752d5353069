// Close codes and reasons: which there are, and what may be given to close(). Knows nothing of
// connections: whether a role may send a code is decided at the call (`may_send`).
#pragma once

#include <adieu/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace adieu::inline v1 {

/// The registered close codes. An open enumeration: any 16-bit number can be one
/// (`close_code(4001)`). [RFC 6455 7.4.1; IANA "WebSocket Close Code Number Registry"]
enum class close_code : std::uint16_t {
  normal              = 1000,
  going_away          = 1001,
  protocol_error      = 1002,
  unsupported_data    = 1003,
  no_status           = 1005,  ///< reported, never sent: the Close frame carried no code
  abnormal            = 1006,  ///< reported, never sent: no valid Close frame came
  invalid_payload     = 1007,
  policy_violation    = 1008,
  message_too_big     = 1009,
  mandatory_extension = 1010,
  internal_error      = 1011,
  service_restart     = 1012,
  try_again_later     = 1013,
  bad_gateway         = 1014,
  tls_failed          = 1015,  ///< reported, never sent: TLS could not be set up
  unauthorized        = 3000,
  forbidden           = 3003,
  timeout             = 3008,
};

/// Which end of a connection: it decides who masks and who ends TCP first.
enum class role : std::uint8_t { client, server };

/// A short name for logs: "normal", "going away", …; "" for a code without a registered name.
ADIEU_API std::string_view name(close_code code) noexcept;

/// What `explain CODE` prints: meaning, who may send it, what to do. One line each.
struct code_explanation {
  std::string_view meaning;
  std::string_view sender;
  std::string_view advice;
};
ADIEU_API code_explanation explain(close_code code) noexcept;

/// Whether the application at that end may give this code to close(): 1000 and 3000–4999; a server
/// also 1001, 1003, 1007, 1008, 1009, 1011–1014.
constexpr bool may_send(std::uint16_t code, role from) noexcept {
  if (code == 1000 || (code >= 3000 && code <= 4999)) return true;
  if (from == role::client) return false;
  return code == 1001 || code == 1003 || (code >= 1007 && code <= 1009) ||
         (code >= 1011 && code <= 1014);
}

/// Whether a Close frame with this code is valid when it is received. [RFC 6455 7.4]
constexpr bool may_receive(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

/// The longest reason, in bytes of UTF-8: a control frame has 125, the code takes two. [5.5]
inline constexpr std::size_t max_reason = 123;

/// `close(adieu::no_status)`: an empty Close frame, the peer's event says 1005.
struct no_status_t {
  explicit no_status_t() = default;
};
inline constexpr no_status_t no_status{};

/// Cuts at a code point so that at most `max_reason` bytes remain; what is not UTF-8 is cut where
/// it begins. The view is into `text`.
ADIEU_API std::string_view truncate_reason(std::string_view text) noexcept;

namespace literal {

// Never defined: their names are what the compiler prints when a literal can never be legal.
void this_close_code_can_never_be_sent__use_1000_or_3000_to_4999();
void a_close_reason_has_at_most_123_bytes();
void a_close_reason_must_be_UTF_8();

constexpr bool is_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto at       = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
    const unsigned lead = at(i);
    const std::size_t n = lead < 0x80   ? 1
                          : lead < 0xC2 ? 0
                          : lead < 0xE0 ? 2
                          : lead < 0xF0 ? 3
                          : lead < 0xF5 ? 4
                                        : 0;
    if (n == 0 || text.size() - i < n) return false;
    for (std::size_t k = 1; k < n; ++k)
      if ((at(i + k) & 0xC0) != 0x80) return false;
    if (n > 2) {
      const unsigned second = at(i + 1);
      if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
          (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
        return false;
    }
    i += n;
  }
  return true;
}

}  // namespace literal

/// The code parameter of close(). An integer literal is checked by the compiler: one that no role
/// may ever send does not compile. A variable is a `close_code` or a `std::uint16_t` and is checked
/// when close() is called. A run-time `int` does not compile: write `close_code(n)`. (Default
/// arguments are no literals: clang 14 would call the consteval constructors at run time.)
class code_to_send {
 public:
  template <std::integral Integer>
  requires(!std::same_as<Integer, std::uint16_t>) consteval code_to_send(Integer code)
      : value_(static_cast<std::uint16_t>(code)) {
    if (code < 0 || static_cast<unsigned long long>(code) > 65535 ||
        !may_send(static_cast<std::uint16_t>(code), role::server))
      literal::this_close_code_can_never_be_sent__use_1000_or_3000_to_4999();
  }
  constexpr code_to_send(std::uint16_t code) noexcept : value_(code) {}
  constexpr code_to_send(close_code code) noexcept : value_(static_cast<std::uint16_t>(code)) {}
  constexpr code_to_send(no_status_t) noexcept {}

  /// Empty: a Close frame without a code.
  constexpr std::optional<std::uint16_t> value() const noexcept { return value_; }

 private:
  std::optional<std::uint16_t> value_;
};

/// The reason parameter of close(): a string literal is checked by the compiler (length and UTF-8),
/// anything else when close() is called. A view: it must live until the call returns.
class reason_to_send {
 public:
  constexpr reason_to_send() noexcept = default;  // none
  template <std::size_t N>
  consteval reason_to_send(const char (&text)[N]) : text_(text, N - 1) {
    // Not N: g++ would find the constructor never constant, and not say why.
    if (text_.size() > max_reason) literal::a_close_reason_has_at_most_123_bytes();
    if (!literal::is_utf8(text_)) literal::a_close_reason_must_be_UTF_8();
  }
  template <std::size_t N>
  constexpr reason_to_send(char (&text)[N]) noexcept : text_(text) {}
  template <typename Text>
  requires(std::convertible_to<const Text&, std::string_view> &&
           !std::is_array_v<Text>) constexpr reason_to_send(const Text& text) noexcept
      : text_(text) {}

  constexpr std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
};

}  // namespace adieu::inline v1
