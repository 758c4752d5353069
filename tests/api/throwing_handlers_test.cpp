// What becomes of an exception that leaves a handler: it ends one connection, and nothing leaves
// run() unless it is to be propagated.
#include "ledger.hpp"

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace adieu::tests {
namespace {

struct thrown : std::runtime_error {
  using runtime_error::runtime_error;
};

class throwing_handler : public connection_test,
                         public ::testing::WithParamInterface<handler_exceptions> {
 protected:
  static bool propagates() { return GetParam() == handler_exceptions::propagate; }
  static connection_options as_it_is() { return {.handler_exceptions = GetParam()}; }
  /// Runs on over exceptions; how many left run() is what the option says.
  template <typename Done>
  void run_and_expect_one_exception(Done done) {
    int left = 0;
    for (int rounds = 0; rounds < 2000 && !done(); ++rounds) {
      try {
        io->restart();
        io->run_one_for(20ms);
      } catch (const thrown&) {
        ++left;
      }
    }
    EXPECT_TRUE(done());
    EXPECT_EQ(left, propagates() ? 1 : 0);
  }
  static std::string words_of(const std::exception_ptr& what) {
    try {
      if (what) std::rethrow_exception(what);
    } catch (const thrown& known) {
      return known.what();
    }
    return {};
  }
  handler<void(std::exception_ptr)> telling() {
    return [this](std::exception_ptr what) { told_.push_back(words_of(what)); };
  }
  std::vector<std::string> told_;
};

std::string name_of_mode(const ::testing::TestParamInfo<handler_exceptions>& info) {
  return info.param == handler_exceptions::propagate ? "propagated" : "caught";
}
INSTANTIATE_TEST_SUITE_P(each, throwing_handler,
                         ::testing::Values(handler_exceptions::close_connection,
                                           handler_exceptions::propagate),
                         name_of_mode);

TEST_P(throwing_handler, on_message_closes_with_1011_and_run_goes_on) {
  serve({.connection = as_it_is()}, {.on_message =
                                         [](websocket&, message_view m) {
                                           if (m.text() == "two") throw thrown("two\nsecret");
                                         },
                                     .on_exception = telling()});
  auto ws    = client("client", {.on_open = [](websocket& w) {
                     for (const char* text : {"one", "two", "three"}) w.send(text);
                   }});
  auto other = client("other");
  run_and_expect_one_exception([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("client").event.code, 1011);
  EXPECT_EQ(lives("client").event.reason, "") << "what() never goes over the wire";
  EXPECT_TRUE(lives("client").event.was_clean);
  const close_event& event = lives("server 1").event;
  EXPECT_EQ(event.cause, cause::handler_failed);
  EXPECT_EQ(event.initiator, initiator::local);
  EXPECT_TRUE(event.was_clean);
  ASSERT_TRUE(event.sent);
  EXPECT_EQ(event.sent->code, 1011);
  EXPECT_EQ(event.note, "two\nsecret");
  EXPECT_EQ(words_of(event.exception), "two\nsecret");
  EXPECT_TRUE(told_.empty()) << "the close event tells it";
  // What had come behind the message that was thrown over is still delivered.
  EXPECT_EQ(lives("server 1").messages.size(), 3u);
  EXPECT_EQ(other->state(), ready_state::open);
  other->close();
  stop_server();
  run();
}

TEST_P(throwing_handler, on_closing_answers_with_1011_instead_of_the_echo) {
  serve({.connection = as_it_is()},
        {.on_closing = [](websocket&, closing_reply) { throw thrown("last words"); }});
  auto ws = client("client", {.on_open = [](websocket& w) { w.close(4002, "bye"); }});
  run_and_expect_one_exception([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("client").event.code, 1011);
  EXPECT_EQ(lives("server 1").event.code, 4002);
  EXPECT_EQ(lives("server 1").event.cause, cause::handler_failed);
  EXPECT_EQ(words_of(lives("server 1").event.exception), "last words");
  stop_server();
  run();
}

TEST_P(throwing_handler, on_close_throws_after_all_is_told) {
  serve({.connection = as_it_is()},
        {.on_close     = [](websocket&, const close_event&) { throw thrown("late"); },
         .on_exception = telling()});
  bool waited = false;
  auto ws     = client("client", {.on_open = [](websocket& w) { w.close(); }});
  ws->async_closed([&](error_code ec, close_event e) { waited = !ec && e.was_clean; });
  run_and_expect_one_exception([&] { return ws->closed() && server_->connections() == 0; });
  EXPECT_TRUE(waited);
  EXPECT_TRUE(lives("server 1").event.was_clean);
  EXPECT_EQ(lives("server 1").event.cause, cause::completed);
  EXPECT_EQ(told_, std::vector<std::string>{"late"});
  stop_server();
  run();
}

TEST_P(throwing_handler, on_opening_that_throws_refuses_with_500) {
  for (const bool kept : {false, true}) {
    std::optional<opening_reply> reply;
    refusal why;
    serve({.connection = as_it_is()}, {.on_opening =
                                           [&](const opening_request&, opening_reply r) {
                                             if (kept) reply.emplace(std::move(r));
                                             throw thrown("no");
                                           },
                                       .on_refused = [&](const refusal& r) { why = r; }});
    const std::string who = kept ? "kept" : "dropped";
    auto ws               = client(who);
    run_and_expect_one_exception([&] { return ws->closed() && why.status != 0; });
    EXPECT_EQ(lives(who).event.http_status, 500);
    EXPECT_EQ(why.status, 500);
    EXPECT_NE(why.why.find("no"), std::string::npos);
    EXPECT_EQ(words_of(why.exception), "no");
    if (reply) reply->accept();  // too late, and harmless
    stop_server();
    run();
  }
}

TEST_P(throwing_handler, on_opening_that_accepts_and_throws_closes_with_1011) {
  serve({.connection = as_it_is()}, {.on_opening = [](const opening_request&, opening_reply r) {
          r.accept();
          throw thrown("too late");
        }});
  auto ws = client("client");
  run_and_expect_one_exception([&] { return ws->closed() != nullptr; });
  EXPECT_EQ(lives("client").event.code, 1011);
  stop_server();
  run();
}

TEST_P(throwing_handler, on_refused_is_told_to_on_exception) {
  serve({.connection = as_it_is()},
        {.on_opening   = [](const opening_request&, opening_reply r) { r.refuse({.status = 404}); },
         .on_refused   = [](const refusal&) { throw thrown("refused"); },
         .on_exception = telling()});
  auto ws = client("client");
  run_and_expect_one_exception([&] { return ws->closed() && !told_.empty(); });
  EXPECT_EQ(lives("client").event.http_status, 404);
  EXPECT_EQ(told_, std::vector<std::string>{"refused"});
  stop_server();
  run();
}

TEST_P(throwing_handler, a_message_kept_until_the_end_that_throws_does_not_eat_the_close_event) {
  serve({}, {.on_open = [](websocket& ws) {
          ws.send("kept");
          ws.close(4003, "over");
        }});
  auto ws = client("client",
                   {.on_open =
                        [](websocket& w) {
                          w.pause_reading();
                          w.close();
                        },
                    .on_message = [](websocket&, message_view) { throw thrown("kept"); }},
                   {.connection = as_it_is()});
  run_and_expect_one_exception([&] { return lives("client").closed == 1; });
  EXPECT_EQ(lives("client").messages.size(), 1u);
  EXPECT_EQ(lives("client").event.code, 4003);
  EXPECT_EQ(words_of(lives("client").event.exception), "kept");
  stop_server();
  run();
}

TEST_P(throwing_handler, a_posted_call_is_a_handler_of_that_connection) {
  serve();
  auto ws = client("client", {}, {.connection = as_it_is()});
  run_until([&] { return ws->state() == ready_state::open; });
  ws->ref().post([](websocket&) { throw thrown("posted"); });
  run_and_expect_one_exception([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("client").event.cause, cause::handler_failed);
  EXPECT_EQ(words_of(lives("client").event.exception), "posted");
  EXPECT_EQ(lives("server 1").event.code, 1011);
  stop_server();
  run();
}

class what_handlers_throw : public connection_test {};

TEST_F(what_handlers_throw, may_be_anything_and_the_program_goes_on) {
  serve({}, {.on_message = [](websocket&, message_view) { throw 42; }});
  auto ws = client("client", {.on_open = [](websocket& w) { w.send("x"); }});
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  EXPECT_EQ(lives("server 1").event.cause, cause::handler_failed);
  EXPECT_TRUE(lives("server 1").event.exception);
  stop_server();
  run();
}

TEST_F(what_handlers_throw, a_hundred_times_is_ten_lines_of_the_log) {
  int told = 0;
  serve({}, {.on_message   = [](websocket&, message_view) { throw thrown("no JSON"); },
             .on_exception = [&](std::exception_ptr) { ++told; }});
  std::vector<std::string> lines;
  set_log_hook([&](const log_entry& entry) { lines.emplace_back(entry.text); });
  auto ws = client("client", {.on_open = [](websocket& w) {
                     for (int i = 0; i < 100; ++i) w.send("x");
                   }});
  run_until([&] { return ws->closed() && lives("server 1").closed; });
  set_log_hook(log_to_stderr);
  EXPECT_EQ(lives("server 1").messages.size(), 100u);
  EXPECT_EQ(told, 99);  // the first is in the close event
  ASSERT_EQ(lines.size(), 10u);
  EXPECT_NE(lines[0].find("which ends the connection: no JSON"), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1].find("which ends"), std::string::npos) << lines[1];
  EXPECT_NE(lines[9].find("the log is not"), std::string::npos) << lines[9];
  stop_server();
  run();
}

TEST_F(what_handlers_throw, for_each_gives_to_its_caller) {
  serve();
  auto ws = client("client");
  run_until([&] { return ws->state() == ready_state::open && server_->connections() == 1; });
  EXPECT_THROW(server_->for_each([](websocket&) { throw thrown("here"); }), thrown);
  EXPECT_EQ(server_->connections(), 1u);
  ws->close();
  stop_server();
  run();
}

}  // namespace
}  // namespace adieu::tests
