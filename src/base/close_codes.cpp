// What each close code is called, means, and asks for. [RFC 6455 7.4.1 and IANA's registry]
#include <adieu/close_code.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace adieu::inline v1 {
namespace {

struct entry {
  std::uint16_t first, last;
  std::string_view name;
  code_explanation says;
};

constexpr std::string_view any_application    = "any application";
constexpr std::string_view server_application = "a server's application";
constexpr std::string_view library            = "the WebSocket library only";
constexpr std::string_view nobody             = "nobody: it is reported, never sent";
constexpr std::string_view must_not           = "nobody: it must not be on the wire";

constexpr entry entries[] = {
    {0, 999, "", {"not a close code", must_not, "the peer is broken: do not come back as you are"}},
    {1000,
     1000,
     "normal",
     {"done: the purpose of the connection is fulfilled", any_application,
      "stop, unless you want more; then back off before coming back"}},
    {1001,
     1001,
     "going_away",
     {"the server goes down, or the page was left", server_application,
      "come back soon, then back off"}},
    {1002,
     1002,
     "protocol_error",
     {"a rule of the protocol was broken", library,
      "mend the peer that was told so; coming back repeats it"}},
    {1003,
     1003,
     "unsupported_data",
     {"a type of data that the endpoint cannot take (binary where it takes text)",
      server_application, "send what it takes; coming back repeats it"}},
    {1004, 1004, "", {"reserved, without a meaning", must_not, "treat it as a protocol error"}},
    {1005, 1005, "no_status", {"the Close frame carried no code", nobody, "as 1000"}},
    {1006,
     1006,
     "abnormal",
     {"the connection ended without a valid Close frame", nobody,
      "the network, a proxy or the peer failed: come back with jitter, the cause says more"}},
    {1007,
     1007,
     "invalid_payload",
     {"data that does not fit its type, such as text that is not UTF-8", server_application,
      "mend the sender; coming back repeats it"}},
    {1008,
     1008,
     "policy_violation",
     {"a rule of the server's own was broken: it gives no better code", server_application,
      "stop: ask the reason, credentials first"}},
    {1009,
     1009,
     "message_too_big",
     {"a message was larger than the endpoint takes", server_application,
      "never send that message again; split it"}},
    {1010,
     1010,
     "mandatory_extension",
     {"the client needs an extension that the server did not accept", library,
      "configure the server; coming back repeats it"}},
    {1011,
     1011,
     "internal_error",
     {"the server met something that it could not deal with", server_application, "back off"}},
    {1012,
     1012,
     "service_restart",
     {"the server restarts", server_application, "come back after a random delay of some seconds"}},
    {1013,
     1013,
     "try_again_later",
     {"the server is overloaded", server_application,
      "come back slowly, to another address if there is one"}},
    {1014,
     1014,
     "bad_gateway",
     {"a gateway got a bad answer from the server behind it", server_application, "back off"}},
    {1015,
     1015,
     "tls_failed",
     {"TLS could not be set up (certificate, name, alert)", nobody,
      "check the certificate, the host name and the clock; do not loop"}},
    {1016, 2999, "", {"reserved for later protocols", must_not, "treat it as a protocol error"}},
    {3000,
     3000,
     "unauthorized",
     {"credentials are missing or no longer good", any_application,
      "get new credentials, try once, then stop"}},
    {3001,
     3002,
     "",
     {"registered with IANA by libraries and frameworks", any_application,
      "see the service's documentation; back off"}},
    {3003,
     3003,
     "forbidden",
     {"the credentials are good but do not allow this", any_application, "stop"}},
    {3004,
     3007,
     "",
     {"registered with IANA by libraries and frameworks", any_application,
      "see the service's documentation; back off"}},
    {3008,
     3008,
     "timeout",
     {"the endpoint waited too long for the application", any_application, "back off"}},
    {3009,
     3999,
     "",
     {"registered with IANA by libraries and frameworks", any_application,
      "see the service's documentation; back off"}},
    {4000,
     4999,
     "",
     {"private: it means what the application says", any_application,
      "see the service's documentation; back off, and stop if it keeps coming"}},
    {5000, 65535, "", {"not a close code", must_not, "treat it as a protocol error"}},
};

constexpr bool every_code_has_one_entry() {
  std::uint32_t next = 0;
  for (const entry& e : entries) {
    if (e.first != next) return false;
    next = e.last + 1u;
  }
  return next == 65536;
}
static_assert(every_code_has_one_entry());

const entry& entry_of(close_code code) noexcept {
  const auto number = static_cast<std::uint16_t>(code);
  return *std::find_if(std::begin(entries), std::end(entries),
                       [&](const entry& e) { return number <= e.last; });
}

}  // namespace

std::string_view name(close_code code) noexcept { return entry_of(code).name; }

code_explanation explain(close_code code) noexcept { return entry_of(code).says; }

std::string_view truncate_reason(std::string_view text) noexcept {
  // The longest front that is UTF-8: a cut inside a code point is not, nor is what was none before.
  std::string_view front = text.substr(0, max_reason);
  while (!literal::is_utf8(front)) front.remove_suffix(1);
  return front;
}

}  // namespace adieu::inline v1
