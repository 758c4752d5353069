// A request to open as its first line and its fields, what a server makes of it, and what every
// answer that refuses has to say. Only for the tests of a server's openings.
#pragma once

#include "protocol/server_opening.hpp"
#include "protocol/written_head.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace adieu::inline v1::protocol {

using verdict = server_opening::verdict;

struct request : written_head<request> {
  request()
      : written_head{"GET /chat?room=1 HTTP/1.1",
                     {{"Host", "example.com"},
                      {"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                      {"Sec-WebSocket-Version", "13"}}} {}
};

inline verdict read(server_opening& o, std::string_view bytes, std::size_t& used) {
  return o.receive(std::as_bytes(std::span(bytes.data(), bytes.size())), used);
}

// Sun, 06 Nov 1994 08:49:37.5 GMT
inline constexpr server_opening::wall_time now(std::chrono::milliseconds(784'111'777'500));

inline bool has_line(const std::string& answer, const std::string& line) {
  return answer.find("\r\n" + line + "\r\n") != std::string::npos;
}

// What every answer that refuses says in its head.
inline void expect_refusal(const std::string& answer, unsigned status) {
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << answer;
  EXPECT_TRUE(has_line(answer, "Date: Sun, 06 Nov 1994 08:49:37 GMT")) << answer;
  EXPECT_TRUE(has_line(answer, status == 426 ? "Connection: Upgrade, close" : "Connection: close"));
  EXPECT_EQ(has_line(answer, "Upgrade: websocket"), status == 426);
  EXPECT_EQ(has_line(answer, "Sec-WebSocket-Version: 13"), status == 426);
  EXPECT_EQ(has_line(answer, "Allow: GET"), status == 405);
}

// Given in whole, it is answered so.
inline std::string refused(const std::string& bytes, unsigned status) {
  server_opening o;
  std::size_t used = 0;
  EXPECT_EQ(read(o, bytes, used), verdict::refused) << bytes;
  EXPECT_EQ(o.status(), status) << bytes;
  EXPECT_FALSE(o.why().empty());
  const std::string answer = o.refusal(now);
  expect_refusal(answer, status);
  return answer;
}

inline void expect_refused(const std::string& bytes, unsigned status) {
  const std::string answer = refused(bytes, status);
  const auto body          = answer.find("\r\n\r\n") + 4;
  EXPECT_TRUE(has_line(answer, "Content-Length: " + std::to_string(answer.size() - body)));
  EXPECT_TRUE(has_line(answer, "Content-Type: text/plain; charset=utf-8"));
  EXPECT_GT(answer.size(), body);
}
inline void expect_refused(const request& r, unsigned status) { expect_refused(r.bytes(), status); }

}  // namespace adieu::inline v1::protocol
