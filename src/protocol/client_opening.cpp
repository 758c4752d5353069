// Writes the request and makes every check of its answer that RFC 6455 4.1 asks of a client.
#include "protocol/client_opening.hpp"

#include "http/accept_key.hpp"
#include "http/date.hpp"
#include "http/tokens.hpp"
#include "http/write_head.hpp"
#include "protocol/opening_headers.hpp"

#include <algorithm>
#include <charconv>

namespace adieu::inline v1::protocol {
namespace {

constexpr unsigned most_interim_answers = 8;

std::string joined(const std::vector<std::string>& tokens) {
  std::string list;
  for (const auto& t : tokens) list += (list.empty() ? "" : ", ") + t;
  return list;
}

bool is_websocket(std::string_view upgrade) {
  // A single token, not a list. [4.1, step 2 of the answer's checks]
  return upgrade.find(',') == std::string_view::npos && http::has_token(upgrade, "websocket");
}

}  // namespace

std::string wrong_with(const websocket_options& options) {
  if (!may_be_added(options.headers))
    return "a header field has a name or value that cannot be sent, or is one that the opening "
           "sets itself (Host, Connection, Upgrade, Sec-WebSocket-…)";
  if (!http::is_field_value(options.origin)) return "the origin cannot be sent as a header field";
  for (auto it = options.subprotocols.begin(); it != options.subprotocols.end(); ++it) {
    if (!http::is_token(*it)) return "a subprotocol is not a token: '" + *it + "'";
    if (std::find(options.subprotocols.begin(), it, *it) != it)
      return "a subprotocol is offered twice: '" + *it + "'";
  }
  return {};
}

client_opening::client_opening(const http::url& to, const websocket_options& options,
                               const std::array<std::byte, 16>& key)
    : offered_(options.subprotocols),
      deflate_offered_(options.connection.deflate),
      limits_(head_limits_of(options.connection)),
      reader_(limits_) {
  const std::string encoded = http::encode_key(key);
  expected_accept_          = http::accept_key(encoded);
  http::fields headers{
      {"Host", to.host_field},        {"Upgrade", "websocket"},        {"Connection", "Upgrade"},
      {"Sec-WebSocket-Key", encoded}, {"Sec-WebSocket-Version", "13"},
  };
  if (!options.origin.empty()) headers.add("Origin", options.origin);
  if (!offered_.empty()) headers.add("Sec-WebSocket-Protocol", joined(offered_));
  const std::string offer = deflate_offer(deflate_offered_);
  if (!offer.empty()) headers.add("Sec-WebSocket-Extensions", offer);
  for (const auto& [name, value] : options.headers) headers.add(name, value);
  request_ = http::write_request(to.target, headers);
}

client_opening::verdict client_opening::receive(std::span<const std::byte> bytes,
                                                std::size_t& used) {
  used = 0;
  for (;;) {
    const auto rest  = bytes.subspan(used);
    std::size_t more = 0;
    const auto found = reader_.feed(rest.data(), rest.size(), more);
    used += more;
    if (found == http::head_status::incomplete) return verdict::incomplete;
    if (found != http::head_status::complete) return refuse_unread(found);
    if (status() == 101 || status() >= 200) return examine();
    // An interim answer (103 Early Hints): the real one follows. [RFC 9110 15.2]
    if (++interim_ > most_interim_answers) return refuse("too many interim answers");
    reader_ = http::response_reader(limits_);
  }
}

client_opening::verdict client_opening::refuse_unread(http::head_status how) {
  if (how == http::head_status::too_large)
    return refuse("the answer's head has more than " + std::to_string(limits_.bytes) +
                  " bytes: allow more (max_head)");
  if (how == http::head_status::too_many_fields)
    return refuse("the answer has more than " + std::to_string(limits_.fields) +
                  " header fields: allow more (max_head_fields)");
  http::head_fault fault = reader_.fault();
  // Who has answered in HTTP before does not speak TLS.
  if (fault == http::head_fault::tls && interim_ != 0) fault = http::head_fault::not_http;
  return refuse(std::string(http::response_fault_text(fault)));
}

client_opening::verdict client_opening::examine() {
  const http::response_head& answer = reader_.head();
  const http::fields& headers       = answer.headers;
  if (answer.status != 101) {
    const char* phrase = http::status_text(answer.status);
    return refuse("the server answered " + std::to_string(answer.status) + (*phrase ? " " : "") +
                  phrase);
  }
  if (answer.version != 11) return refuse("101 with a version other than HTTP/1.1");
  if (!is_websocket(headers.list("Upgrade"))) return refuse("101 without Upgrade: websocket");
  if (!http::has_token(headers.list("Connection"), "upgrade"))
    return refuse("101 without Connection: Upgrade");
  if (headers.count("Sec-WebSocket-Accept") != 1 ||
      *headers.find("Sec-WebSocket-Accept") != expected_accept_)
    return refuse("101 with a wrong Sec-WebSocket-Accept");
  if (!examine_extensions()) return verdict::refused;
  if (headers.count("Sec-WebSocket-Protocol") != 0) {
    const std::string& chosen = *headers.find("Sec-WebSocket-Protocol");
    if (headers.count("Sec-WebSocket-Protocol") != 1 ||
        std::find(offered_.begin(), offered_.end(), chosen) == offered_.end())
      return refuse("101 with a subprotocol that was not offered");
    subprotocol_ = chosen;
  }
  return has_room_for(deflate_, deflate_offered_) ? verdict::open : verdict::no_room_for_context;
}

bool client_opening::examine_extensions() {
  const http::fields& headers = reader_.head().headers;
  const std::string list      = headers.count("Sec-WebSocket-Extensions") != 0
                                    ? headers.list("Sec-WebSocket-Extensions")
                                    : "";
  if (list.empty()) return true;
  const auto extensions = http::extension_list(list);
  std::string wrong     = "a Sec-WebSocket-Extensions that is no list of extensions";
  const auto agreed     = extensions ? agreed_by(*extensions, deflate_offered_, wrong)
                                     : std::optional<deflate_agreement>();
  if (!agreed) {
    refuse("101 with " + wrong);
    return false;
  }
  deflate_ = *agreed;
  return true;
}

std::optional<std::chrono::seconds> client_opening::retry_after(
    std::chrono::system_clock::time_point now) const {
  constexpr std::chrono::seconds most = std::chrono::hours(24);
  const http::fields& headers         = reader_.head().headers;
  if (headers.count("Retry-After") != 1) return {};
  const std::string& value = *headers.find("Retry-After");
  if (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos) {
    std::uint64_t told    = 0;
    const auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), told);
    const bool too_many   = bad != std::errc() || told > static_cast<std::uint64_t>(most.count());
    return too_many ? most : std::chrono::seconds(told);
  }
  // In whole seconds: with the clock's own fractions a date far away would overflow.
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const auto at    = http::parse_date(value, whole);
  if (!at || *at <= whole) return {};
  return std::min(*at - whole, most);
}

client_opening::verdict client_opening::refuse(std::string why) {
  why_ = std::move(why);
  return verdict::refused;
}

}  // namespace adieu::inline v1::protocol
