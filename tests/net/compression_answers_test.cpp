// What servers answer to a client's offer of compression although it asked for something else: read
// byte for byte, over a socket; and what becomes of it where there is no room for their window.
// [RFC 7692 7.1.1]
#include "ledger.hpp"
#include "raw_peer.hpp"

namespace adieu::tests {
namespace {

using asio::awaitable;

// "Hello" twice: the second refers to the first, in the window of a server that keeps it. [7.2.3.2]
const std::string hello("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", 9);
const std::string hello_again("\xc1\x05\xf2\x00\x11\x00\x00", 7);

class compression_answers : public connection_test {
 protected:
  compression_answers() : acceptor_(listen_here(*io)) {}

  /// The 101, agreeing to compression and to nothing that was asked for.
  static std::string plain_answer(const std::string& request) {
    std::string ok = raw_peer::answer(request);
    return ok.insert(ok.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  }
  websocket begin(websocket_options options) {
    options.verify_peer = false;
    return {*io, url_of(acceptor_), std::move(options), client_handlers("client")};
  }
  /// A server's first connection is answered like that; what the client says over it.
  awaitable<void> turn_away(std::string& request, sighting& said) {
    raw_peer first = co_await raw_peer::accept(acceptor_);
    request        = co_await first.read_head();
    co_await first.send(plain_answer(request));
    said = co_await first.read_to_end();
    first.close();
  }
  std::vector<std::string> texts() {
    std::vector<std::string> all;
    for (const message& m : lives("client").messages) all.emplace_back(m.text());
    return all;
  }

  tcp::acceptor acceptor_;
};

TEST_F(compression_answers, client_reads_a_server_that_keeps_its_window_unasked) {
  std::string request;
  bool over = false;
  spawn([&]() -> awaitable<void> {
    raw_peer server = co_await raw_peer::accept(acceptor_);
    request         = co_await server.read_head();
    co_await server.send(plain_answer(request) + hello + hello_again + raw_close(1000, "", false));
    co_await server.read_frames(1);
    server.end_sending();
    co_await server.read_to_end();
    server.close();
    over = true;
  });
  const websocket ws = begin({});
  run_until([&] { return ws.closed() && over; });
  EXPECT_NE(request.find("permessage-deflate; server_no_context_takeover; "), std::string::npos);
  EXPECT_TRUE(lives("client").event.was_clean) << explain(lives("client").event);
  EXPECT_EQ(texts(), (std::vector<std::string>{"Hello", "Hello"}));
  acceptor_.close();
  run();
}

TEST_F(compression_answers, client_without_room_for_the_window_asks_once_more_without_compression) {
  std::string first, second, log, trace;
  sighting said;
  bool over = false;
  spawn([&]() -> awaitable<void> {
    co_await turn_away(first, said);
    raw_peer server = co_await raw_peer::accept(acceptor_);
    second          = co_await server.read_head();
    co_await server.send(raw_peer::answer(second) + raw_text("plain", false) +
                         raw_close(1000, "", false));
    co_await server.read_frames(1);
    server.end_sending();
    co_await server.read_to_end();
    server.close();
    over = true;
  });
  set_log_hook([&](const log_entry& e) { log += std::string(e.text) + '\n'; });
  const websocket ws =
      begin({.connection = {.deflate = {.max_context_memory = 1000},
                            .trace   = {.hook = [&](const trace_event& e) {
                              if (e.kind != trace_kind::head_line || e.text.starts_with("GET") ||
                                  e.text.starts_with("HTTP"))
                                trace += to_string(e) + '\n';
                            }}}});
  run_until([&] { return ws.closed() && over; });
  set_log_hook(log_to_stderr);
  EXPECT_NE(first.find("Sec-WebSocket-Extensions"), std::string::npos);
  EXPECT_EQ(second.find("Sec-WebSocket-Extensions"), std::string::npos) << second;
  EXPECT_TRUE(said.frames.empty());
  EXPECT_EQ(said.rest, "");
  EXPECT_EQ(lives("client").opened, 1);
  EXPECT_TRUE(lives("client").event.was_clean) << explain(lives("client").event);
  EXPECT_EQ(texts(), (std::vector<std::string>{"plain"}));
  EXPECT_NE(log.find("deflate.max_context_memory"), std::string::npos) << log;
  const auto note = trace.find("deflate.max_context_memory");
  ASSERT_NE(note, std::string::npos) << trace;
  EXPECT_EQ(trace.substr(0, trace.rfind('\n', note) + 1),
            "> GET / HTTP/1.1\n< HTTP/1.1 101 Switching Protocols\n");
  EXPECT_EQ(trace.substr(trace.find('\n', note) + 1),
            "> GET / HTTP/1.1\n< HTTP/1.1 101 Switching Protocols\n< text 5 B \"plain\"\n"
            "< close 1000 \"\"\n> close 1000 \"\" masked\n");
  acceptor_.close();
  run();
}

TEST_F(compression_answers, the_second_opening_has_the_deadline_of_the_first) {
  std::string first, second;
  sighting said;
  bool over = false;
  spawn([&]() -> awaitable<void> {
    co_await turn_away(first, said);
    raw_peer server = co_await raw_peer::accept(acceptor_);
    second          = co_await server.read_head();  // and no answer
    co_await server.read_to_end();
    server.close();
    over = true;
  });
  websocket_options options;
  options.connection.deflate.max_context_memory = 1000;
  options.connection.deadlines.opening          = 2s;
  const websocket ws                            = begin(std::move(options));
  run_until([&] { return ws.closed() && over; });
  EXPECT_EQ(lives("client").event.cause, cause::opening_timed_out);
  EXPECT_NE(second, "");
  acceptor_.close();
  run();
}

// Frames behind that answer are nobody's: the stream is given up whole.
TEST_F(compression_answers, an_opening_that_is_asked_again_can_be_given_up) {
  std::string first;
  sighting said;
  bool over = false;
  std::unique_ptr<websocket> ws;
  spawn([&]() -> awaitable<void> {
    raw_peer server = co_await raw_peer::accept(acceptor_);
    first           = co_await server.read_head();
    co_await server.send(plain_answer(first) + hello);
    said = co_await server.read_to_end();
    server.close();
    raw_peer next = co_await raw_peer::accept(acceptor_);
    ws->close();
    co_await next.read_to_end();
    next.close();
    over = true;
  });
  ws =
      std::make_unique<websocket>(begin({.connection = {.deflate = {.max_context_memory = 1000}}}));
  run_until([&] { return ws->closed() && over; });
  EXPECT_TRUE(said.frames.empty());
  EXPECT_EQ(lives("client").opened, 0);
  EXPECT_EQ(lives("client").event.cause, cause::abandoned);
  EXPECT_TRUE(texts().empty());
  acceptor_.close();
  run();
}

}  // namespace
}  // namespace adieu::tests
