// A client that comes back, beneath its handle: carries out what the policy (protocol/reconnect)
// decides. One attempt at a time; a link (world.hpp) is that attempt. Knows no clock and no socket.
#pragma once

#include <adieu/reconnecting_websocket.hpp>

#include "api/waits.hpp"
#include "api/world.hpp"
#include "base/guarded.hpp"
#include "protocol/backlog.hpp"
#include "protocol/reconnect.hpp"

#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::api {

// reconnecting_options.cpp
std::vector<std::string> urls_of(std::string_view first, const reconnecting_options& options);
protocol::reconnect_rules rules_of(const reconnecting_options& options,
                                   const reconnecting_handlers& handlers);
/// Throws what the constructors of the handle throw.
void check_client(const std::vector<std::string>& urls, const reconnecting_options& options,
                  const protocol::reconnect_rules& rules);

class reconnecting final : public world::inhabitant,
                           public std::enable_shared_from_this<reconnecting> {
 public:
  /// Throws what the constructors of the handle throw.
  reconnecting(std::unique_ptr<world> in, std::string_view url, reconnecting_options options,
               reconnecting_handlers handlers);
  ~reconnecting();
  /// A handle on it; the first attempt is on its way.
  static reconnecting_websocket made(std::unique_ptr<world> in, std::string_view url,
                                     reconnecting_options options, reconnecting_handlers handlers);

  // --- ownership ---
  reconnecting_websocket* face() const noexcept { return face_; }
  void entered() noexcept { world_->entered(); }
  void moved_to(reconnecting_websocket* owner) noexcept { face_ = owner; }
  void dropped_by_owner() noexcept;

  // --- the handle's calls ---
  reconnect_state state() const noexcept;
  std::uint64_t openings() const noexcept { return judge_.history().openings; }
  std::uint64_t buffered_amount() const noexcept;
  const link* connection() const noexcept { return link_.get(); }
  const asio::any_io_executor& executor() const noexcept { return world_->executor(); }
  error send(message_view outgoing);
  void flush_now() noexcept;
  std::vector<message> take_unsent() { return backlog_.take(); }
  error close(code_to_send code, std::string_view reason, bool& began);
  void terminate() noexcept;
  void confirm() noexcept;
  void reconnect_now();
  void pause() noexcept;
  void resume();
  void hold_reading(bool held) noexcept;
  void start_receive(completion<void(error_code, std::optional<message>)> done);

  // --- the reply's calls, each for one attempt ---
  bool asks(std::uint64_t number) const noexcept {
    return stage_ == stage::asking && number == attempt_;
  }
  std::string url() const { return urls_[at_]; }
  bool needs_credentials() const noexcept { return needs_credentials_; }
  void connect(attempt_changes with);
  void fail(std::string why) noexcept;
  void fail_unsendable() noexcept;
  void reply_dropped(std::uint64_t number) noexcept;

 private:
  enum class stage : std::uint8_t {
    idle,
    asking,      // on_attempt's reply is owed
    connecting,  // the link is on its way
    open,        // from its opening to its end
    waiting,
    stopped,  // on_close is told, or is on its way
  };
  /// What the end of the present attempt will mean, if the policy is not to be asked.
  enum class leaving : std::uint8_t { no, for_good, to_reconnect };

  /// What is to be done outside of the call that caused it.
  enum class owed : std::uint8_t {
    nothing,
    connecting,         // the reply was dropped
    failing,            // the attempt, before there was a link
    failing_unchanged,  // with the credentials that had been refused
    giving_up,          // it can never connect
    concluding,         // between two connections
    end_of_link,        // that could not be told for want of memory
  };

  void due() override;
  void cut_off() noexcept override;

  void owe(owed what, cause why = cause::abandoned, const char* words = "",
           std::string note = {}) noexcept;
  void pay();
  void pay(owed what);
  void pay_later() noexcept;

  void begin_attempt();
  void connect_as_it_is();
  void fail_attempt(cause why, initiator who, std::string note);
  void decide(const close_event& about, bool unchanged_credentials = false);
  close_event with_rejected(const close_event& about);
  void come_back(const close_event& event, const decision& made);
  void stop(cause why) noexcept;
  void conclude(const close_event& about, const decision& made);
  void arm();

  link::handlers heard();
  void opened();
  void came(message_view message);
  void drained();
  void peer_closes(closing_reply reply);
  void ended(const close_event& event);
  void tell_end_of(const close_event& event);

  // reconnecting_messages.cpp
  void flush();
  void trim();
  void trim_soon() noexcept;
  void receive(completion<void(error_code, std::optional<message>)>& done);
  void keep_unread(message_view message);
  void hold_as_needed() noexcept;
  void no_more_messages() noexcept;

  template <typename Handler, typename... Args>
  bool call(Handler reconnecting_handlers::*which, Args&&... args);
  /// While a handler runs, and until is told what it threw, the handlers stay.
  class running {
   public:
    explicit running(reconnecting& of) noexcept : of_(of) { ++of_.running_; }
    running(const running&)            = delete;
    running& operator=(const running&) = delete;
    ~running() {
      --of_.running_;
      of_.silence();
    }

   private:
    reconnecting& of_;
  };
  /// For a handler that runs when there is no connection to be ended by what it throws.
  template <typename Handler, typename... Args>
  void tell(Handler reconnecting_handlers::*which, Args&&... args) {
    const running now(*this);
    guarded([&] { call(which, std::forward<Args>(args)...); },
            [this](const std::exception_ptr& thrown) { threw(thrown); });
  }
  bool propagates() const noexcept {
    return options_.websocket.connection.handler_exceptions == handler_exceptions::propagate;
  }
  void threw(const std::exception_ptr& thrown);
  void tell_exception(const std::exception_ptr& thrown) noexcept;
  void count_rejected(std::uint64_t bytes) noexcept;
  static void tell_refused_close(error why) noexcept;
  template <typename Later>
  void post(Later later);
  void silence() noexcept;

  std::unique_ptr<world> world_;
  reconnecting_handlers handlers_;
  reconnecting_options options_;
  std::vector<std::string> urls_;
  protocol::reconnect_rules rules_;
  protocol::reconnect judge_;

  reconnecting_websocket* face_ = nullptr;
  std::unique_ptr<link> link_;
  stage stage_            = stage::idle;
  leaving leaving_        = leaving::no;
  std::uint64_t attempt_  = 0;  // the present one, or the last
  std::size_t at_         = 0;  // which of urls_
  bool needs_credentials_ = false;
  std::size_t says_       = 0;  // the fingerprint of the present attempt
  // Of the one whose credentials were refused: not to be made again before then.
  std::optional<std::size_t> refused_;
  protocol::time not_again_before_ = {};
  bool paused_                     = false;
  bool was_told_                   = false;  // on_close
  bool gone_                       = false;  // the owner, or the io_context
  int running_                     = 0;      // handlers
  owed owed_                       = owed::nothing;
  cause owed_cause_                = cause::abandoned;
  const char* owed_words_          = "";
  std::string owed_note_;
  bool pays_late_       = false;            // when it is woken, for there was no memory
  bool telling_         = false;            // what is thrown now is a handler's
  protocol::time until_ = protocol::never;  // the next attempt; while asking: the reply's deadline

  protocol::backlog backlog_;
  bool flushing_     = false;  // on_open has returned: what is queued may leave
  bool trim_posted_  = false;
  bool reading_held_ = false;  // by the application
  bool is_held_      = false;  // the present link
  std::deque<message> unread_;
  std::uint64_t unread_bytes_ = 0;
  // Refused while there was no connection: told in the next event.
  std::uint64_t rejected_messages_ = 0;
  std::uint64_t rejected_bytes_    = 0;
  bool rejection_told_             = false;  // to the log
  waits<void(error_code, std::optional<message>)> receive_;
};

// False if there is nobody to call.
template <typename Handler, typename... Args>
bool reconnecting::call(Handler reconnecting_handlers::*which, Args&&... args) {
  if (!face_ || !(handlers_.*which)) return false;
  const running now(*this);
  (handlers_.*which)(*face_, std::forward<Args>(args)...);
  return true;
}

template <typename Later>
void reconnecting::post(Later later) {
  asio::post(executor(), [alive = weak_from_this(), later = std::move(later)]() mutable {
    if (const auto r = alive.lock(); r && !r->gone_) later(*r);
  });
}

}  // namespace adieu::inline v1::api
