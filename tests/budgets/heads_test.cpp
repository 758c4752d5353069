// Heads that never end, have ten thousand fields, come byte by byte, or hold lists of a thousand
// extensions: refused at the limit, in linear time, with no more memory than the limit asks for.
#include "budgets/costs.hpp"
#include "http/accept_key.hpp"
#include "protocol/client_opening.hpp"
#include "protocol/one_end.hpp"
#include "protocol/server_opening.hpp"

#include <algorithm>

namespace adieu::tests {
namespace {

using namespace protocol;

enum class came_to { incomplete, accepted, refused };

/// One side's reader of heads, weighed.
class reader {
 public:
  explicit reader(role side) : side_(side) {
    if (side == role::client)
      client_.emplace(http::parse_url("ws://host/").value.value(), websocket_options(),
                      std::array<std::byte, 16>{});
    memory = scale();
  }
  /// Feeds pieces until there is a verdict; `taken`: how many bytes that took.
  came_to reads(std::string_view bytes, std::size_t piece) {
    came_to how = came_to::incomplete;
    for (; !bytes.empty() && how == came_to::incomplete;
         bytes.remove_prefix(std::min(piece, bytes.size()))) {
      const auto on    = scale::weighing();
      const auto some  = std::as_bytes(std::span(bytes.substr(0, piece)));
      std::size_t used = 0;
      how              = side_ == role::server ? judged(server_.receive(some, used))
                                               : judged(client_->receive(some, used));
      taken += how == came_to::incomplete ? some.size() : used;
      memory.held();
    }
    return how;
  }
  unsigned status() const { return server_.status(); }

  std::size_t taken = 0;
  scale memory;

 private:
  static came_to judged(server_opening::verdict v) {
    return v == server_opening::verdict::incomplete   ? came_to::incomplete
           : v == server_opening::verdict::acceptable ? came_to::accepted
                                                      : came_to::refused;
  }
  static came_to judged(client_opening::verdict v) {
    return v == client_opening::verdict::incomplete ? came_to::incomplete
           : v == client_opening::verdict::open     ? came_to::accepted
                                                    : came_to::refused;
  }

  role side_;
  server_opening server_;
  std::optional<client_opening> client_;
};

constexpr std::size_t limit = 16 * 1024;

class HeadBudgets : public ::testing::TestWithParam<role> {
 protected:
  /// All of a right head but the empty line.
  static std::string begun() {
    if (GetParam() == role::server)
      return "GET / HTTP/1.1\r\nHost: host\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           http::accept_key("AAAAAAAAAAAAAAAAAAAAAA==") + "\r\n";
  }
  static std::string fields(std::size_t n) {
    std::string all;
    for (std::size_t i = 0; i < n; ++i) all += "X-" + std::to_string(i) + ": v\r\n";
    return all;
  }
  static std::string list_of(std::size_t n, const std::string& element) {
    std::string all;
    for (std::size_t i = 0; i < n; ++i) all += (i == 0 ? "" : ",") + element;
    return all;
  }
  static const char* start() { return GetParam() == role::server ? "GET /" : "HTTP/1.1 101 "; }
};
INSTANTIATE_TEST_SUITE_P(ends, HeadBudgets, ::testing::ValuesIn(both_roles),
                         [](const auto& p) { return std::string(name(p.param)); });

TEST_P(HeadBudgets, end_refuses_a_head_without_end_at_its_limit) {
  const std::string endless(1 << 20, 'a');
  for (const std::string& head :
       {start() + endless, begun() + endless, begun() + "X: " + endless, begun() + fields(100'000),
        begun() + "X: a\r\n" + list_of(1, " folded") + endless})
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, head.size()}) {
      reader r(GetParam());
      EXPECT_EQ(r.reads(head, piece), came_to::refused) << head.substr(0, 300);
      EXPECT_LE(r.taken, limit);
      EXPECT_LE(r.memory.most(), 64 * 1024);
    }
}

TEST_P(HeadBudgets, end_refuses_ten_thousand_fields_at_the_129th) {
  const std::string head = begun() + fields(10'000) + "\r\n";
  const auto own =
      std::count(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(begun().size()), '\n') -
      1;
  reader r(GetParam());
  EXPECT_EQ(r.reads(head, head.size()), came_to::refused);
  EXPECT_LE(r.taken, begun().size() + fields(static_cast<std::size_t>(129 - own)).size());
  EXPECT_EQ(r.status(), GetParam() == role::server ? 431u : 0u);
  EXPECT_LE(r.memory.most(), 64 * 1024);
}

TEST_P(HeadBudgets, end_reads_a_head_byte_by_byte_in_linear_time) {
  expect_linear(900, [&](std::size_t n) {
    for (int i = 0; i < 20; ++i) {
      reader r(GetParam());
      EXPECT_EQ(r.reads(begun() + "X: " + std::string(n, 'x') + "\r\n\r\n", 1), came_to::accepted);
      EXPECT_LE(r.memory.most(), static_cast<std::int64_t>(4 * n + 16 * 1024));
    }
  });
}

// Their grammar has quotes, backslashes and commas to trip over. [RFC 6455 9.1]
TEST_P(HeadBudgets, end_reads_lists_of_a_thousand_elements_in_linear_time) {
  for (const char* field : {"Sec-WebSocket-Extensions: ", "Sec-WebSocket-Protocol: "})
    for (const std::string element : {"permessage-deflate", "a;b", "a;b=\"c\"", "a;b=\"\\c\"",
                                      "a;b=\"", "\"", "\\\"", ";", "="}) {
      expect_linear(40, [&](std::size_t n) {
        for (int i = 0; i < 20; ++i) {
          reader r(GetParam());
          EXPECT_NE(r.reads(begun() + field + list_of(n, element) + "\r\n\r\n", 1 << 20),
                    came_to::incomplete);
          EXPECT_LE(r.memory.most(), 512 * 1024) << n << ' ' << element;
        }
      });
    }
}

TEST_P(HeadBudgets, end_judges_any_number_of_extensions) {
  for (const std::size_t n : {0u, 1u, 2u, 1000u}) {
    const std::string list = n == 0 ? "" : "Sec-WebSocket-Extensions: " + list_of(n, "x") + "\r\n";
    reader r(GetParam());
    // A client has offered none of these; a server need not take any.
    const bool taken = n == 0 || GetParam() == role::server;
    const bool told  = n <= http::list_limit;
    EXPECT_EQ(r.reads(begun() + list + "\r\n", 1 << 20),
              taken && (told || GetParam() == role::client) ? came_to::accepted : came_to::refused)
        << n;
  }
}

TEST_P(HeadBudgets, end_takes_the_bytes_of_the_head_and_not_one_more) {
  const std::string head = begun() + "\r\n";
  for (std::size_t cut = 0; cut <= head.size(); ++cut) {
    reader r(GetParam());
    const came_to first = r.reads(head.substr(0, cut), cut + 1);
    EXPECT_EQ(first, cut == head.size() ? came_to::accepted : came_to::incomplete);
    if (cut != head.size()) {
      EXPECT_EQ(r.reads(head.substr(cut) + "\x81\x01x", 1000), came_to::accepted);
    }
    EXPECT_EQ(r.taken, head.size()) << cut;
  }
}

}  // namespace
}  // namespace adieu::tests
