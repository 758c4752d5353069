// What a handler may do: anything, in every handler, on both roles. Each deed in each handler ends
// in exactly one close event (or none, where the websocket was destroyed), and throwing is 1011.
#include "ledger.hpp"

#include <ostream>
#include <stdexcept>

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
