// accepted: every form in which codes, reasons, messages, handlers and options may be given.
#include <adieu/adieu.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

void closing(adieu::websocket& ws, const adieu::close_event& event, std::uint16_t number, int n) {
  const std::string text        = "bye";
  char buffer[8]                = "bye";
  static constexpr char fixed[] = "bye";
  const char* pointer           = "bye";
  adieu::error_code ec;
  ws.close();
  ws.close(1000);
  ws.close(1001);  // a server's; a client is told at run time
  ws.close(4000u, "bye");
  ws.close(4000L, text);
  ws.close(static_cast<short>(3000), buffer);
  ws.close(4999, fixed);
  ws.close(4999, pointer);
  ws.close(4999, std::string_view(text));
  ws.close(4999, adieu::truncate_reason(text));
  ws.close(event.code, event.reason);
  ws.close(number);
  ws.close(adieu::close_code(n), text);
  ec = ws.close(adieu::close_code::normal, "gr\xc3\xbc\xc3\x9f");
  ws.close(adieu::close_code::abnormal);  // refused at run time
  ws.close(adieu::no_status);
  ws.close(1000, text + "!");
}

void sending(adieu::websocket& ws) {
  adieu::error_code ec;
  const std::string text = "text";
  const std::vector<std::byte> bytes(3);
  const std::vector<std::uint8_t> octets(3);
  const std::array<std::byte, 3> fixed{};
  ws.send("text");
  ws.send(text);
  ec = ws.send(std::string_view(text));
  ws.send(bytes);
  ws.send(octets);
  ws.send(std::span<const std::byte>(fixed));
  ws.send(std::span<const std::uint8_t>(octets));
  ws.send(adieu::message("text"));
  ws.send(adieu::message_view(adieu::message_type::binary, bytes));
  ws.ref().send("text");
  ws.ref().send(adieu::message(bytes));
}

boost::asio::awaitable<void> awaiting(adieu::websocket ws, adieu::server& server) {
  co_await ws.async_opened();
  co_await ws.async_opened(asio::use_awaitable);
  while (auto m = co_await ws.async_receive()) co_await ws.async_send(std::move(*m));
  co_await ws.async_send("text");
  co_await ws.async_send(std::string("text"), asio::use_awaitable);
  const std::chrono::steady_clock::duration took = co_await ws.async_ping();
  static_cast<void>(took);
  adieu::close_event event      = co_await ws.async_close();
  event                         = co_await ws.async_close(4000, "bye");
  event                         = co_await ws.async_closed();
  adieu::shutdown_report report = co_await server.async_shutdown();
  report = co_await server.async_shutdown({.code = 1012, .reason = "restart", .within = 5s});
  ws.async_close(4000, "bye", asio::detached);
}

struct owner {
  void on_open(adieu::websocket&) {}
};

void constructing(asio::io_context& io, owner& own) {
  adieu::websocket nothing;
  adieu::websocket plain(io, "ws://127.0.0.1/");
  adieu::websocket options(io.get_executor(), "ws://127.0.0.1/", {.origin = "https://x"});
  adieu::websocket handlers(plain, "ws://127.0.0.1/", {.on_open = [](adieu::websocket&) {}});
  adieu::websocket both(io, "ws://127.0.0.1/", {.subprotocols = {"a"}},
                        {.on_open  = [&own](adieu::websocket& ws) { own.on_open(ws); },
                         .on_drain = [p = std::make_unique<int>(1)](adieu::websocket&) {},
                         .on_closing =
                             [](adieu::websocket&, adieu::closing_reply reply) {
                               auto kept = std::make_shared<adieu::closing_reply>(std::move(reply));
                             }});
  adieu::server server(io);
  adieu::server more(io, {.address = "::", .port = 9001, .connection = {.max_message = 1}},
                     {.on_opening =
                          [](const adieu::opening_request&, adieu::opening_reply reply) {
                            reply.data<std::string>("user") += "!";
                            reply.accept({.subprotocol = "a"});
                          },
                      .on_refused = [](const adieu::refusal&) {},
                      .on_message = nullptr});
  server.for_each([](adieu::websocket& ws) { ws.send("all"); });
  static_assert(sizeof(adieu::websocket) == 8 && sizeof(adieu::websocket_ref) == 8);
  static_assert(sizeof(adieu::closing_reply) == 8 && sizeof(adieu::handler<void()>) == 40);
}
