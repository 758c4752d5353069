// What is read from short texts: URLs, UTF-8 and masks, close codes and reasons, lists in header
// fields, dates. Each is held against a simple reading of the rule, against itself written and read
// again, and against itself in pieces.
#include "input.hpp"
#include "reference_decoder.hpp"

#include <adieu/close_code.hpp>

#include "http/authority.hpp"
#include "http/date.hpp"
#include "http/tokens.hpp"
#include "http/url.hpp"
#include "http/write_head.hpp"
#include "protocol/client_opening.hpp"
#include "protocol/connection.hpp"
#include "protocol/server_opening.hpp"
#include "wire/mask.hpp"
#include "wire/utf8.hpp"

using namespace adieu;
using namespace fuzz;

namespace {

// --- URLs [RFC 6455 3] ---

void read_url(const std::string& text) {
  const http::url_result read = http::parse_url(text);
  require(read.value.has_value() == read.why.empty(), "a URL, or why it is none");
  if (!read.value) return;
  const http::url& to       = *read.value;
  const std::string scheme  = text.substr(0, text.find(':'));
  const std::string rest    = text.substr(scheme.size() + 3);
  const std::string between = rest.substr(0, rest.find_first_of("/?"));
  require(to.secure == (scheme.back() == 's' || scheme.back() == 'S') || scheme.size() == 2,
          "TLS is what the scheme says");
  require(to.port != 0, "there is a port");
  require(!to.host.empty() && to.host.find_first_of(" /?#@[]%") == std::string::npos,
          "the host is a name or an address");
  require(between.find('@') == std::string::npos && text.find('#') == std::string::npos,
          "no user, no fragment");
  require(http::is_request_target(to.target) && http::is_host_field(to.host_field),
          "what stands in the request may stand there");
  const std::size_t path = text.size() - rest.size() + between.size();
  require(to.target == text.substr(path) || to.target == "/" + text.substr(path),
          "the target is what follows the host");

  const std::string again = (to.secure ? "wss://" : "ws://") + to.host_field + to.target;
  require(http::parse_url(again).value == read.value, "written and read again it is the same");

  const protocol::client_opening client(to, {}, {});
  protocol::server_opening server;
  std::size_t used = 0;
  require(server.receive(as_bytes(client.request()), used) ==
                  protocol::server_opening::verdict::acceptable &&
              used == client.request().size(),
          "a server accepts the request for it");
  require(server.request().target == to.target, "a server is told the target");
}

// --- text [RFC 6455 8.1] and masks [5.3] ---

void read_text(const std::string& text, unsigned seed) {
  const int lacks = utf8_lacks(text);
  const auto key  = static_cast<wire::mask_key>(seed * 0x9E3779B9u);
  own_copy plain(text);
  require(wire::is_utf8(plain.span().data(), text.size()) == (lacks == 0),
          "UTF-8 is what the grammar says");

  std::string masked = text;
  for (std::size_t i = 0; i < text.size(); ++i)
    masked[i] = static_cast<char>(text[i] ^ reinterpret_cast<const char*>(&key)[i % 4]);
  own_copy whole(masked);
  const bool valid = wire::unmask_utf8_whole(whole.span().data(), text.size(), key);
  require(valid == (lacks == 0), "masked it is the same");
  require(!valid || as_text(whole.span()) == text, "and it is unmasked");

  own_copy there(text);
  wire::apply_mask(there.span().data(), text.size(), key);
  require(as_text(there.span()) == masked, "a mask is applied byte by byte");
  own_copy other(text);
  wire::copy_masked(other.span().data(), plain.span().data(), text.size(), key);
  require(as_text(other.span()) == masked, "and while it is copied");

  for (cuts::kind how : cuts::all) {
    cuts cut(how, seed);
    wire::utf8_state state, state_masked;
    wire::mask_key at_key = key;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t n = cut.next(text.size() - at);
      own_copy piece(text.substr(at, n)), piece_masked(masked.substr(at, n));
      const bool ok        = wire::utf8_feed(state, piece.span().data(), n);
      const bool ok_masked = wire::unmask_utf8(state_masked, piece_masked.span().data(), n, at_key);
      at += n;
      at_key           = wire::rotated(at_key, n);
      const int so_far = utf8_lacks(text.substr(0, at));
      require(ok == (so_far >= 0) && ok_masked == ok, "a piece that cannot be is seen at once");
      require(
          !ok || (state.complete() == (so_far == 0) && state_masked.complete() == (so_far == 0)),
          "where a character ends is known");
      require(!ok || as_text(piece_masked.span()) == text.substr(at - n, n), "a piece is unmasked");
      if (!ok) break;
    }
  }
}

// --- closes [RFC 6455 5.5.1, 7.4] ---

void read_close(std::uint16_t code, const std::string& reason) {
  for (role from : {role::client, role::server}) {
    const error e   = protocol::check_close(close_code(code), reason, from);
    const bool fits = reason.size() <= 123 && utf8_lacks(reason) == 0;
    require((e == error::none) == (may_send(code, from) && fits), "close() takes what may be sent");
    require(!may_send(code, from) || is_code_on_the_wire(code), "what may be sent may be received");
  }
  require(may_receive(code) == is_code_on_the_wire(code), "the codes are those of the registry");
  const std::string_view cut = truncate_reason(reason);
  require(cut.size() <= 123 && reason.starts_with(cut) && utf8_lacks(cut) == 0,
          "a reason that is cut may be sent");
  require(utf8_lacks(reason) != 0 || reason.size() > 123 || cut == reason,
          "no more is cut than has to be");
  require(utf8_lacks(reason) != 0 || reason.size() <= 123 || cut.size() >= 120,
          "no more is cut than a character");
}

// --- lists [RFC 6455 9.1] and dates [RFC 9110 5.6.7] ---

void read_list(const std::string& text) {
  if (const auto tokens = http::token_list(text)) {
    std::string again;
    for (const std::string& t : *tokens) {
      require(http::is_token(t) && http::has_token(text, t), "a list has its tokens");
      again += t + ",";
    }
    require(http::token_list(again) == tokens, "a list written and read again is the same");
  }
  if (const auto extensions = http::extension_list(text)) {
    std::string again;
    for (const http::extension& e : *extensions) {
      again += (again.empty() ? "" : ", ") + e.name;
      for (const auto& [name, value] : e.parameters)
        again += "; " + name + (value ? "=\"" + *value + '"' : "");
    }
    require(http::extension_list(again) == extensions, "extensions are the same in quotes");
  }
}

void read_date(const std::string& text) {
  using namespace std::chrono;
  const sys_seconds now = sys_days(2026y / November / 25d);
  const auto read       = http::parse_date(text, now);
  if (!read || text.find(":60") != std::string::npos) return;  // a leap second is the next day's
  const year_month_day day(floor<days>(*read));
  require(day.ok() && day.year() >= 0y && day.year() <= 9999y, "a date is one of the calendar");
  char number[3] = {};
  std::snprintf(number, sizeof number, "%02u", static_cast<unsigned>(day.day()) % 100);
  const std::string blank{' ', number[1]};
  require(text.find(number) != std::string::npos || text.find(blank) != std::string::npos,
          "the day is the one that stands there");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input in(data, size);
  const unsigned what = in.byte(), seed = in.byte(), code = in.byte() % 20 * 256 + seed;
  const std::string text(in.rest());
  switch (what % 5) {
    case 0: read_url(text); break;
    case 1: read_text(text, seed); break;
    case 2: read_close(static_cast<std::uint16_t>(code), text); break;
    case 3: read_list(text); break;
    default: read_date(text);
  }
  return 0;
}
