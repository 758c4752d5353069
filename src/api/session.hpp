// One connection as the application sees it: which websocket owns it, whose handlers are called,
// who waits for what. Over the driver, which knows nothing of all this.
#pragma once

#include <adieu/opening.hpp>
#include <adieu/websocket.hpp>

#include "api/group.hpp"
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
  void pause_by_application(bool paused) noexcept;
  const close_event* closed() const noexcept {
    return rare_ && rare_->told ? &rare_->event : nullptr;
  }
  std::string_view subprotocol() const noexcept {
    return rare_ ? std::string_view(rare_->subprotocol) : std::string_view();
  }
  user_data& own_data() noexcept { return data_; }
  const close_frame* peer_close();
  /// Within on_closing the answer waits for the handler's end: one that throws is answered for
  /// with 1011.
  void finish_reply() noexcept;
  error send_last_word(message_view outgoing);
  /// How many were accepted.
  std::size_t last_words() const noexcept { return rare_ ? rare_->last_words : 0; }
  void agreed(std::string subprotocol) {
    if (!subprotocol.empty()) rare().subprotocol = std::move(subprotocol);
  }

  // --- waiting ---
  void start_opened(completion<void(error_code)> done);
  void start_receive(completion<void(error_code, std::optional<message>)> done);
  void start_send(message outgoing, completion<void(error_code)> done);
  void start_ping(completion<void(error_code, clock::duration)> done);
  void start_closed(completion<void(error_code, close_event)> done);

  // --- a server's opening ---
  net::accepting* asked() const noexcept { return static_cast<net::accepting*>(opening()); }
  void note_refusal(unsigned status, std::string why, std::string target);
  /// What on_refused is told, once it has ended.
  const refusal& refusal_told() const noexcept { return *rare_->refused; }

 private:
  struct ping_sent {
    std::uint64_t number = 0;
    clock::time_point at = {};
  };
  /// What an idle connection with handlers does not have.
  struct rarely {
    close_event event;
    bool told              = false;  // the event was delivered
    bool paused            = false;  // by the application
    bool in_on_closing     = false;
    bool reply_finished    = false;  // in on_closing
    std::size_t last_words = 0;
    std::string subprotocol;
    std::deque<message> unread;
    std::uint64_t unread_bytes = 0;
    waits<void(error_code)> opened;
    waits<void(error_code, std::optional<message>)> receive;
    waits<void(error_code)> sends;
    waits<void(error_code, clock::duration), ping_sent> pings;
    std::uint64_t last_ping = 0;
    waits<void(error_code, close_event)> closed;
    std::unique_ptr<refusal> refused;

    bool is_waited_for() const noexcept {
      return !(opened.empty() && receive.empty() && sends.empty() && pings.empty() &&
               closed.empty());
    }
  };
  rarely& rare();
  void receive(completion<void(error_code, std::optional<message>)>& done);
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
  void seen(std::span<const std::byte> bytes, bool received) override;

  template <typename Handler, typename... Args>
  bool call(Handler websocket_handlers::*which, Args&&... args);
  void keep_unread(message_view incoming);
  void hand_out_unread();
  std::exception_ptr hand_out_the_rest();
  void hand_out_soon();
  void no_more_messages();
  void abort_waits() noexcept;
  void tell_end();
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
