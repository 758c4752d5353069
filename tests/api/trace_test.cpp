// The trace of connections: every head and frame of both ends, in order, whoever reads or closes.
#include "ledger.hpp"
#include "raw_peer.hpp"

#include <adieu/trace.hpp>

#include <stdexcept>

namespace adieu::tests {
namespace {

using lines = std::vector<std::string>;

class traces : public connection_test {
 protected:
  /// A hook that keeps lines, without fields of heads.
  static trace_options keep(lines& in) {
    return {.hook = [&in](const trace_event& e) {
      const std::string line = to_string(e);
      if (e.kind != trace_kind::head_line || line.find(": ") == std::string::npos)
        in.push_back(line);
    }};
  }
  static std::string joined(const lines& of) {
    std::string all;
    for (const auto& line : of) all += line + '\n';
    return all;
  }
};

TEST_F(traces, have_every_head_and_frame_of_both_ends) {
  lines of_client, of_server;
  serve({.connection = {.deflate = {.enabled = false}, .trace = keep(of_server)}},
        {.on_message = [](websocket& w, message_view m) { w.send(m); }});
  auto ws = client("client",
                   {.on_open    = [](websocket& w) { w.send("hello"); },
                    .on_message = [](websocket& w, message_view) { w.close(4001, "done"); }},
                   {.connection = {.trace = keep(of_client)}});
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(joined(of_client),
            "> GET / HTTP/1.1\n"
            "< HTTP/1.1 101 Switching Protocols\n"
            "> text 5 B masked \"hello\"\n"
            "< text 5 B \"hello\"\n"
            "> close 4001 \"done\" masked\n"
            "< close 4001 \"\"\n");
  EXPECT_EQ(joined(of_server),
            "< GET / HTTP/1.1\n"
            "> HTTP/1.1 101 Switching Protocols\n"
            "< text 5 B masked \"hello\"\n"
            "> text 5 B \"hello\"\n"
            "< close 4001 \"done\" masked\n"
            "> close 4001 \"\"\n");
  stop_server();
  run();
}

TEST_F(traces, show_compressed_messages_as_the_application_sees_them) {
  for (const bool takeover : {false, true}) {
    lines of_client, of_server;
    const deflate_options deflate = {
        .threshold = 0, .server_context_takeover = takeover, .client_context_takeover = takeover};
    serve({.connection = {.deflate = deflate, .trace = keep(of_server)}},
          {.on_message = [](websocket& w, message_view m) { w.send(m); }});
    int left = 3;
    auto ws  = client("client " + std::to_string(takeover),
                      {.on_open = [](websocket& w) { w.send("again and again and again"); },
                       .on_message =
                           [&](websocket& w, message_view m) {
                            if (--left == 0) return void(w.close());
                            w.send(m);
                          }},
                      {.connection = {.deflate = deflate, .trace = keep(of_client)}});
    run_until([&] { return ws->closed() != nullptr; });
    for (const lines* told : {&of_client, &of_server}) {
      int shown = 0;
      for (const auto& line : *told) {
        shown += line.find(" deflated") != std::string::npos &&
                 line.ends_with(" \"again and again and again\"");
      }
      EXPECT_EQ(shown, 6) << joined(*told);
    }
    stop_server();
    run();
  }
}

TEST_F(traces, know_what_was_agreed_when_frames_are_glued_to_the_head) {
  tcp::acceptor acceptor = listen_here(*io);
  lines told;
  websocket ws(*io, url_of(acceptor), {.verify_peer = false, .connection = {.trace = keep(told)}},
               client_handlers("client"));
  bool over = false;
  spawn([&]() -> asio::awaitable<void> {
    raw_peer server = co_await raw_peer::accept(acceptor);
    std::string ok  = raw_peer::answer(co_await server.read_head());
    ok.insert(ok.size() - 2,
              "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
              "client_no_context_takeover\r\n");
    co_await server.send(ok + std::string("\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00", 9) +
                         raw_close(1000, "", false));
    co_await server.read_frames(1);
    server.end_sending();
    co_await server.read_to_end();
    server.close();
    over = true;
  });
  run_until([&] { return ws.closed() && over; });
  EXPECT_NE(joined(told).find("< text 7 B deflated \"Hello\"\n"), std::string::npos)
      << joined(told);
  acceptor.close();
  run();
}

TEST_F(traces, mask_secrets_unless_they_are_asked_for) {
  for (const bool shown : {false, true}) {
    std::string all;
    serve();
    const trace_options trace = {.hook         = [&](const trace_event& e) { all += to_string(e); },
                                 .show_secrets = shown};
    auto ws =
        client("client " + std::to_string(shown), {.on_open = [](websocket& w) { w.close(); }},
               {.headers    = {{"Authorization", "Bearer s3cret"}, {"Cookie", "s3cret"}},
                .connection = {.trace = trace}});
    run_until([&] { return ws->closed() != nullptr; });
    EXPECT_EQ(all.find("s3cret") != std::string::npos, shown) << all;
    stop_server();
    run();
  }
}

TEST_F(traces, tell_whose_each_event_is) {
  std::map<websocket_ref, int> frames;
  serve({.connection = {.trace = {.hook = [&](const trace_event& e) {
                          if (e.kind == trace_kind::frame) ++frames[*e.connection];
                          EXPECT_GT(e.time.time_since_epoch().count(), 0);
                        }}}});
  auto one = client("one", {.on_open = [](websocket& w) { w.close(); }});
  auto two = client("two", {.on_open = [](websocket& w) { w.close(); }});
  run_until([&] { return one->closed() && two->closed(); });
  EXPECT_EQ(frames.size(), 2u);
  for (const auto& [who, count] : frames) EXPECT_EQ(count, 2);
  frames.clear();
  stop_server();
  run();
}

TEST_F(traces, may_throw) {
  int told = 0;
  serve({.connection = {.trace = {.hook = [&](const trace_event&) {
                          ++told;
                          throw std::runtime_error("no disk");
                        }}}});
  auto ws = client("client", {.on_open = [](websocket& w) { w.close(); }});
  run_until([&] { return ws->closed() != nullptr; });
  EXPECT_TRUE(ws->closed()->was_clean) << explain(*ws->closed());
  EXPECT_GT(told, 4);
  stop_server();
  run();
}

TEST_F(traces, go_on_when_the_websocket_is_gone) {
  lines told;
  serve();
  auto ws = client("client", {}, {.connection = {.trace = keep(told)}});
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  lives("client").silenced = true;
  ws.reset();
  run_until([&] { return lives("server 1").closed != 0; });
  stop_server();
  run();
  EXPECT_NE(joined(told).find("> close 1001 \"\" masked\n< close 1001"), std::string::npos)
      << joined(told);
}

// Much more than the kernel takes at once, in many frames: each is told once, and all of it.
TEST_F(traces, have_all_that_leaves_in_many_pieces) {
  constexpr int count = 300;
  std::uint64_t sent = 0, came = 0;
  int frames_sent = 0, frames_came = 0;
  const auto add = [](std::uint64_t& bytes, int& frames) {
    return trace_options{.hook = [&](const trace_event& e) {
      if (e.kind != trace_kind::frame || e.opcode != 2) return;
      bytes += e.length;
      ++frames;
    }};
  };
  serve({.connection = {.deflate = {.enabled = false}, .trace = add(came, frames_came)}});
  auto ws = client("client",
                   {.on_open =
                        [](websocket& w) {
                          for (int i = 0; i < count; ++i)
                            w.send(std::vector<std::byte>(static_cast<std::size_t>(i) * 200));
                          w.close();
                        }},
                   {.connection = {.trace = add(sent, frames_sent)}});
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_TRUE(ws->closed()->was_clean);
  EXPECT_EQ(frames_sent, count);
  EXPECT_EQ(frames_came, count);
  EXPECT_EQ(sent, 200u * count * (count - 1) / 2);
  EXPECT_EQ(came, sent);
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
