// Temporaries in the same expression as co_await: g++ 12 makes the members of what is written in
// braces bit by bit from temporaries of their own and destroys both. One test for each constructor
// and each call that takes such things; meant for AddressSanitizer. Lists in braces g++ 12 does not
// compile there at all.
#include "ledger.hpp"

#include <adieu/reconnecting_websocket.hpp>

#include <boost/asio/this_coro.hpp>

#include <array>
#include <cstring>
#include <new>

namespace adieu::tests {
namespace {

using asio::awaitable;

// Longer than what a string has in itself.
const std::string& long_text() {
  static const std::string text = "https://a.name.that.is.longer.than.fits.into.a.string.example";
  return text;
}

class co_awaits : public connection_test {
 protected:
  // What the server has seen of the openings.
  struct seen {
    std::string origin;
    std::string header;
    std::string subprotocol;
  };

  void begin() {
    serve({.subprotocols = {"a", "b"}, .origins = {"*"}},
          {.on_opening =
               [this](const opening_request& request, opening_reply reply) {
                 seen_ = {std::string(request.header("Origin")),
                          std::string(request.header("X-Test")),
                          request.subprotocols.empty() ? "" : request.subprotocols.front()};
                 reply.accept({.subprotocol = seen_.subprotocol});
               },
           .on_message = [](websocket& ws, message_view m) { ws.send(m); }});
  }
  template <typename Coroutine>
  void await(Coroutine coroutine) {
    bool done = false;
    spawn([&]() -> awaitable<void> {
      co_await coroutine();
      done = true;
    });
    run_until([&] { return done; });
  }
  void end() {
    stop_server();
    run();
  }

  // A whole life of a client that was a temporary.
  static awaitable<void> talk(websocket ws) {
    co_await ws.async_opened();
    co_await ws.async_send(std::string("hello ") + long_text());
    const auto answer = co_await ws.async_receive();
    EXPECT_TRUE(answer && answer->text() == "hello " + long_text());
    EXPECT_TRUE((co_await ws.async_close(4000, std::string("done"))).was_clean);
  }
  // The same, where handlers get the messages.
  static awaitable<void> say_hello(websocket ws, int& heard) {
    co_await ws.async_opened();
    co_await ws.async_send("hello");
    while (heard == 0) co_await pass(1ms);
    EXPECT_TRUE((co_await ws.async_close()).was_clean);
  }

  seen seen_;
};

TEST_F(co_awaits, a_websocket_of_an_executor_and_a_url) {
  begin();
  await([&]() -> awaitable<void> { co_await talk(websocket(*io, url())); });
  await([&]() -> awaitable<void> {
    co_await talk(websocket(co_await asio::this_coro::executor, url("/a")));
  });
  await([&]() -> awaitable<void> {
    websocket ws(co_await asio::this_coro::executor, url("/b"));
    co_await talk(std::move(ws));
  });
  end();
}

TEST_F(co_awaits, a_websocket_with_options) {
  begin();
  header_list headers{{"X-Test", long_text()}};
  std::vector<std::string> subprotocols{"b", std::string(60, 'c')};
  await([&]() -> awaitable<void> {
    co_await talk(websocket(*io, url(),
                            {.headers      = headers,
                             .subprotocols = std::move(subprotocols),
                             .origin       = long_text(),
                             .verify_peer  = true,
                             .connection   = {.deadlines = {.opening = 9s}, .low_water = 1024}}));
  });
  EXPECT_EQ(seen_.origin, long_text());
  EXPECT_EQ(seen_.header, long_text());
  EXPECT_EQ(seen_.subprotocol, "b");
  EXPECT_EQ(headers.size(), 1u);
  await([&]() -> awaitable<void> {
    co_await talk(websocket(*io, url(), websocket_options{.origin = "short"}));
  });
  EXPECT_EQ(seen_.origin, "short");
  end();
}

TEST_F(co_awaits, a_websocket_with_handlers) {
  begin();
  int heard = 0;
  // More than a handler has room for.
  std::array<char, 100> room{};
  await([&]() -> awaitable<void> {
    co_await say_hello(
        websocket(
            *io, url(),
            {.on_open    = [](websocket&) {},
             .on_message = [&heard, room](websocket&, message_view) { heard += 1 + room[0]; }}),
        heard);
  });
  EXPECT_EQ(heard, 1);
  const auto shared = std::make_shared<int>();
  auto counts       = [&heard, shared](websocket&, message_view) { ++heard; };
  heard             = 0;
  await([&]() -> awaitable<void> {
    co_await say_hello(websocket(*io, url(), websocket_handlers{.on_message = counts}), heard);
  });
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(shared.use_count(), 2);
  end();
}

TEST_F(co_awaits, a_websocket_with_options_and_handlers) {
  begin();
  int heard   = 0;
  auto shared = std::make_shared<int>();  // not const: a capture of it would not move
  auto counts = [&heard, shared](websocket&, message_view) { ++heard; };
  await([&]() -> awaitable<void> {
    co_await say_hello(
        websocket(*io, url(), {.origin = long_text()}, {.on_message = std::move(counts)}), heard);
  });
  EXPECT_EQ(seen_.origin, long_text());
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(shared.use_count(), 1);
  end();
}

awaitable<void> ask(server s, asio::io_context& io, int& opened) {
  websocket ws(io, "ws://127.0.0.1:" + std::to_string(s.port()));
  co_await ws.async_opened();
  EXPECT_EQ(opened, 1);
  co_await ws.async_close();
  co_await s.async_shutdown({.code   = 4001,
                             .reason = std::string("a reason of its own, and not a short one"),
                             .within = 5s});
}

TEST_F(co_awaits, a_server) {
  int opened = 0;
  std::array<char, 100> room{};
  await([&]() -> awaitable<void> {
    co_await ask(server(*io, {.port = 0},
                        {.on_open = [&opened, room](websocket&) { opened += 1 + room[0]; }}),
                 *io, opened);
  });
  opened = 1;
  await([&]() -> awaitable<void> { co_await ask(server(*io), *io, opened); });
  await([&]() -> awaitable<void> { co_await ask(server(*io, {.port = 0}), *io, opened); });
  std::vector<std::string> origins{long_text()};
  await([&]() -> awaitable<void> {
    co_await ask(server(*io, server_options{.address = "127.0.0.1", .origins = std::move(origins)},
                        server_handlers{}),
                 *io, opened);
  });
  run();
}

awaitable<void> receive_one(reconnecting_websocket ws, server& s) {
  while (ws.state() != reconnect_state::open) co_await pass(1ms);
  ws.send("hello");
  const auto answer = co_await ws.async_receive();
  EXPECT_TRUE(answer && answer->text() == "hello");
  ws.close();
  while (ws.state() != reconnect_state::stopped || s.connections() != 0) co_await pass(1ms);
}

TEST_F(co_awaits, a_reconnecting_client) {
  begin();
  int told = 0;
  std::array<char, 100> room{};
  await([&]() -> awaitable<void> {
    co_await receive_one(reconnecting_websocket(*io, url()), *server_);
  });
  await([&]() -> awaitable<void> {
    co_await receive_one(
        reconnecting_websocket(
            *io, url(),
            {.on_open = [&told, room](reconnecting_websocket&) { told += 1 + room[0]; }}),
        *server_);
  });
  std::vector<std::string> endpoints{url("/a"), url("/b")};
  await([&]() -> awaitable<void> {
    co_await receive_one(
        reconnecting_websocket(
            *io, url(),
            {.policy    = reconnect_policy().on(4000, action::stop),
             .decide    = [room](const close_event&, const reconnect_history&,
                              decision& d) { d.delay += std::chrono::milliseconds(room[0]); },
             .endpoints = std::move(endpoints),
             .websocket = {.origin = long_text()}},
            {.on_open = [&told, room](reconnecting_websocket&) { told += 1 + room[0]; }}),
        *server_);
  });
  EXPECT_EQ(told, 2);
  EXPECT_EQ(seen_.origin, long_text());
  end();
}

TEST_F(co_awaits, every_call_of_a_websocket) {
  begin();
  await([&]() -> awaitable<void> {
    websocket ws(*io, url());
    co_await ws.async_opened();
    co_await ws.async_send(message(message_type::binary, std::string(long_text())));
    co_await ws.async_send(message(long_text()).uncompressed());
    co_await ws.async_send(std::vector<std::uint8_t>(100, 1));
    for (const char* what : {"first", "second", "third"})
      EXPECT_FALSE((co_await ws.async_receive()).value().empty()) << what;
    EXPECT_GE((co_await ws.async_ping()).count(), 0);
    EXPECT_EQ((co_await ws.async_close(4000, std::string("a reason that is not a short one"))).code,
              4000);
    EXPECT_EQ((co_await ws.async_closed()).code, 4000);
  });
  end();
}

// --- the members themselves, under every compiler ---

// A copy as g++ 12 makes it, and destroys it.
template <typename T>
class bitwise_copy {
 public:
  explicit bitwise_copy(const T& of) {
    std::memcpy(static_cast<void*>(bytes_), static_cast<const void*>(&of), sizeof of);
  }
  ~bitwise_copy() { get().~T(); }
  T& get() { return *std::launder(reinterpret_cast<T*>(bytes_)); }

 private:
  alignas(T) std::byte bytes_[sizeof(T)];
};

TEST(members_of_aggregates, a_bitwise_copy_of_a_string_reads_the_same_and_frees_nothing) {
  for (const std::string& text : {std::string("short"), long_text()}) {
    kept<std::string> original(text);
    { EXPECT_EQ(bitwise_copy(original).get(), text); }
    EXPECT_EQ(original, text);
    {
      bitwise_copy copy(original);
      const kept<std::string> taken(std::move(copy.get()));
      EXPECT_EQ(taken, text);
      EXPECT_TRUE(original.empty());
    }
    original = text;
    {
      bitwise_copy copy(original);
      copy.get() = "another";
      EXPECT_EQ(copy.get(), "another");
    }
    EXPECT_EQ(original, text);
  }
}

TEST(members_of_aggregates, they_are_strings_and_lists_in_every_respect) {
  kept<std::string> text = "a";
  text += "b";
  text                        = std::string("c") + text;
  const std::string converted = text;
  EXPECT_EQ(converted, "cab");
  EXPECT_TRUE(text == "cab" && text.size() == 3);
  kept<std::vector<std::string>> list = {"a", "b"};
  list.push_back("c");
  kept<std::vector<std::string>> copy = list;
  EXPECT_EQ(copy, list);
  copy = {"d"};
  list = std::move(copy);
  EXPECT_EQ(list, (std::vector<std::string>{"d"}));
  list = {};
  EXPECT_TRUE(list.empty());
}

TEST(members_of_aggregates, a_bitwise_copy_of_a_handler_is_moved_from_once_and_frees_nothing) {
  auto shared = std::make_shared<int>();  // not const: a capture of it would not move
  std::array<char, 100> room{};
  const auto check = [&](auto callable) {
    handler<void()> original(std::move(callable));
    const long before = shared.use_count();
    { const bitwise_copy unused(original); }
    EXPECT_EQ(shared.use_count(), before);
    {
      bitwise_copy copy(original);
      handler<void()> taken(std::move(copy.get()));
      EXPECT_FALSE(original);
      EXPECT_EQ(shared.use_count(), before);
      taken();
    }
    EXPECT_EQ(shared.use_count(), 1);
  };
  check([shared] { ++*shared; });        // in place
  check([shared, room] { ++*shared; });  // too large for that
  EXPECT_EQ(*shared, 2);
}

}  // namespace
}  // namespace adieu::tests
