// One connection as the application sees it: which websocket owns it, whose handlers are called,
// who waits for what. Over the driver, which knows nothing of all this.
#pragma once

#include <adieu/opening.hpp>
#include <adieu/websocket.hpp>

#include "api/group.hpp"
#include "api/tracer.hpp"
#include "api/waits.hpp"
#include "net/driver.hpp"

#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace adieu::inline v1::api {

class session final : public net::driver {
 public:
  using clock = std::chrono::steady_clock;

  explicit session(group& of);

  group& of() noexcept { return *group_; }
  const asio::any_io_executor& executor() const noexcept { return group_->executor(); }
  session_ref ref() noexcept { return session_ref(this); }
  /// Of a websocket that was not moved from.
  static session& behind(const websocket& ws) noexcept { return *ws.session_.session(); }

  // --- ownership ---
  /// The websocket that is the connection now; null once destroyed.
  websocket* face() const noexcept { return face_; }
  void moved_to(websocket* owner) noexcept { face_ = owner; }
  /// A server's websocket lives here until it is moved out of a handler.
  void live_at_home();
  bool is_home() const noexcept { return face_ == &home_; }
  void dropped_by_owner() noexcept;

  // --- what a websocket does beyond the driver ---
  error send(message_view outgoing) {
    if (rare_ && holds_back()) [[unlikely]]
      return refuse_behind_those_that_wait(outgoing);
    const error refused = driver::send(outgoing);
    if (refused != error::none) [[unlikely]]
      note_rejected(refused);
    return refused;
  }
  /// Whether send() would not find the queue full.
  bool has_room() noexcept {
    if (machine_.send_queue_is_full()) flush_now();
    return !machine_.send_queue_is_full() && !(rare_ && holds_back());
  }
  error close(code_to_send code, std::string_view reason, bool& began);
  /// As a handler of this connection, if somebody owns it.
  void call_posted(handler<void(websocket&)>& what);
  void pause_by_application(bool paused) noexcept;
  const close_event* closed() const noexcept {
    return rare_ && rare_->told ? &rare_->event : nullptr;
  }
  std::string_view subprotocol() const noexcept {
    return rare_ ? std::string_view(rare_->subprotocol) : std::string_view();
  }
  const opening_response* response() const noexcept {
    return machine_.was_open() ? group_->response.get() : nullptr;
  }
  user_data& own_data() noexcept { return data_; }
  const close_frame* peer_close();
  /// Within on_closing the answer waits for the handler's end: one that throws is answered for
  /// with 1011.
  void finish_reply() noexcept;
  error send_last_word(message_view outgoing);
  /// How many were accepted.
  std::size_t last_words() const noexcept { return rare_ ? rare_->last_words : 0; }
  /// Takes the place of what an acceptance that was refused had named.
  void agreed(std::string subprotocol) {
    if (rare_ || !subprotocol.empty()) rare().subprotocol = std::move(subprotocol);
  }
  /// Over another connection, and why.
  void asks_again(std::string_view why);

  // --- waiting ---
  void start_opened(completion<void(error_code)> done);
  void start_receive(completion<void(error_code, std::optional<message>)> done);
  void start_receive_within(std::chrono::milliseconds limit,
                            completion<void(error_code, receive_result)> done);
  void start_send(message outgoing, completion<void(error_code)> done);
  void start_ping(completion<void(error_code, clock::duration)> done);
  void start_closed(completion<void(error_code, close_event)> done);

  // --- a server's opening ---
  net::accepting* asked() const noexcept { return static_cast<net::accepting*>(opening()); }
  void note_refusal(unsigned status, std::string why, std::string target);
  void refused_by(const std::exception_ptr& thrown) noexcept { rare_->refused->exception = thrown; }
  /// What on_refused is told, once it has ended.
  const refusal& refusal_told() const noexcept { return *rare_->refused; }

 private:
  struct ping_sent {
    std::uint64_t number = 0;
    clock::time_point at = {};
  };
  struct sending {
    message what = {};
    bool is_sent = false;  // it waits for room, no longer for its turn
  };
  /// The time limit of the receiving that waits.
  struct receive_limit final : net::deadline_wheel::entry {
    explicit receive_limit(session& of) noexcept : s(of) {}
    void due(protocol::time now) override { s.receive_is_over(now); }
    session& s;
    protocol::time at = protocol::never;
  };
  /// What an idle connection with handlers does not have.
  struct rarely {
    explicit rarely(session& of) : limit(of) {}
    /// One peer must not fill the log by what it makes a handler throw.
    static constexpr int most_exceptions_told = 10;

    close_event event;
    bool told              = false;  // the event was delivered
    bool rejection_told    = false;  // to the log
    bool paused            = false;  // by the application
    bool in_on_closing     = false;
    bool reply_finished    = false;  // in on_closing
    int exceptions_told    = 0;      // to the log
    std::size_t last_words = 0;
    std::string subprotocol;
    std::deque<message> unread;
    std::uint64_t unread_bytes = 0;
    waits<void(error_code)> opened;
    waits<void(error_code, std::optional<message>)> receive;
    waits<void(error_code, receive_result)> receive_within;
    receive_limit limit;
    waits<void(error_code), sending> sends;
    waits<void(error_code, clock::duration), ping_sent> pings;
    std::uint64_t last_ping = 0;
    waits<void(error_code, close_event)> closed;
    std::unique_ptr<refusal> refused;
    std::unique_ptr<tracer> trace;

    bool is_waited_for() const noexcept {
      return !(opened.empty() && receive.empty() && receive_within.empty() && sends.empty() &&
               pings.empty() && closed.empty());
    }
  };
  rarely& rare();
  void receive(completion<void(error_code, std::optional<message>)>& done);
  void receive_within(std::chrono::milliseconds limit,
                      completion<void(error_code, receive_result)>& done);
  bool is_receiving() const noexcept;
  std::optional<receive_result> received_already();
  bool give_to_receiver(message_view incoming);
  void receive_is_over(protocol::time now);
  void drop_limit() noexcept;
  void send_in_turn(message outgoing, completion<void(error_code)>& done);
  bool holds_back() const noexcept {
    const sending* last = rare_->sends.last();
    return last && !last->is_sent;
  }
  error refuse_behind_those_that_wait(message_view outgoing);
  void send_those_that_wait();
  void refuse_those_that_wait();
  void note_rejected(error why) noexcept;
  void tell_refused_close(error why) noexcept;
  std::string whom() const;
  void ping(completion<void(error_code, clock::duration)>& done);

  void on_opened() override;
  void on_message(message_view incoming) override;
  void on_closing() override;
  void on_pong(std::span<const std::byte> payload) override;
  void on_drained() override;
  void before_end() override;
  void on_ended() override;
  void on_error(error_code why) noexcept override;
  void on_cut_off() noexcept override;
  void on_left_to_the_parent() noexcept override { face_ = nullptr; }
  void on_unacknowledged(std::uint64_t n) noexcept override;
  bool on_handler_threw(const std::exception_ptr& thrown) noexcept override;
  void seen(std::span<const std::byte> bytes, trace_direction towards) override;
  template <typename Tell>
  void tell_trace(Tell tell);

  template <typename Handler, typename... Args>
  bool call(Handler websocket_handlers::*which, Args&&... args);
  void keep_unread(message_view incoming);
  bool hand_out_next();
  std::exception_ptr hand_out_the_rest();
  void hand_out_soon();
  void no_more_messages();
  void abort_waits() noexcept;
  void complete_event() noexcept;
  void complete_waits() noexcept;
  template <typename Work>
  void with_reserve(Work work) noexcept;
  void pause_as_needed();
  error_code opening_error() const;

  group_ref group_;
  websocket* face_ = nullptr;
  websocket home_;
  user_data data_;
  std::unique_ptr<rarely> rare_;
};

}  // namespace adieu::inline v1::api
