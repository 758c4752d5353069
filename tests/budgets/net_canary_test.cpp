// The canary over real streams: one loop, its receive buffer and compression; a victim whose secret
// has been through them, and a stranger at either end who gets to see whatever he can make us send.
#include "ledger.hpp"
#include "raw_peer.hpp"
#include "wire/deflate_streams.hpp"
#include "wire/inflater.hpp"

#include <algorithm>
#include <stdexcept>

namespace adieu::tests {
namespace {

using asio::awaitable;

constexpr std::string_view secret = "SECRET-OF-ANOTHER-CONNECTION";

std::string secrets(std::size_t size) {
  std::string all;
  while (all.size() < size) all += secret;
  all.resize(size);
  return all;
}

class net_canary : public connection_test {
 protected:
  static constexpr auto extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

  /// Echoes, and throws when it is told to.
  static void act(websocket& ws, message_view m) {
    if (m.text() == "throw") throw std::domain_error("told to");
    if (ws.state() == ready_state::open) ws.send(m);
  }
  static connection_options options() {
    connection_options o;
    o.deflate.threshold = 1;
    o.deadlines         = in_a_hurry(2s).deadlines;
    return o;
  }
  template <typename Done>
  void run_over_exceptions(Done done) {
    for (int thrown = 0; thrown < 100; ++thrown) {
      try {
        return run_until(done, 60s);
      } catch (const std::domain_error&) {
      }
    }
  }

  /// What a peer says to bring the secret everywhere, masked if it is a client.
  static std::vector<std::string> lives_of_victim(bool masked) {
    std::vector<std::string> all;
    std::string life;
    for (const std::size_t size : {30u, 125u, 5000u, 300'000u}) {
      life += raw_text(secrets(size), masked);
      life += raw_frame(0xC1, wire::peer_zlib().message(secrets(size)), masked);
      life += raw_frame(0x89, secrets(100), masked);
    }
    all.push_back(life + raw_close(1000, secrets(123), masked));
    all.push_back(raw_text("throw", masked) + raw_text(secrets(200), masked));
    all.push_back(raw_frame(0x41, wire::stored(secrets(20'000)), masked) +
                  raw_frame(0x89, "it never ends", masked));
    all.push_back(raw_frame(0xC2, wire::stored(secrets(20'000)) + "\x07", masked));
    all.push_back(raw_frame(0x89, "nor does this", masked) +
                  raw_text(secrets(5000), masked).substr(0, 3000));
    return all;
  }
  /// What a stranger says: everything that is short, wrong, or not whole.
  static std::vector<std::string> lives_of_stranger(bool masked) {
    std::vector<std::string> all;
    std::string life;
    for (const std::size_t size : {0u, 1u, 2u, 3u, 7u, 125u, 126u, 5000u})
      life += raw_frame(0x82, std::string(size, 'o'), masked) +
              raw_frame(0xC2, wire::peer_zlib().message(std::string(size + 1, 'o')), masked) +
              raw_frame(0x89, std::string(std::min<std::size_t>(size, 125), 'p'), masked);
    all.push_back(life + raw_close(1000, "", masked));
    // A match far behind the beginning: there is nothing that it may refer to.
    all.push_back(raw_frame(0xC2, std::string("\x1A\xBF\x7F\x00\x00", 5), masked));
    all.push_back(raw_frame(0x42, std::string("\x1A\xBF", 2), masked) +
                  raw_frame(0x80, std::string("\x7F\x00\x00", 3), masked));
    for (const auto& bad :
         {raw_text("\xFF", masked), raw_text("x", !masked), raw_close(1005, "", masked),
          raw_frame(0xB1, "", masked), raw_frame(0x82, std::string(300, 'x'), masked).substr(0, 4)})
      all.push_back(bad);
    return all;
  }
  static void expect_no_secret(const sighting& saw) {
    const auto clean = [](std::string_view bytes) {
      for (std::size_t i = 0; i + 4 <= secret.size(); ++i)
        EXPECT_EQ(bytes.find(secret.substr(i, 4)), std::string_view::npos);
    };
    clean(saw.rest);
    for (const seen_frame& f : saw.frames) {
      clean(f.payload);
      wire::inflater own;
      byte_buffer out;
      if (own.piece(wire::as_bytes_of(f.payload), out, 1 << 20) == wire::inflated::fine)
        clean({reinterpret_cast<const char*>(out.data()), out.size()});
    }
  }
};

TEST_F(net_canary, server_shows_a_stranger_nothing_of_its_other_clients) {
  serve({.connection = options()}, {.on_message = act});
  bool over = false;
  spawn([&]() -> awaitable<void> {
    for (const std::string& theirs : lives_of_victim(true))
      for (const std::string& strange : lives_of_stranger(true)) {
        raw_peer victim = co_await raw_peer::connect(server_->port());
        co_await victim.send(raw_peer::request("/", extension));
        co_await victim.read_head();
        co_await victim.send(theirs);
        co_await victim.read_some();
        raw_peer stranger = co_await raw_peer::connect(server_->port());
        co_await stranger.send(raw_peer::request("/", extension));
        co_await stranger.read_head();
        co_await stranger.send(strange);
        stranger.end_sending();
        victim.reset();
        expect_no_secret(co_await stranger.read_to_end());
      }
    over = true;
  });
  run_over_exceptions([&] { return over; });
  run_over_exceptions([&] { return server_->connections() == 0; });
  stop_server();
  run();
}

TEST_F(net_canary, client_shows_a_stranger_nothing_of_its_other_servers) {
  tcp::acceptor acceptor = listen_here(*io);
  bool over              = false;
  std::vector<std::unique_ptr<websocket>> all;
  const auto connect = [&] {
    all.push_back(std::make_unique<websocket>(
        *io, url_of(acceptor), websocket_options{.connection = options()},
        client_handlers("client " + std::to_string(all.size()), {.on_message = act})));
  };
  const auto answered = [](const std::string& request) {
    std::string answer = raw_peer::answer(request);
    return answer.insert(answer.size() - 2, extension);
  };
  spawn([&]() -> awaitable<void> {
    for (const std::string& theirs : lives_of_victim(false))
      for (const std::string& strange : lives_of_stranger(false)) {
        connect();
        raw_peer victim = co_await raw_peer::accept(acceptor);
        co_await victim.send(answered(co_await victim.read_head()));
        co_await victim.send(theirs);
        co_await victim.read_some();
        connect();
        raw_peer stranger = co_await raw_peer::accept(acceptor);
        co_await stranger.send(answered(co_await stranger.read_head()));
        co_await stranger.send(strange);
        stranger.end_sending();
        victim.reset();
        expect_no_secret(co_await stranger.read_to_end());
      }
    over = true;
  });
  run_over_exceptions([&] { return over; });
  run_over_exceptions([&] {
    for (const auto& ws : all)
      if (!ws->closed()) return false;
    return true;
  });
  acceptor.close();
  run();
}

}  // namespace
}  // namespace adieu::tests
