// What a handler may do: anything, in every handler, on both roles. Each deed in each handler ends
// in exactly one close event (or none, where the websocket was destroyed), and throwing is 1011.
#include "ledger.hpp"

#include <exception>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace adieu::tests {
namespace {

enum class where { open, message, drain, closing, close };
enum class deed { close, terminate, send, destroy_self, destroy_other, destroy_server, raise };

const char* word(where w) {
  constexpr const char* words[] = {"on_open", "on_message", "on_drain", "on_closing", "on_close"};
  return words[static_cast<int>(w)];
}
const char* word(deed d) {
  constexpr const char* words[] = {"close",         "terminate",      "send", "destroy_self",
                                   "destroy_other", "destroy_server", "raise"};
  return words[static_cast<int>(d)];
}

struct act {
  where in;
  deed what;
  role side;
};
void PrintTo(const act& a, std::ostream* to) {
  *to << word(a.what) << " in " << word(a.in)
      << (a.side == role::client ? " (client)" : " (server)");
}

struct thrown : std::runtime_error {
  using runtime_error::runtime_error;
};

class any_handler : public connection_test, public ::testing::WithParamInterface<act> {
 protected:
  bool at(where w, role side) {
    return GetParam().in == w && GetParam().side == side &&
           !std::exchange(done_[side == role::client], true);
  }
  void act_on(websocket& ws) {
    acted_ = true;
    switch (GetParam().what) {
      case deed::close: ws.close(); return;
      case deed::terminate: ws.terminate(); return;
      case deed::send: ws.send("one more"); return;
      case deed::destroy_self:
        life_here(ws).silenced = true;
        if (GetParam().side == role::client)
          actor_.reset();
        else
          websocket(std::move(ws));
        return;
      case deed::destroy_other:
        lives("other").silenced = lives("other").closed == 0;
        other_.reset();
        return;
      case deed::destroy_server:
        for (int n = 1; n <= served_so_far_; ++n) {
          life& l    = lives("server " + std::to_string(n));
          l.silenced = l.closed == 0;
        }
        drop_server();
        return;
      case deed::raise: throw thrown("from a handler");
    }
  }
  /// False: the websocket is gone.
  bool goes_on_after_act(websocket& ws) {
    act_on(ws);
    return GetParam().what != deed::destroy_self;
  }
  static void send_if_open(websocket& ws, const std::string& text) { ws.send(text); }
  life& life_here(websocket& ws) {
    return GetParam().side == role::client ? lives("actor") : life_of(ws);
  }

  std::unique_ptr<websocket> actor_;
  std::unique_ptr<websocket> other_;
  int served_so_far_ = 0;
  bool acted_        = false;

 private:
  bool done_[2] = {};
};

TEST_P(any_handler, may_do_anything) {
  // Both sides go through every handler: big messages both ways drain both queues, and the side
  // that does not act closes, so that the other's on_closing is called.
  const role closing_side = GetParam().side == role::client ? role::server : role::client;
  const std::string big(12'000'000, 'x');  // more than a kernel takes at once
  serve({.connection = in_a_hurry(1000ms)},
        {.on_open =
             [&](websocket& ws) {
               ++served_so_far_;
               if (at(where::open, role::server) && !goes_on_after_act(ws)) return;
               send_if_open(ws, big);
             },
         .on_message =
             [&](websocket& ws, message_view) {
               if (at(where::message, role::server)) return act_on(ws);
               if (closing_side == role::server) ws.close(4001, "enough");
             },
         .on_drain =
             [&](websocket& ws) {
               if (at(where::drain, role::server)) act_on(ws);
             },
         .on_closing =
             [&](websocket& ws, closing_reply) {
               if (at(where::closing, role::server)) act_on(ws);
             },
         .on_close =
             [&](websocket& ws, const close_event&) {
               if (at(where::close, role::server)) act_on(ws);
             }});
  const websocket_options hurried{.connection = in_a_hurry(1000ms)};
  other_ = client("other", {}, hurried);
  actor_ = client("actor",
                  {.on_open =
                       [&](websocket& ws) {
                         if (at(where::open, role::client) && !goes_on_after_act(ws)) return;
                         send_if_open(ws, big);
                       },
                   .on_message =
                       [&](websocket& ws, message_view) {
                         if (at(where::message, role::client)) return act_on(ws);
                         if (closing_side == role::client) ws.close(4001, "enough");
                       },
                   .on_drain =
                       [&](websocket& ws) {
                         if (at(where::drain, role::client)) act_on(ws);
                       },
                   .on_closing =
                       [&](websocket& ws, closing_reply) {
                         if (at(where::closing, role::client)) act_on(ws);
                       },
                   .on_close =
                       [&](websocket& ws, const close_event&) {
                         if (at(where::close, role::client)) act_on(ws);
                       }},
                  hurried);

  const auto over = [&](const char* who) { return lives(who).closed == 1 || lives(who).silenced; };
  int exceptions  = 0;
  for (int rounds = 0; rounds < 500 && !(acted_ && over("actor")); ++rounds) {
    try {
      io->restart();
      io->run_one_for(20ms);
    } catch (const thrown&) {
      ++exceptions;
    }
  }
  EXPECT_TRUE(acted_);
  EXPECT_EQ(exceptions, 0) << "the program goes on, whatever a handler throws";

  if (other_) other_->close();
  while (server_ && server_->connections() != 0 && !HasFailure())
    run_until([&] { return server_->connections() == 0; });
  stop_server();
  run();
}

std::vector<act> all_acts() {
  std::vector<act> all;
  for (role side : {role::client, role::server})
    for (where w : {where::open, where::message, where::drain, where::closing, where::close})
      for (deed d : {deed::close, deed::terminate, deed::send, deed::destroy_self,
                     deed::destroy_other, deed::destroy_server, deed::raise})
        all.push_back({w, d, side});
  return all;
}

std::string name_of(const ::testing::TestParamInfo<act>& info) {
  return std::string(info.param.side == role::client ? "client" : "server") + "_" +
         word(info.param.in) + "_" + word(info.param.what);
}

INSTANTIATE_TEST_SUITE_P(each, any_handler, ::testing::ValuesIn(all_acts()), name_of);

// --- what throwing means: by default nothing leaves run(), or what was thrown is propagated ---

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

int calls_of_a_function = 0;
void count_a_call(int n) { calls_of_a_function += n; }

TEST(handler, a_plain_function_is_a_handler_too) {
  handler<void(int)> by_name    = count_a_call;
  handler<void(int)> by_address = &count_a_call;
  by_name(1);
  by_address(2);
  EXPECT_EQ(calls_of_a_function, 3);
}

}  // namespace
}  // namespace adieu::tests
