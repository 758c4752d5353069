// Every string that a caller supplies to an opening, with what could end a line in it: an error,
// and nothing of it on the wire. [RFC 9110 5.5, 9112 2.2]
#include "ledger.hpp"
#include "raw_peer.hpp"

#include <functional>

namespace adieu::tests {
namespace {

using asio::awaitable;
using namespace std::string_literals;

/// Put into the middle of a string.
struct poison {
  const char* called;
  std::string bytes;
};

const std::vector<poison>& poisons() {
  static const std::vector<poison> all = {
      {"CR", "\r"},
      {"LF", "\n"},
      {"CRLF", "\r\n"},
      {"NUL", "\0"s},
      {"a_field", "\r\nX-Injected: yes\r\n"},
      {"a_folded_line", "\r\n injected"},
      {"a_response", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"},
      {"a_vertical_tab", "\v"},
      {"DEL", "\x7F"},
  };
  return all;
}

class supplied_strings : public connection_test, public ::testing::WithParamInterface<poison> {
 protected:
  static std::string poisoned(const std::string& around = "in") {
    return around + GetParam().bytes + "jected";
  }
  template <typename Call>
  static void expect_refused(error with, Call call, const char* what) {
    try {
      call();
      ADD_FAILURE() << what << " was taken";
    } catch (const boost::system::system_error& e) {
      EXPECT_EQ(e.code(), with) << what;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(with, supplied_strings, ::testing::ValuesIn(poisons()),
                         [](const auto& p) { return std::string(p.param.called); });

TEST_P(supplied_strings, client_refuses_them_before_it_connects) {
  tcp::acceptor acceptor = listen_here(*io);
  acceptor.non_blocking(true);
  const std::string url = url_of(acceptor);
  const std::string bad = poisoned();
  const auto options    = [&](websocket_options o) {
    expect_refused(
           error::bad_option, [&] { websocket ws(*io, url, std::move(o)); }, "an option");
  };
  options({.headers = {{"X-Name", bad}}});
  options({.headers = {{bad, "value"}}});
  options({.headers = {{"X-Name", bad.substr(2)}}});
  options({.subprotocols = {bad}});
  options({.subprotocols = {"right", bad}});
  options({.origin = "http://" + bad});
  for (const std::string& wrong : {url + bad, url + "?" + bad, url + "#" + bad, bad + url,
                                   "ws://" + bad + "/", "ws://user" + bad + "@127.0.0.1/"})
    expect_refused(
        error::bad_url, [&] { websocket ws(*io, wrong); }, wrong.c_str());
  io->run_for(20ms);
  boost::system::error_code nobody;
  tcp::socket came(*io);
  acceptor.accept(came, nobody);
  EXPECT_EQ(nobody, asio::error::would_block) << "it has connected";
  acceptor.close();
  run();
}

TEST_P(supplied_strings, reconnecting_client_refuses_them_before_it_connects) {
  tcp::acceptor acceptor = listen_here(*io);
  acceptor.non_blocking(true);
  const std::string url = url_of(acceptor);
  const std::string bad = poisoned();
  expect_refused(
      error::bad_url, [&] { reconnecting_websocket r(*io, url + bad); }, "a URL");
  expect_refused(
      error::bad_option,
      [&] {
        reconnecting_websocket r(*io, url, {.websocket = {.headers = {{"Authorization", bad}}}});
      },
      "a header");
  int asked = 0;
  {
    reconnecting_websocket r(
        *io, url, {}, {.on_attempt = [&](reconnecting_websocket& client, attempt_reply reply) {
          ++asked;
          const auto refuses = [&](error with, attempt_changes changes) {
            expect_refused(
                with, [&] { reply.connect(std::move(changes)); }, "a change");
          };
          refuses(error::bad_url, {.url = url + bad});
          refuses(error::bad_option, {.headers = {{"Authorization", bad}}});
          refuses(error::bad_option, {.headers = {{bad, "x"}}});
          refuses(error::bad_option, {.subprotocols = {bad}});
          client.terminate();
        }});
    run_until([&] { return asked == 1; });
  }
  io->run_for(20ms);
  boost::system::error_code nobody;
  tcp::socket came(*io);
  acceptor.accept(came, nobody);
  EXPECT_EQ(nobody, asio::error::would_block) << "it has connected";
  acceptor.close();
  run();
}

TEST_P(supplied_strings, server_refuses_them_and_says_nothing_of_them) {
  const std::string bad                                    = poisoned();
  int asked                                                = 0;
  std::vector<std::function<void(opening_reply&)>> answers = {
      [&](opening_reply& r) { r.accept({.subprotocol = bad}); },
      [&](opening_reply& r) {
        r.accept({.headers = {{"X-Name", bad}}});
      },
      [&](opening_reply& r) {
        r.accept({.headers = {{bad, "value"}}});
      },
      [&](opening_reply& r) {
        r.refuse({.status = 401, .headers = {{"WWW-Authenticate", bad}}});
      },
      [&](opening_reply& r) {
        r.refuse({.status = 302, .headers = {{bad, "/"}}});
      },
  };
  serve({}, {.on_opening = [&](const opening_request&, opening_reply reply) {
          auto& answer = answers[static_cast<std::size_t>(asked++)];
          expect_refused(
              error::bad_option, [&] { answer(reply); }, "an answer");
        }});
  bool over = false;
  spawn([&]() -> awaitable<void> {
    for (std::size_t i = 0; i < answers.size(); ++i) {
      raw_peer peer = co_await raw_peer::connect(server_->port());
      co_await peer.send(raw_peer::request());
      std::string answer = co_await peer.read_head();
      for (std::string some; !(some = co_await peer.read_some()).empty();) answer += some;
      EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 503") << "dropped undecided";
      EXPECT_EQ(answer.find("jected"), std::string::npos) << answer;
    }
    over = true;
  });
  run_until([&] { return over; });
  stop_server();
  run();
}

// A body is counted and a reason lies in a frame: they may hold anything, and nothing comes of it.
TEST_P(supplied_strings, server_sends_bodies_and_both_send_reasons_as_they_are) {
  const std::string body = poisoned();
  bool over              = false;
  serve({}, {.on_opening =
                 [&](const opening_request& asked, opening_reply reply) {
                   if (asked.target == "/refused")
                     return reply.refuse({.status = 403, .body = body});
                   reply.accept();
                 },
             .on_open = [&](websocket& ws) { ws.close(close_code::policy_violation, body); }});
  spawn([&]() -> awaitable<void> {
    raw_peer refused = co_await raw_peer::connect(server_->port());
    co_await refused.send(raw_peer::request("/refused"));
    const std::string head = co_await refused.read_head();
    EXPECT_NE(head.find("Content-Length: " + std::to_string(body.size()) + "\r\n"),
              std::string::npos)
        << head;
    raw_peer closed = co_await raw_peer::connect(server_->port());
    co_await closed.ask_to_open();
    const sighting saw = co_await closed.read_frames(1);
    EXPECT_EQ(saw.frames.at(0).payload.substr(2), body);
    co_await closed.send(raw_close(1008, "", true));
    co_await closed.read_to_end();
    over = true;
  });
  run_until([&] { return over; });
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
