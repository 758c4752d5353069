// What the handlers may do that belong to a server rather than to a connection: on_opening,
// on_refused, and what waits for async_shutdown. Anything, to its other connections and to itself.
#include "ledger.hpp"

#include <ostream>
#include <stdexcept>

namespace adieu::tests {
namespace {

enum class where { opening, refused, shutdown };
enum class deed { close, terminate, send, drop_self, drop_other, drop_server, shut_down, raise };

const char* word(where w) {
  constexpr const char* words[] = {"on_opening", "on_refused", "async_shutdown"};
  return words[static_cast<int>(w)];
}
const char* word(deed d) {
  constexpr const char* words[] = {"close",      "terminate",   "send",      "drop_self",
                                   "drop_other", "drop_server", "shut_down", "raise"};
  return words[static_cast<int>(d)];
}

struct act {
  where in;
  deed what;
};
void PrintTo(const act& a, std::ostream* to) { *to << word(a.what) << " in " << word(a.in); }

struct thrown : std::runtime_error {
  using runtime_error::runtime_error;
};

class any_handler_of_a_server : public connection_test, public ::testing::WithParamInterface<act> {
 protected:
  void act_in(where w) {
    if (GetParam().in != w || std::exchange(acted_, true)) return;
    switch (GetParam().what) {
      case deed::close:
        if (here_) here_->close();
        other_->close();
        return;
      case deed::terminate:
        if (here_) here_->terminate();
        other_->terminate();
        return;
      case deed::send: {
        if (here_) here_->send("one more");
        other_->send("one more");
        return;
      }
      case deed::drop_self: return;  // the reply is dropped by who calls this
      case deed::drop_other:
        if (here_) {
          lives("server 1").silenced = lives("server 1").closed == 0;
          const websocket gone(std::move(*std::exchange(here_, nullptr)));
        }
        lives("other").silenced = lives("other").closed == 0;
        other_.reset();
        return;
      case deed::drop_server:
        if (here_) lives("server 1").silenced = lives("server 1").closed == 0;
        here_ = nullptr;
        drop_server();
        return;
      case deed::shut_down:
        server_->async_shutdown({}, [&](error_code, shutdown_report) { ++shutdowns_; });
        return;
      case deed::raise: throw thrown("from a handler of the server");
    }
  }
  /// Runs on over exceptions until `done`.
  template <typename Done>
  void run_over_exceptions(Done done) {
    for (int rounds = 0; rounds < 500 && !done(); ++rounds) {
      try {
        io->restart();
        io->run_one_for(20ms);
      } catch (const thrown&) {
        ++exceptions_;
      }
    }
    EXPECT_TRUE(done());
  }

  std::unique_ptr<websocket> other_;
  websocket* here_ = nullptr;  // the server's end of it
  bool acted_      = false;
  int shutdowns_   = 0;
  int exceptions_  = 0;
};

TEST_P(any_handler_of_a_server, may_do_anything) {
  serve({.connection = in_a_hurry(1000ms)},
        {.on_opening =
             [&](const opening_request& request, opening_reply reply) {
               if (request.target == "/other") return reply.accept();
               act_in(where::opening);
               if (GetParam().what != deed::drop_self) reply.refuse({.status = 403});
             },
         .on_refused = [&](const refusal&) { act_in(where::refused); },
         .on_open    = [&](websocket& ws) { here_ = &ws; },
         .on_close   = [&](websocket&, const close_event&) { here_ = nullptr; }});
  const websocket_options hurried{.connection = in_a_hurry(1000ms)};
  other_ = std::make_unique<websocket>(*io, url("/other"), hurried, client_handlers("other"));
  run_until([&] { return here_ && other_->state() == ready_state::open; });
  const auto refused = client("refused", {}, hurried);
  run_over_exceptions([&] { return refused->closed() != nullptr; });

  bool shut = !server_;
  if (server_) {
    server_->async_shutdown({}, [&](error_code, shutdown_report) {
      shut = true;
      act_in(where::shutdown);
    });
  }
  run_over_exceptions([&] { return shut && acted_; });
  // A completion handler is Asio's business.
  const bool leaves_run = GetParam().what == deed::raise && GetParam().in == where::shutdown;
  EXPECT_EQ(exceptions_, leaves_run ? 1 : 0);
  if (other_) other_->close();
  run_over_exceptions([&] { return !other_ || other_->closed(); });
  if (server_) run_until([&] { return server_->connections() == 0; });
  if (GetParam().what == deed::shut_down) {
    run_until([&] { return shutdowns_ == 1; });
  }
  drop_server();
  run();
  const std::uint16_t status = lives("refused").event.http_status;
  const bool dropped_before =
      GetParam().what == deed::drop_server && GetParam().in == where::opening;
  EXPECT_EQ(status, dropped_before                                                      ? 0
                    : GetParam().in == where::opening && GetParam().what == deed::raise ? 500
                    : GetParam().in == where::opening && (GetParam().what == deed::drop_self ||
                                                          GetParam().what == deed::shut_down)
                        ? 503
                        : 403);
}

std::vector<act> all_acts() {
  std::vector<act> all;
  for (where w : {where::opening, where::refused, where::shutdown})
    for (deed d : {deed::close, deed::terminate, deed::send, deed::drop_self, deed::drop_other,
                   deed::drop_server, deed::shut_down, deed::raise})
      if (d != deed::drop_self || w == where::opening) all.push_back({w, d});
  return all;
}

INSTANTIATE_TEST_SUITE_P(each, any_handler_of_a_server, ::testing::ValuesIn(all_acts()),
                         [](const auto& info) {
                           return std::string(word(info.param.in)) + "_" + word(info.param.what);
                         });

}  // namespace
}  // namespace adieu::tests
