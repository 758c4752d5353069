// Both sides of the opening: a server reads a request, a client an answer; any bytes, or lines that
// the input chooses. However the bytes were cut the verdict is the same, and what is accepted keeps
// every rule of RFC 6455 4, read once more and more simply here. What a server answers, its client
// accepts.
#include "input.hpp"

#include "http/url.hpp"
#include "protocol/client_opening.hpp"
#include "protocol/server_opening.hpp"

#include <array>
#include <cctype>
#include <openssl/evp.h>
#include <optional>
#include <vector>

using namespace adieu;
using namespace fuzz;

namespace {

// --- an opening, read simply ---

std::string lower(std::string s) {
  for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return s;
}
std::string trimmed(const std::string& s) {
  const std::size_t from = s.find_first_not_of(" \t"), to = s.find_last_not_of(" \t");
  return from == std::string::npos ? "" : s.substr(from, to - from + 1);
}
std::vector<std::string> split(const std::string& s, const std::string& at) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t to; (to = s.find(at, from)) != std::string::npos; from = to + at.size())
    parts.push_back(s.substr(from, to - from));
  parts.push_back(s.substr(from));
  return parts;
}

struct head {
  std::vector<std::string> first;  // the words of the first line
  std::vector<std::pair<std::string, std::string>> fields;

  std::vector<std::string> values(const std::string& name) const {
    std::vector<std::string> all;
    for (const auto& [n, v] : fields)
      if (n == name) all.push_back(v);
    return all;
  }
  bool lists(const std::string& name, const std::string& token) const {
    for (const std::string& v : values(name))
      for (const std::string& element : split(v, ","))
        if (lower(trimmed(element)) == token) return true;
    return false;
  }
};

head read_simply(const std::string& bytes) {
  require(bytes.ends_with("\r\n\r\n"), "a head ends in an empty line");
  require(bytes.size() <= 16 * 1024, "a head has at most 16 KiB");
  std::vector<std::string> lines = split(bytes.substr(0, bytes.size() - 4), "\r\n");
  require(lines.size() <= 129, "a head has at most 128 fields");
  head h;
  h.first = split(lines.front(), " ");
  for (const std::string& line : lines)
    for (const char c : line) {
      const auto b = static_cast<unsigned char>(c);
      require((b >= 0x20 || c == '\t') && b != 0x7F, "a head has no control characters");
    }
  lines.erase(lines.begin());
  for (const std::string& line : lines) {
    const std::size_t colon = line.find(':');
    require(colon != std::string::npos && colon != 0, "a field has a name and a colon");
    const std::string name = line.substr(0, colon);
    require(name.find_first_of("\"(),/:;<=>?@[\\]{} \t") == std::string::npos,
            "a field's name is a token");
    h.fields.emplace_back(lower(name), trimmed(line.substr(colon + 1)));
  }
  return h;
}

std::string base64(const unsigned char* bytes, int size) {
  std::string text(4 * ((static_cast<std::size_t>(size) + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, size);
  text.pop_back();
  return text;
}
std::string accept_for(const std::string& key) {
  const std::string hashed = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char sha1[20];
  EVP_Digest(hashed.data(), hashed.size(), sha1, nullptr, EVP_sha1(), nullptr);
  return base64(sha1, sizeof sha1);
}

// What an answer may be instead: lines that end in LF, fields that are folded. [RFC 9112 2.2, 5.2]
std::string as_it_should_be(std::string head) {
  std::string lines;
  for (std::size_t i = 0; i < head.size(); ++i)
    if (head[i] != '\r' || head[i + 1] != '\n') lines += head[i];
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i] == '\n' && (lines[i + 1] == ' ' || lines[i + 1] == '\t')) lines[i] = ' ';
  std::string out;
  for (const char c : lines) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

// [4.2.1]
void keeps_the_rules_of_a_request(std::string bytes, const http::request_head& told) {
  if (bytes.starts_with("\r\n")) bytes.erase(0, 2);  // [RFC 9112 2.2]
  const head h = read_simply(bytes);
  require(h.first.size() == 3 && h.first[0] == "GET" && h.first[2] == "HTTP/1.1",
          "a request is a GET of HTTP/1.1");
  const auto host = h.values("host"), key = h.values("sec-websocket-key");
  require(host.size() == 1, "a request has one Host");
  std::string named = host[0], target = h.first[1];
  if (const auto slashes = target.find("://"); target[0] != '/') {  // [RFC 9112 3.2.2]
    const std::string scheme = lower(target.substr(0, slashes));
    require(scheme == "http" || scheme == "https" || scheme == "ws" || scheme == "wss",
            "a target is a path or a URL of HTTP or of WebSocket");
    target.erase(0, slashes + 3);
    named = target.substr(0, target.find_first_of("/?"));
    target.erase(0, named.size());
    if (target[0] != '/') target = "/" + target;
  }
  require(!named.empty() && named[0] != ':', "a request names one host");
  require(told.target == target && *told.headers.find("Host") == named,
          "path, query and host are told");
  require(h.lists("upgrade", "websocket"), "a request upgrades to websocket");
  require(h.lists("connection", "upgrade"), "a request's Connection says upgrade");
  require(h.values("sec-websocket-version") == std::vector<std::string>{"13"}, "the version is 13");
  require(key.size() == 1 && key[0].size() == 24 && key[0].ends_with("=="),
          "a key has 24 characters");
  unsigned char decoded[18];
  require(EVP_DecodeBlock(decoded, reinterpret_cast<const unsigned char*>(key[0].data()), 24) == 18,
          "a key is base64");
  for (const std::string& n : h.values("content-length"))
    require(n.find_first_not_of("0 ,") == std::string::npos, "an opening has no body");
  require(h.values("transfer-encoding").empty(), "an opening has no body that is coded");
}

// [4.1]
void keeps_the_rules_of_an_answer(const std::string& bytes, const std::string& key,
                                  const std::vector<std::string>& offered,
                                  const std::string& chosen) {
  const head h = read_simply(bytes);
  require(h.first.size() >= 2 && h.first[0] == "HTTP/1.1" && h.first[1] == "101",
          "an answer that opens is a 101 of HTTP/1.1");
  const auto upgrade = h.values("upgrade"), accept = h.values("sec-websocket-accept"),
             protocol = h.values("sec-websocket-protocol");
  require(upgrade.size() == 1 && lower(upgrade[0]) == "websocket", "it upgrades to websocket");
  require(h.lists("connection", "upgrade"), "its Connection says upgrade");
  require(accept == std::vector<std::string>{accept_for(key)}, "it has the one right Accept");
  require(protocol.size() <= 1, "it chooses one subprotocol at most");
  require(chosen == (protocol.empty() ? "" : protocol[0]), "the subprotocol is the one it chose");
  if (!protocol.empty())
    require(std::find(offered.begin(), offered.end(), protocol[0]) != offered.end(),
            "the subprotocol was offered");
  for (const std::string& e : h.values("sec-websocket-extensions")) {
    require(e.empty() || lower(e).find("permessage-deflate") != std::string::npos ||
                e.find_first_not_of(" ,\t") == std::string::npos,
            "no extension but the one offered");
  }
}

// --- any bytes, in pieces ---

template <typename Opening>
struct read_so_far {
  Opening opening;
  typename Opening::verdict verdict = Opening::verdict::incomplete;
  std::size_t used                  = 0;
};

template <typename Opening>
read_so_far<Opening> fed(Opening opening, std::string_view bytes, cuts cut) {
  constexpr auto incomplete = Opening::verdict::incomplete;
  read_so_far<Opening> r{std::move(opening)};
  while (r.used < bytes.size() && r.verdict == incomplete) {
    own_copy next(bytes.substr(r.used, cut.next(bytes.size() - r.used)));
    std::size_t taken = 0;
    r.verdict         = r.opening.receive(next.span(), taken);
    require(taken <= next.span().size(), "no more is used than was given");
    require(r.verdict != incomplete || taken == next.span().size(),
            "an incomplete head uses all that was given");
    r.used += taken;
  }
  return r;
}

template <typename Opening>
read_so_far<Opening> agreed(const Opening& fresh, std::string_view bytes, unsigned seed) {
  auto whole = fed(fresh, bytes, {cuts::kind::none, seed});
  for (cuts::kind how : {cuts::kind::every_byte, cuts::kind::anywhere}) {
    const auto cut = fed(fresh, bytes, {how, seed});
    require(cut.verdict == whole.verdict, "cut in other places, the verdict is the same");
    require(cut.used == whole.used, "cut in other places, the same bytes are used");
    require(cut.opening.status() == whole.opening.status(), "and the status is the same");
    require(cut.opening.why() == whole.opening.why(), "and so is the reason");
  }
  return whole;
}

// --- the two sides ---

const http::url& somewhere() {
  static const http::url to = *http::parse_url("ws://127.0.0.1/").value;
  return to;
}

std::optional<std::array<std::byte, 16>> bytes_of(const std::string& key) {
  unsigned char decoded[18];
  if (EVP_DecodeBlock(decoded, reinterpret_cast<const unsigned char*>(key.data()), 24) != 18)
    return {};
  std::array<std::byte, 16> bytes;
  std::memcpy(bytes.data(), decoded, 16);
  if (base64(decoded, 16) != key) return {};  // stray bits: another key, written by nobody
  return bytes;
}

void server_reads(std::string_view bytes, unsigned seed) {
  using verdict = protocol::server_opening::verdict;
  const auto r  = agreed(protocol::server_opening(), bytes, seed);
  if (r.verdict == verdict::incomplete) return;
  if (r.verdict == verdict::refused) {
    const std::string answer = r.opening.refusal(std::chrono::system_clock::time_point());
    const std::size_t end    = answer.find("\r\n\r\n") + 4;
    const bool asks_for_head = bytes.substr(bytes.starts_with("\r\n") ? 2 : 0).starts_with("HEAD ");
    require((end == answer.size()) == asks_for_head, "only HEAD is answered without a body");
    http::response_reader reader;
    std::size_t used = 0;
    require(
        reader.feed(as_bytes(answer).data(), answer.size(), used) == http::head_status::complete,
        "a refusal is an answer");
    require(reader.head().status == r.opening.status() && r.opening.status() >= 400,
            "a refusal has the status of what is wrong");
    return;
  }
  keeps_the_rules_of_a_request(std::string(bytes.substr(0, r.used)), r.opening.request());

  const std::string& key = *r.opening.request().headers.find("Sec-WebSocket-Key");
  deflate_options deflate;
  if (seed & 1) deflate = {.server_context_takeover = true, .server_max_window_bits = 9};
  const protocol::deflate_answer extension = r.opening.deflate(deflate);
  const auto& offered                      = r.opening.subprotocols();
  const std::string chosen                 = offered.empty() ? "" : offered.back();
  const std::string answer                 = r.opening.acceptance(chosen, {}, extension.element);
  keeps_the_rules_of_an_answer(answer, key, offered, chosen);

  const auto raw = bytes_of(key);
  if (!raw || !extension.element.empty()) return;
  const protocol::client_opening asking(somewhere(), {.subprotocols = offered}, *raw);
  const auto back = fed(asking, answer, {cuts::kind::none, 0});
  require(back.verdict == protocol::client_opening::verdict::open, "a client accepts the answer");
  require(back.opening.subprotocol() == chosen, "a client is told the subprotocol");
}

void client_reads(std::string_view bytes, unsigned seed) {
  using verdict = protocol::client_opening::verdict;
  websocket_options options{.subprotocols = {"chat", "superchat"}};
  if (seed & 1) options.connection.deflate.enabled = false;
  if (seed & 2) options.connection.deflate.client_max_window_bits = 10;
  if (seed & 4) options.connection.deflate.server_context_takeover = true;
  const protocol::client_opening asking(somewhere(), options, {});
  const auto r = agreed(asking, bytes, seed);
  if (r.verdict == verdict::incomplete) return;
  const auto after = r.opening.retry_after(std::chrono::system_clock::time_point());
  require(!after || (after->count() >= 0 && after->count() <= 86'400),
          "Retry-After is within a day");
  if (r.verdict == verdict::refused)
    return require(!r.opening.why().empty(), "a refusal has a reason");

  // Answers 1xx may come before it.
  std::string head = as_it_should_be(std::string(bytes.substr(0, r.used)));
  for (std::size_t end; (end = head.find("\r\n\r\n")) + 4 != head.size();) head.erase(0, end + 4);
  keeps_the_rules_of_an_answer(head, "AAAAAAAAAAAAAAAAAAAAAA==", options.subprotocols,
                               r.opening.subprotocol());
  const protocol::deflate_agreement d = r.opening.deflate();
  require(!d.on || options.connection.deflate.enabled, "compression only if it was offered");
  require(!d.our_takeover, "no takeover of ours that was not wanted");
  require(!d.on || (d.our_window_bits & 15) <= ((seed & 2) ? 10u : 15u),
          "no wider window than was offered");
}

// --- lines that the input chooses ---

struct choice {
  std::string_view line;
  bool right;
};

std::string chosen_lines(input& in, bool& right) {
  static constexpr choice first[] = {
      {"GET / HTTP/1.1", true},          {"GET /chat?a=b HTTP/1.1", true},
      {"GET http://a/b HTTP/1.1", true}, {"POST / HTTP/1.1", false},
      {"get / HTTP/1.1", false},         {"GET / HTTP/1.0", false},
      {"GET * HTTP/1.1", false},         {"GET  / HTTP/1.1", false},
      {"\r\nGET / HTTP/1.1", true},      {"GET ws://[::1]:9001?a HTTP/1.1", true},
      {"HEAD / HTTP/1.1", false},        {"GET ftp://a/ HTTP/1.1", false}};
  static constexpr choice hosts[]       = {{"Host: a\r\n", true},
                                           {"host: [::1]:9001\r\n", true},
                                           {"HOST:a.example:80\r\n", true},
                                           {"Host: \r\n", false},
                                           {"Host: a\r\nHost: a\r\n", false},
                                           {"Host: a b\r\n", false},
                                           {"Host: a:99999\r\n", false},
                                           {"", false}};
  static constexpr choice upgrades[]    = {{"Upgrade: websocket\r\n", true},
                                           {"Upgrade: h2c, WebSocket\r\n", true},
                                           {"Upgrade: h2c\r\nUpgrade: websocket\r\n", true},
                                           {"Upgrade: websockets\r\n", false},
                                           {"Upgrade: \"websocket\"\r\n", false},
                                           {"", false}};
  static constexpr choice connections[] = {
      {"Connection: Upgrade\r\n", true},
      {"Connection: keep-alive, upgrade\r\n", true},
      {"Connection: keep-alive\r\nConnection: UPGRADE\r\n", true},
      {"Connection: close\r\n", false},
      {"Connection:\r\n", false},
      {"", false}};
  static constexpr choice versions[] = {
      {"Sec-WebSocket-Version: 13\r\n", true},
      {"sec-websocket-version:  13 \r\n", true},
      {"Sec-WebSocket-Version: 8, 13\r\n", false},
      {"Sec-WebSocket-Version: 013\r\n", false},
      {"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n", false},
      {"", false}};
  static constexpr choice keys[]   = {{"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", true},
                                      {"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", true},
                                      {"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA\r\n", false},
                                      {"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAA===\r\n", false},
                                      {"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAA\r\n", false},
                                      {"Sec-WebSocket-Key: -AAAAAAAAAAAAAAAAAAAAA==\r\n", false},
                                      {"", false}};
  static constexpr choice others[] = {{"", true},
                                      {"Origin: http://a\r\n", true},
                                      {"Content-Length: 0\r\n", true},
                                      {"Sec-WebSocket-Protocol: chat, superchat\r\n", true},
                                      {"Sec-WebSocket-Extensions: permessage-deflate\r\n", true},
                                      {"Sec-WebSocket-Extensions: x; y=\"z\", permessage-deflate; "
                                       "client_max_window_bits\r\n",
                                       true},
                                      {"X:\t\xC3\xBC \r\n", true},
                                      {"Content-Length: 1\r\n", false},
                                      {"Transfer-Encoding: chunked\r\n", false},
                                      {"Sec-WebSocket-Protocol: a b\r\n", false},
                                      {"Sec-WebSocket-Extensions: ;\r\n", false},
                                      {"X : y\r\n", false},
                                      {" folded: y\r\n", false},
                                      {"X: a\x01z\r\n", false},
                                      {"X: a\nY: b\r\n", false},
                                      {"nothing\r\n", false}};
  std::vector<choice> all          = {in.of(hosts),    in.of(upgrades), in.of(connections),
                                      in.of(versions), in.of(keys),     in.of(others)};
  const choice start               = in.of(first);
  std::string lines                = std::string(start.line) + "\r\n";
  right                            = start.right;
  const bool has_authority         = start.line.find("://") != std::string_view::npos;
  while (!all.empty()) {  // in any order
    const auto next = all.begin() + static_cast<std::ptrdiff_t>(in.byte() % all.size());
    right           = right && (next->right || (has_authority && next->line == "Host: \r\n"));
    lines += next->line;
    all.erase(next);
  }
  return lines + "\r\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input in(data, size);
  const unsigned how = in.byte();
  switch (how % 4) {
    case 0: server_reads(in.rest(), how / 4); break;
    case 1: client_reads(in.rest(), how / 4); break;
    default: {
      bool right           = false;
      std::string head     = chosen_lines(in, right);
      const std::size_t to = head.size();
      head += in.rest();  // frames
      server_reads(head, how / 4);
      const auto r = fed(protocol::server_opening(), head, {cuts::kind::none, 0});
      require((r.verdict == protocol::server_opening::verdict::acceptable) == right,
              "a request is accepted if it keeps the rules, and only then");
      require(!right || r.used == to, "frames behind the head are not touched");
    }
  }
  return 0;
}
