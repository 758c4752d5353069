// Lives with what the first one has not: coroutines, a client that comes back, and a shutdown that
// meets connections in every stage.
#include "faults/scenario.hpp"
#include "faults/strike.hpp"
#include "ledger.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>

namespace adieu::tests {
namespace {

using asio::awaitable;
using asio::use_awaitable;

// The close event that a coroutine's websocket is owed, unless an exception destroys that.
class owed {
 public:
  explicit owed(end_seen& to) noexcept : to_(to) { ++to_.opened; }
  owed(const owed&)            = delete;
  owed& operator=(const owed&) = delete;
  ~owed() {
    if (!told_) ++to_.dropped;
  }
  void tell(const close_event& e) {
    const out_of_reach here;
    told_ = true;
    ++to_.closed;
    to_.event = e;
  }

 private:
  end_seen& to_;
  bool told_ = false;
};

awaitable<void> echo(websocket ws, std::shared_ptr<owed> end) {
  for (;;) {
    auto m = co_await ws.async_receive(use_awaitable);
    if (!m) break;
    co_await ws.async_send(std::move(*m), use_awaitable);
  }
  end->tell(co_await ws.async_closed(use_awaitable));
}

awaitable<void> talk(asio::io_context& io, std::string url, over what, life_seen& seen) {
  websocket ws(io, url, {.connection = hurried(what)});
  owed end(seen.client);
  error_code ec;
  co_await ws.async_opened(asio::redirect_error(use_awaitable, ec));
  for (int i = 0; !ec && i < messages_each_way; ++i) {
    co_await ws.async_send(std::string(100, 'm'), asio::redirect_error(use_awaitable, ec));
    if (ec) break;
    const auto m = co_await ws.async_receive(asio::redirect_error(use_awaitable, ec));
    if (!m) break;
    if (m->text() != std::string(100, 'm')) ++seen.client.spoilt;
    ++seen.client.messages;
  }
  if (!ec) co_await ws.async_ping(asio::redirect_error(use_awaitable, ec));
  end.tell(co_await ws.async_close(1000, "", use_awaitable));
}

// What a coroutine throws is not run()'s.
constexpr auto counted = [](life_seen& seen) {
  return [&seen](std::exception_ptr thrown) {
    if (thrown) ++seen.thrown;
  };
};

}  // namespace

life_seen play_coroutines(over what) {
  life_seen seen;
  try {
    asio::io_context io;
    server s(io, options_of(what), {.on_open = [&](websocket& ws) {
               std::shared_ptr<owed> end;
               {
                 const out_of_reach here;
                 end = std::make_shared<owed>(seen.server);
               }
               asio::co_spawn(io, echo(std::move(ws), end), counted(seen));
             }});
    try {
      asio::co_spawn(io, talk(io, url_of(what, s), what, seen), counted(seen));
    } catch (const std::bad_alloc&) {
      ++seen.thrown;
    }
    // Its coroutine may be gone, and what it closed with it.
    run(io, seen,
        [&] { return seen.client.closed + seen.client.dropped != 0 || seen.thrown != 0; });
    shut_down(io, s, seen);
  } catch (const std::exception&) {
    seen.began = false;
  }
  return seen;
}

life_seen play_reconnecting(over what) {
  life_seen seen;
  std::uint64_t openings = 0;
  try {
    asio::io_context io;
    server s(io, options_of(what),
             {.on_open =
                  [&](websocket& ws) {
                    ++seen.server.opened;
                    if (openings == 0) ws.close(4001, "once more");
                  },
              .on_close = [&](websocket&, const close_event&) { ++seen.server.closed; }});
    reconnecting_websocket client(
        io, url_of(what, s),
        {.backoff             = {.floor = 1ms, .window = 2ms, .cap = 5ms},
         .max_queued_messages = 4,
         .websocket           = {.connection = hurried(what)}},
        {.on_attempt = [](reconnecting_websocket&, attempt_reply reply) { reply.connect(); },
         .on_open =
             [&](reconnecting_websocket& c) {
               ++seen.client.opened;
               openings = c.openings();
               if (openings == 2) c.close();
             },
         .on_down = [&](reconnecting_websocket&, const close_event&,
                        const decision&) { ++seen.client.dropped; },
         .on_close =
             [&](reconnecting_websocket&, const close_event& e, const decision&) {
               const out_of_reach here;
               ++seen.client.closed;
               seen.client.event = e;
             }});
    client.send("queued");
    run(io, seen, [&] { return seen.client.closed != 0; });
    shut_down(io, s, seen);
  } catch (const std::exception&) {
    seen.began = false;
  }
  return seen;
}

life_seen play_shutdown(over what) {
  life_seen seen;
  try {
    asio::io_context io;
    std::optional<opening_reply> kept;
    asio::ip::tcp::socket silent(io);
    bool is_open = false;
    server s(io, options_of(what),
             {.on_opening =
                  [&](const opening_request& r, opening_reply reply) {
                    if (r.target == "/kept")
                      kept.emplace(std::move(reply));
                    else
                      reply.accept();
                  },
              .on_refused = [&](const refusal&) { ++seen.server.refused; },
              .on_open    = [&](websocket&) { ++seen.server.opened; },
              .on_close   = [&](websocket&, const close_event&) { ++seen.server.closed; }});
    const std::string url = url_of(what, s);
    websocket client(io, url, {.connection = hurried(what)},
                     {.on_open =
                          [&](websocket& ws) {
                            ++seen.client.opened;
                            is_open = true;
                            ws.send("a message that nobody answers");
                          },
                      .on_close =
                          [&](websocket&, const close_event& e) {
                            const out_of_reach here;
                            ++seen.client.closed;
                            seen.client.event = e;
                          }});
    int undecided = 0;
    {
      websocket other(io, url + "kept", {.connection = hurried(what)},
                      {.on_close = [&](websocket&, const close_event&) { ++undecided; }});
      {
        const out_of_reach here;
        silent.connect({asio::ip::address_v4::loopback(), s.port()});
        silent.async_wait(silent.wait_read, [&](error_code) { silent.close(); });
      }
      run(io, seen,
          [&] { return (is_open || seen.client.closed != 0) && (kept || undecided != 0); });
      shut_down(io, s, seen);
      seen.client.spoilt += undecided != 1;
    }
  } catch (const std::exception&) {
    seen.began = false;
  }
  return seen;
}

life_seen play_refused(over what) {
  life_seen seen;
  try {
    asio::io_context io;
    server s(io, options_of(what),
             {.on_opening =
                  [](const opening_request&, opening_reply reply) {
                    reply.refuse({.status  = 302,
                                  .headers = {{"Location", "/a/longer/way/to/log/in"}},
                                  .body    = std::string(6000, 'x')});
                  },
              .on_refused = [&](const refusal&) { ++seen.server.refused; }});
    websocket client(io, url_of(what, s), {.connection = hurried(what)},
                     {.on_close = [&](websocket&, const close_event& e) {
                       const out_of_reach here;
                       ++seen.client.closed;
                       seen.client.event = e;
                     }});
    run(io, seen, [&] { return seen.client.closed != 0; });
    shut_down(io, s, seen);
  } catch (const std::exception&) {
    seen.began = false;
  }
  return seen;
}

}  // namespace adieu::tests
