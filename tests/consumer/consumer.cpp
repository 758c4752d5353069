// A program outside the tree that touches all of the interface, with callbacks and coroutines: what
// it calls has to be exported by a shared library, what it catches has to be the type thrown there.
// Knows only what is installed.
#include <adieu/adieu.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>

namespace asio = boost::asio;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "consumer: %s\n", what);
  std::exit(1);
}

struct tally {
  int messages = 0;
};

void the_functions() {
  require(name(adieu::close_code::normal) == "normal", "name(close_code)");
  require(!explain(adieu::close_code::policy_violation).advice.empty(), "explain(close_code)");
  require(name(adieu::cause::reset) == "reset", "name(cause)");
  require(name(adieu::phase::flushing) == "flushing", "name(phase)");
  require(name(adieu::initiator::both) == "both", "name(initiator)");
  require(name(adieu::ready_state::open) == "open", "name(ready_state)");
  require(adieu::truncate_reason(std::string(200, 'x')).size() == adieu::max_reason, "truncate");
  require(!explain(adieu::error::not_open).empty(), "explain(error)");
  require(!explain(adieu::ending{}).empty(), "explain(ending)");
  require(to_string(adieu::endpoint{"::1", 80}) == "[::1]:80", "to_string(endpoint)");
}

void the_exceptions(asio::io_context& io) {
  try {
    adieu::websocket nowhere(io, "ftp://example.com/");
    require(false, "bad_url is thrown");
  } catch (const adieu::system_error& thrown) {
    require(thrown.code() == adieu::error::bad_url, "bad_url");
    require(&thrown.code().category() == &adieu::error_category(), "one category");
  }
  adieu::websocket none;
  require(none.send("x") == adieu::error::not_open, "not_open");
  require(none.state() == adieu::ready_state::closed && !none.close(), "a default websocket");
}

asio::awaitable<void> talk(adieu::websocket ws) {  // the server's side, taken over
  while (auto incoming = co_await ws.async_receive()) co_await ws.async_send(std::move(*incoming));
  const adieu::close_event event = co_await ws.async_closed();
  require(event.was_clean, "the server's end is clean");
}

asio::awaitable<void> coroutine_client(adieu::websocket ws, adieu::server& server) {
  co_await ws.async_opened();
  require(ws.subprotocol() == "echo" && ws.remote_endpoint().port == server.port(), "the opening");
  co_await ws.async_send("hello");
  const auto answer = co_await ws.async_receive();
  require(answer && answer->text() == "hello" && answer->is_text(), "the answer");
  require((co_await ws.async_ping()).count() > 0, "the round-trip time");
  require(ws.buffered_amount() == 0, "buffered_amount");
  const adieu::close_event event = co_await ws.async_close(4001, "done");
  require(event.was_clean && event.code == 4001 && ws.closed()->code == 4001, "the close event");
  adieu::websocket refused(ws.get_executor(),
                           "ws://127.0.0.1:" + std::to_string(server.port()) + "/no");
  try {
    co_await refused.async_opened();
    require(false, "a refused opening is an exception");
  } catch (const adieu::system_error& thrown) {
    require(thrown.code() == adieu::cause::refused, "refused");
  }
  require(refused.closed()->http_status == 404, "the status");
  const auto report = co_await server.async_shutdown();
  require(report.terminated == 0, "all ended cleanly");
}

int main() {
  the_functions();
  asio::io_context io;
  the_exceptions(io);

  int refusals = 0;
  adieu::server server(
      io, {.subprotocols = {"echo"}},
      {
          .on_opening =
              [](const adieu::opening_request& request, adieu::opening_reply reply) {
                if (request.path() == "/no") return reply.refuse({.status = 404});
                require(request.header("host").starts_with("127.0.0.1:"), "header()");
                reply.data<tally>().messages = 0;
                reply.accept({.subprotocol = request.subprotocols.empty() ? "" : "echo"});
              },
          .on_refused = [&](const adieu::refusal& why) { refusals += why.status == 404 ? 1 : 0; },
          .on_open =
              [&](adieu::websocket& ws) {
                if (ws.subprotocol() == "echo")
                  asio::co_spawn(io, talk(std::move(ws)), [](std::exception_ptr thrown) {
                    if (thrown) std::rethrow_exception(thrown);
                  });
              },
          .on_message =
              [](adieu::websocket& ws, adieu::message_view incoming) {
                ++ws.data<tally>().messages;
                ws.send(incoming);
              },
          .on_closing =
              [](adieu::websocket&, adieu::closing_reply reply) {
                reply.send(std::to_string(reply.code()) + std::string(reply.reason()));
                reply.finish();
              },
      });
  const std::string url = "ws://127.0.0.1:" + std::to_string(server.port()) + "/";

  std::string last;
  bool ended = false;
  std::thread other;
  adieu::websocket client(
      io, url, {.connection = {.low_water = 1024}},
      {
          .on_open =
              [&](adieu::websocket& ws) {
                ws.pause_reading();
                ws.resume_reading();
                other = std::thread([ref = ws.ref()] { ref.send("from another thread"); });
              },
          .on_message =
              [&](adieu::websocket& ws, adieu::message_view incoming) {
                last = incoming.text();
                if (last == "from another thread") ws.ref().close(1000, "bye");
              },
          .on_close =
              [&](adieu::websocket&, const adieu::close_event& event) {
                ended = event.was_clean && event.initiator == adieu::initiator::local;
                server.for_each([](adieu::websocket&) {});
                asio::co_spawn(io, coroutine_client({io, url, {.subprotocols = {"echo"}}}, server),
                               [](std::exception_ptr thrown) {
                                 if (thrown) std::rethrow_exception(thrown);
                               });
              },
      });
  io.run();
  other.join();
  require(ended && last == "1000bye", "last words");
  require(refusals == 1 && server.connections() == 0, "the server's counts");
  std::puts("consumer: " ADIEU_VERSION);
}
