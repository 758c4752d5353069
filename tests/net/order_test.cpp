// The order in which an application is told, where more comes within one turn of the loop. Knows no
// frames.
#include "ledger.hpp"
#include "raw_peer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace adieu::tests {
namespace {

using asio::awaitable;

class order : public connection_test {};

// A handler of another connection accepts the opening, and the next thing that the poller reports
// is that this client has gone; what it had said behind its request is there.
TEST_F(order, server_is_told_that_a_client_is_open_before_what_that_said_although_it_has_gone) {
  if (over_tls()) GTEST_SKIP() << "the bytes behind the request are plain ones";
  std::vector<std::string> told;
  std::optional<opening_reply> kept;
  server_handlers h;
  h.on_opening = [&](const opening_request& request, opening_reply reply) {
    if (request.target == "/later")
      kept.emplace(std::move(reply));
    else
      reply.accept();
  };
  h.on_open    = [&](websocket&) { told.push_back("open"); };
  h.on_message = [&](websocket&, message_view m) {
    told.emplace_back(m.text());
    if (kept && m.text() == "accept it") kept->accept();
  };
  h.on_close = [&](websocket&, const close_event&) { told.push_back("close"); };
  server s(*io, {}, std::move(h));
  bool over = false;
  spawn([&]() -> awaitable<void> {
    raw_peer one = co_await raw_peer::connect(s.port());
    co_await one.ask_to_open();
    raw_peer gone = co_await raw_peer::connect(s.port());
    co_await gone.send(raw_peer::request("/later") + raw_text("early", true));
    while (!kept) co_await pass(1ms);
    one.send_now(raw_text("accept it", true));
    gone.reset();
    while (told.size() < 5) co_await pass(1ms);
    one.close();
    over = true;
  });
  run_until([&] { return over; });
  EXPECT_EQ(told, (std::vector<std::string>{"open", "accept it", "open", "early", "close"}));
  s.async_shutdown({}, [](error_code, const shutdown_report&) {});
  run();
}

}  // namespace
}  // namespace adieu::tests
