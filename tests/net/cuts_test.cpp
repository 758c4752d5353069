// The stream cut after every single byte of a life (opening, three frames, Close), by FIN and by
// RST, on both roles: one ending each, with the right cause, and nothing left behind.
#include "ledger.hpp"
#include "raw_peer.hpp"

#include <ostream>

namespace adieu::tests {
namespace {

using asio::awaitable;

struct how {
  bool by_reset;
  std::size_t piece;  // bytes in each write
};
void PrintTo(const how& h, std::ostream* to) {
  *to << (h.by_reset ? "RST" : "FIN") << ", pieces of " << h.piece;
}

class cuts : public connection_test, public ::testing::WithParamInterface<how> {
 protected:
  static std::string frames(bool masked) {
    return raw_text("one", masked) + raw_frame(0x02, "tw", masked) + raw_frame(0x80, "o", masked) +
           raw_close(4001, "bye", masked);
  }
  /// How many whole messages are in the first n bytes of frames().
  static std::size_t messages_in(std::size_t n, bool masked) {
    const std::size_t first = raw_text("one", masked).size();
    const std::size_t second =
        first + raw_frame(0, "tw", masked).size() + raw_frame(0, "o", masked).size();
    return n < first ? 0 : n < second ? 1 : 2;
  }
  void cut(raw_peer& peer) {
    if (GetParam().by_reset)
      peer.reset();
    else
      peer.end_sending();
  }
  /// What must hold of a connection that was open and got `n` of the frames' bytes.
  static void judge(const life& l, std::size_t n, bool masked) {
    const close_event& e    = l.event;
    const std::size_t whole = messages_in(n, masked);
    const bool close_came   = n == frames(masked).size();
    if (!GetParam().by_reset) {
      EXPECT_EQ(l.messages.size(), whole) << n;
      EXPECT_EQ(e.was_clean, close_came) << n << ": " << explain(e);
      EXPECT_EQ(e.code, close_came ? 4001 : 1006) << n;
      EXPECT_EQ(e.cause, close_came ? cause::completed : cause::peer_vanished) << n;
      EXPECT_EQ(e.initiator, close_came ? initiator::remote : initiator::none) << n;
      EXPECT_EQ(e.phase, close_came ? phase::ending : phase::open) << n;
      return;
    }
    // An RST may overtake what was not read yet.
    EXPECT_LE(l.messages.size(), whole) << n;
    if (e.code == 4001) {
      EXPECT_TRUE(close_came) << n;
      EXPECT_EQ(e.initiator, initiator::remote) << n;
      EXPECT_EQ(e.cause, e.was_clean ? cause::completed : cause::reset) << n;
    } else {
      EXPECT_EQ(e.cause, cause::reset) << n << ": " << explain(e);
      EXPECT_FALSE(e.was_clean) << n;
      EXPECT_EQ(e.phase, phase::open) << n;
      EXPECT_TRUE(e.error) << n;
    }
  }
};

TEST_P(cuts, client_after_every_byte) {
  tcp::acceptor acceptor  = listen_here(*io);
  const std::string after = frames(false);
  std::size_t done        = 0;
  std::size_t cases       = 0;
  spawn([&]() -> awaitable<void> {
    std::size_t total = after.size();
    for (std::size_t n = 0; n <= total; ++n) {
      const std::string who = "client " + std::to_string(n);
      websocket ws(*io, url_of(acceptor), {.connection = in_a_hurry(2000ms)}, client_handlers(who));
      raw_peer peer          = co_await raw_peer::accept(acceptor);
      const std::string head = raw_peer::answer(co_await peer.read_head());
      total                  = head.size() + after.size();
      std::string part       = (head + after).substr(0, n);
      co_await peer.send_in_pieces(std::move(part), GetParam().piece);
      cut(peer);
      co_await ws.async_closed(asio::use_awaitable);
      peer.close();
      const life& l = lives(who);
      if (n < head.size()) {
        EXPECT_EQ(l.opened, 0) << n;
        EXPECT_EQ(l.event.cause, GetParam().by_reset ? cause::reset : cause::peer_vanished) << n;
        EXPECT_EQ(l.event.phase, phase::opening) << n;
        EXPECT_EQ(l.event.code, 1006) << n;
      } else if (l.opened == 1) {
        judge(l, n - head.size(), false);
      } else {
        EXPECT_TRUE(GetParam().by_reset) << n;
        EXPECT_EQ(l.event.cause, cause::reset) << n;
      }
      ++done;
    }
    cases = total + 1;
  });
  run_until([&] { return cases != 0; }, 60s);
  EXPECT_EQ(done, cases);
  acceptor.close();
  run();
}

TEST_P(cuts, server_after_every_byte) {
  std::vector<refusal> refused;
  std::string last;
  serve({.connection = in_a_hurry(2000ms)},
        {.on_refused = [&](const refusal& r) { refused.push_back(r); },
         .on_close   = [&](websocket& ws, const close_event&) { last = life_of(ws).who; }});
  const std::string head  = raw_peer::request();
  const std::string after = frames(true);
  std::size_t opened      = 0;
  bool over               = false;
  spawn([&]() -> awaitable<void> {
    for (std::size_t n = 0; n <= head.size() + after.size(); ++n) {
      refused.clear();
      last.clear();
      raw_peer peer    = co_await raw_peer::connect(server_->port());
      std::string part = (head + after).substr(0, n);
      co_await peer.send_in_pieces(std::move(part), GetParam().piece);
      if (n >= head.size()) co_await peer.read_head();
      cut(peer);
      // The server has one or the other: a refused opening, or a close event.
      while (refused.empty() && last.empty()) co_await pass(1ms);
      co_await pass(0ms);
      peer.close();
      EXPECT_EQ(refused.size() + !last.empty(), 1u) << n;
      if (n < head.size()) {
        EXPECT_EQ(refused.size(), 1u) << n;
        if (refused.size() != 1) continue;
        EXPECT_EQ(refused[0].cause, GetParam().by_reset ? cause::reset : cause::peer_vanished) << n;
        EXPECT_EQ(refused[0].status, 0) << n;
      } else if (!last.empty()) {
        ++opened;
        judge(lives(last), n - head.size(), true);
      }
    }
    over = true;
  });
  run_until([&] { return over && server_->connections() == 0; }, 60s);
  EXPECT_EQ(opened, after.size() + 1);
  stop_server();
  run();
}

INSTANTIATE_TEST_SUITE_P(each, cuts,
                         ::testing::Values(how{false, 4096}, how{true, 4096}, how{false, 1}),
                         [](const auto& info) {
                           return std::string(info.param.by_reset ? "by_RST" : "by_FIN") +
                                  (info.param.piece == 1 ? "_byte_by_byte" : "");
                         });

}  // namespace
}  // namespace adieu::tests
