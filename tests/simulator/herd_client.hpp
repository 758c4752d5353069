// A client of the herd: the reconnecting client that is shipped (src/api/reconnecting.cpp) in a
// world of virtual time, and an application that does with it what chance says. Holds what must
// always hold of one: docs/reconnecting.md, what is promised. What a decision has to be is
// herd_rules.hpp's business.
#pragma once

#include <adieu/reconnecting_websocket.hpp>

#include "api/reconnecting.hpp"
#include "simulator/contents.hpp"
#include "simulator/end.hpp"
#include "simulator/herd_rules.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace simulator {

class herd_attempt;
class herd_server;

struct thrown_by_handler {};

/// What all clients of a life share.
struct herd_place {
  simulator::world* world;
  herd_server* server;
  boost::asio::any_io_executor executor;
  std::function<herd_attempt&()> new_attempt;  // to be begun
  /// A client has decided to come back then, by chance alone.
  std::function<void(time)> will_come;
};

/// What is drawn for a client before it begins.
struct herd_manners {
  reconnecting_options options;
  bool on_attempt   = false;  // there is such a handler
  bool receives     = false;  // by async_receive, not by on_message
  bool decides      = false;
  unsigned restless = 0;  // in how many of a hundred moments and handlers it does something
  unsigned throws   = 0;  // in how many of a thousand handlers
  bool chance_fails = false;
};

class herd_client final : public adieu::protocol::random_source {
 public:
  void begin(herd_place& in, unsigned number, herd_manners m);

  // --- time ---
  /// When it is woken, or acts of its own accord.
  time next() const noexcept;
  void happens();
  void sleeps_until(time t) noexcept { asleep_until_ = t; }
  time asleep_until() const noexcept { return asleep_until_; }
  /// After every event.
  void hold();

  // --- the end of a life ---
  /// Chance is over: reads, answers, comes back if it may.
  void winds_up();
  void closes_for_good();
  void destroy();
  /// It is where it was going: open, or stopped.
  bool is_settled() const;
  bool is_finished() const noexcept { return told_of_end_ || dropped_ || cut_off_; }
  /// Once all is over.
  void over();

  unsigned number() const noexcept { return number_; }
  bool looks_for_life() const noexcept;

  // --- the server's side of the application ---
  void arrived(herd_attempt& on, message_view at_server);
  /// The server says something to it.
  void is_sent(herd_attempt& on);

  /// Chance, for the policy.
  bool fill(std::span<std::byte> to) noexcept override;

 private:
  class its_world;
  class its_link;

  // herd_client.cpp
  void expect(bool right, const char* what);
  void tell(const char* line, std::uint64_t a = 0, std::uint64_t b = 0);
  reconnecting_handlers heard();
  void check(reconnecting_websocket& told);
  void attempt_begins();
  void connects(const std::string& url, const websocket_options& options);
  void attempt_ended(herd_attempt& which, const close_event& event);
  void decides(const close_event& event, const reconnect_history& history, decision& made);
  void down(const close_event& event, const decision& made);
  void ended(const close_event& event, const decision& made);

  // herd_messages.cpp
  void heard_message(std::span<const std::byte> bytes);
  void send_numbered();
  static content known(message_view m);
  std::size_t take_back();
  void rejections_are_told(const close_event& event);

  // herd_application.cpp
  void something(bool may_send = true);
  /// `ends_nothing`: there is no connection that is ended by what it throws.
  void in_handler(bool may_send, bool ends_nothing = false);
  void throws(bool ends_nothing);
  void asked(reconnecting_websocket& told);
  void answers_attempt();
  void receives();
  void closes();
  void reconnects();
  void drops();
  bool acts_no_more() const noexcept { return dropped_ || cut_off_ || !ws_; }

  herd_place* in_  = nullptr;
  unsigned number_ = 0;
  herd_manners how_;
  std::vector<std::string> urls_;
  herd_rules rules_;
  std::unique_ptr<reconnecting_websocket> ws_;
  std::optional<attempt_reply> kept_;

  api::world::inhabitant* told_by_world_ = nullptr;
  herd_attempt* live_                    = nullptr;  // until its end is told
  time wake_at_                          = never;    // what was asked for
  time wakes_                            = never;    // and when that comes
  time acts_at_                          = never;
  time asleep_until_                     = {};

  bool world_alive_          = false;
  bool inside_               = false;  // a call of the application's is running
  bool opened_               = false;
  bool told_of_end_          = false;
  bool dropped_              = false;
  bool cut_off_              = false;
  bool closed_               = false;  // by close() or terminate()
  bool gives_up_for_another_ = false;  // reconnect_now() on an open connection
  bool paused_               = false;
  bool winding_up_           = false;
  bool has_begun_            = false;
  bool asking_               = false;  // on_attempt's reply is owed
  bool must_connect_         = false;  // the reply was dropped
  bool receiving_            = false;
  bool no_more_              = false;
  bool overridden_           = false;  // by decide(), to `changed_`
  bool needs_credentials_    = false;
  unsigned thrown_           = 0;  // and to be told to on_exception
  decision changed_;
  time due_      = never;  // the next attempt, as decided
  time asked_at_ = never;
  // Of the credentials: which ones it has, what the present attempt says, and what was refused.
  unsigned token_ = 0;
  std::string answered_, says_, refused_says_;
  time not_again_    = {};
  std::size_t at_    = 0;  // which of urls_
  unsigned attempts_ = 0;

  std::uint64_t rejected_messages_ = 0, rejected_bytes_ = 0;  // since the last event
  std::uint32_t numbered_ = 0;                                // messages made
  struct sent {
    std::uint32_t number = 0;
    bool has_arrived = false, is_back = false;  // …with the application
  };
  std::vector<sent> accepted_;    // in order
  std::uint32_t said_       = 0;  // by the server
  std::uint32_t heard_said_ = 0;
};

}  // namespace simulator
