// A world of virtual time for a reconnecting client: its clock moves when the test says so, its
// connections do what the test says. Holds for every test what must always hold: one live attempt
// at most, and nothing left once the client has stopped.
#pragma once

#include "../protocol/chance.hpp"
#include "api/reconnecting.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace adieu::tests {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class virtual_link;

/// What outlives the client, for the test to look at.
struct surroundings {
  boost::asio::io_context io;
  boost::asio::any_io_executor executor = io.get_executor();
  protocol::time now                    = protocol::time{} + 1h;
  protocol::time wake                   = protocol::never;
  api::world::inhabitant* who           = nullptr;
  seeded_chance chance{1};
  std::vector<protocol::time> attempts = {};
  std::vector<std::string> urls        = {};
  virtual_link* live                   = nullptr;  // the one that has not ended
  /// Called (later) with every new attempt.
  std::function<void(virtual_link&)> on_connect = [](virtual_link&) {};
  bool refuses_options                          = false;
};

inline ending completed(std::uint16_t code, initiator who) {
  ending how;
  how.was_clean = true;
  how.code      = code;
  how.sent = how.received = close_frame{code, ""};
  how.initiator           = who;
  how.cause               = cause::completed;
  how.phase               = phase::ending;
  return how;
}
inline ending failed(cause why, phase where, std::uint16_t status = 0) {
  ending how;
  how.cause       = why;
  how.phase       = where;
  how.http_status = status;
  return how;
}
inline ending vanished() { return failed(cause::peer_vanished, phase::open); }

class virtual_link final : public api::link {
 public:
  virtual_link(surroundings& in, std::string to, websocket_options with, handlers told)
      : url(std::move(to)), options(std::move(with)), in_(in), told_(std::move(told)) {
    EXPECT_EQ(in_.live, nullptr) << "two live attempts";
    in_.live = this;
  }
  ~virtual_link() override {
    if (in_.live == this) in_.live = nullptr;
  }

  // --- the test's side: what the peer and the network do ---
  void open() {
    later([](virtual_link& l) {
      l.opened_at_ = l.in_.now;
      l.is_open    = true;
      l.told_.on_open();
    });
  }
  void say(std::string text) {
    later([text = std::move(text)](virtual_link& l) { l.told_.on_message(text); });
  }
  void peer_closes() {
    later([](virtual_link& l) {
      l.is_open = false;
      l.told_.on_closing(closing_reply(session_ref()));
    });
  }
  void drain() {
    later([](virtual_link& l) {
      l.in_queue = 0;
      l.told_.on_drain();
    });
  }
  void end(ending how, error_code error = {}) {
    later([how, error](virtual_link& l) mutable {
      l.is_open = false;
      if (l.in_.live == &l) l.in_.live = nullptr;
      if (l.opened_at_ != protocol::time{} && how.time_open.count() == 0)
        how.time_open =
            std::chrono::duration_cast<std::chrono::microseconds>(l.in_.now - l.opened_at_);
      close_event event;
      static_cast<ending&>(event) = how;
      event.error                 = error;
      l.told_.on_ended(event);
    });
  }

  // --- the client's side ---
  error send(message_view outgoing) override {
    if (!is_open || sent.size() >= takes) ++refused;
    if (!is_open) return error::not_open;
    if (sent.size() >= takes) return error::send_queue_full;
    sent.emplace_back(outgoing.text());
    ++in_queue;
    return error::none;
  }
  bool takes_messages() const noexcept override { return is_open; }
  bool has_room() noexcept override { return sent.size() < takes; }
  void flush_now() noexcept override { ++flushes; }
  void close(code_to_send code, std::string_view) override {
    if (ending_) return;
    ending_     = true;
    closed_with = *code.value();
    if (opened_at_ == protocol::time{}) {
      ending how    = failed(cause::abandoned, phase::connecting);
      how.initiator = initiator::local;
      end(how);
    } else if (is_open) {
      is_open = false;
      if (answers_close) end(completed(closed_with, initiator::local));
    }
  }
  void terminate() noexcept override {
    ending how    = failed(cause::terminated, is_open ? phase::open : phase::connecting);
    how.initiator = initiator::local;
    end(how);
  }
  void hurry(milliseconds within) override { hurried = within; }
  void hold_reading(bool held) noexcept override { is_held = held; }
  std::size_t queued_messages() const noexcept override { return in_queue; }
  std::size_t last_words() const noexcept override { return words; }
  std::uint64_t buffered_amount() const noexcept override { return in_queue; }
  std::string_view subprotocol() const noexcept override { return {}; }
  endpoint remote_endpoint() const override { return {"192.0.2.1", 80}; }
  websocket_ref ref() const noexcept override { return {}; }
  const close_event* closed() const noexcept override { return nullptr; }

  std::string url;
  websocket_options options;
  std::vector<std::string> sent = {};
  std::size_t takes             = 1'000;  // messages, before its queue is full
  std::size_t refused           = 0;      // those that a connection would count as rejected
  std::size_t in_queue          = 0;
  std::size_t words             = 0;
  int flushes                   = 0;
  bool answers_close            = true;
  bool is_open                  = false;
  bool is_held                  = false;
  std::uint16_t closed_with     = 0;
  milliseconds hurried          = {};

 private:
  template <typename What>
  void later(What what) {
    boost::asio::post(in_.executor, [this, alive = std::weak_ptr<int>(alive_), what]() mutable {
      if (alive.lock()) what(*this);
    });
  }

  surroundings& in_;
  handlers told_;
  protocol::time opened_at_   = {};
  bool ending_                = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

class virtual_world final : public api::world {
 public:
  explicit virtual_world(surroundings& of) : of_(of) {}

  const boost::asio::any_io_executor& executor() const noexcept override { return of_.executor; }
  protocol::time now() noexcept override { return of_.now; }
  protocol::random_source& chance() noexcept override { return of_.chance; }
  void belongs_to(inhabitant* who) noexcept override { of_.who = who; }
  void wake(protocol::time at) override { of_.wake = at; }
  std::unique_ptr<api::link> connect(const std::string& url, websocket_options options,
                                     api::link::handlers told) override {
    if (of_.refuses_options || url == "bad")
      throw system_error(make_error_code(error::bad_url), "refused");
    of_.attempts.push_back(of_.now);
    of_.urls.push_back(url);
    auto made = std::make_unique<virtual_link>(of_, url, std::move(options), std::move(told));
    boost::asio::post(of_.executor, [&of = of_, it = made.get()] {
      if (of.live == it) of.on_connect(*it);
    });
    return made;
  }

 private:
  surroundings& of_;
};

/// A reconnecting client in that world, and what its handlers were told.
class reconnecting_test : public ::testing::Test {
 protected:
  void TearDown() override {
    client.reset();
    settle();
    EXPECT_EQ(world.live, nullptr) << "an attempt is left";
    EXPECT_EQ(world.wake, protocol::never) << "a timer is left";
    EXPECT_LE(count("close"), 1);
    if (count("close") == 1) {
      EXPECT_EQ(log.back().substr(0, 5), "close") << "not the last";
    }
  }

  /// Handlers that keep the log and then call `also`.
  reconnecting_handlers heard(reconnecting_handlers also = {}) {
    auto h = std::make_shared<reconnecting_handlers>(std::move(also));
    reconnecting_handlers made;
    if (h->on_attempt)
      made.on_attempt = [this, h](reconnecting_websocket& c, attempt_reply reply) {
        check(c);
        log.push_back("attempt " + std::to_string(reply.number()));
        h->on_attempt(c, std::move(reply));
      };
    made.on_open = [this, h](reconnecting_websocket& c) {
      check(c);
      log.push_back("open");
      if (h->on_open) h->on_open(c);
    };
    if (h->on_exception)
      made.on_exception = [h](std::exception_ptr thrown) { h->on_exception(std::move(thrown)); };
    if (h->on_message)
      made.on_message = [this, h](reconnecting_websocket& c, message_view m) {
        check(c);
        log.push_back("message " + std::string(m.text()));
        h->on_message(c, m);
      };
    made.on_drain = [this, h](reconnecting_websocket& c) {
      check(c);
      log.push_back("drain");
      if (h->on_drain) h->on_drain(c);
    };
    made.on_closing = [this, h](reconnecting_websocket& c, closing_reply reply) {
      check(c);
      log.push_back("closing");
      if (h->on_closing) h->on_closing(c, std::move(reply));
    };
    made.on_down = [this, h](reconnecting_websocket& c, const close_event& e, const decision& d) {
      check(c);
      EXPECT_TRUE(d.come_back);
      log.push_back("down " + std::string(name(e.cause)));
      last_event    = e;
      last_decision = d;
      if (h->on_down) h->on_down(c, e, d);
    };
    made.on_close = [this, h](reconnecting_websocket& c, const close_event& e, const decision& d) {
      check(c);
      EXPECT_FALSE(d.come_back);
      EXPECT_EQ(c.state(), reconnect_state::stopped);
      log.push_back("close " + std::string(name(e.cause)));
      last_event    = e;
      last_decision = d;
      if (h->on_close) h->on_close(c, e, d);
    };
    return made;
  }
  void check(reconnecting_websocket& c) {
    EXPECT_FALSE(inside) << "a handler runs inside a call";
    if (client) {
      EXPECT_EQ(&c, client.get());
    }
  }

  reconnecting_websocket& begin(reconnecting_options options = {},
                                reconnecting_handlers also   = {}) {
    client.reset();
    settle();
    inside = true;
    client = std::make_unique<reconnecting_websocket>(
        api::reconnecting::made(std::make_unique<virtual_world>(world), "ws://first/",
                                std::move(options), heard(std::move(also))));
    inside = false;
    return *client;
  }

  /// Does what is ready to be done.
  void settle() {
    world.io.restart();
    world.io.poll();
  }
  /// Lets time pass.
  void pass(milliseconds time) {
    const auto until = world.now + time;
    settle();
    while (world.wake <= until) {
      world.now  = std::max(world.now, world.wake);
      world.wake = protocol::never;
      world.who->due();
      settle();
    }
    world.now = until;
  }
  /// Until an attempt is under way.
  virtual_link& next_attempt() {
    const auto before = world.attempts.size();
    for (int i = 0; i < 1'000'000 && world.attempts.size() == before; ++i) pass(1ms);
    EXPECT_NE(world.live, nullptr) << "no attempt";
    return *world.live;
  }
  virtual_link& next_open() {
    virtual_link& link = next_attempt();
    link.open();
    settle();
    return link;
  }
  int count(std::string_view what) const {
    return static_cast<int>(std::count_if(log.begin(), log.end(), [&](const std::string& line) {
      return std::string_view(line).starts_with(what);
    }));
  }

  surroundings world;
  std::unique_ptr<reconnecting_websocket> client;
  std::vector<std::string> log;
  close_event last_event;
  decision last_decision;
  bool inside = false;
};

}  // namespace adieu::tests
