// What a server is beneath its handle: listener, rules of accepting, and the shutdown. Shared by
// its sessions, which may outlive the handle.
#pragma once

#include <adieu/server.hpp>

#include "api/group.hpp"
#include "api/waits.hpp"
#include "http/origin.hpp"
#include "net/deadline_wheel.hpp"
#include "net/listener.hpp"

#include <exception>
#include <memory>
#include <optional>

namespace adieu::inline v1::api {

class server_core final : public group,
                          public net::deadline_wheel::entry,
                          public net::loop::cut_off_with {
 public:
  server_core(const asio::any_io_executor& executor, server_options options,
              server_handlers handlers);

  std::uint16_t port() const noexcept { return port_; }
  std::size_t connections() const noexcept { return connections_; }
  void for_each(handler<void(websocket&)> call);
  /// The handle is gone.
  void dropped() noexcept;
  void start_shutdown(code_to_send code, std::string_view reason, std::chrono::milliseconds within,
                      completion<void(error_code, shutdown_report)> done);

  // A reply to an opening.
  static void accept(session& s, const acceptance& how);
  static void refuse(session& s, const refused_with& how);
  static void drop(session& s) noexcept;
  static void fail_opening(session& s, const std::exception_ptr& thrown) noexcept;
  /// Not ours any more: the tool has taken its stream.
  static void let_go(session& s);

 private:
  ~server_core() override = default;

  void accepted(net::stream connected, const net::peer_address& from);
  void on_request(net::driver& from, net::accepting& opening) override;
  void on_refusal(net::driver& from, unsigned status, std::string why) override;
  void on_session_ended(session& s, const close_event& event) override;
  void on_opening_ended(session& s) override;
  void on_session_gone(session& s) noexcept override;
  void forget_handlers() noexcept override;
  void due(protocol::time now) override;
  void cut_off() noexcept override;
  bool begin_in_child() override;
  void entered() noexcept {
    if (in_loop_) loop().entered();
  }

  void refuse_origin(net::accepting& opening, std::string why);
  std::string chosen_subprotocol(const std::vector<std::string>& offered) const;
  template <typename Call>
  void each_session(Call call);
  void complete_shutdown_if_over() noexcept;
  void complete_shutdowns(error_code ec) noexcept;

  server_options options_;
  http::allowed_origins origins_;
  net::tls_context tls_;  // none: plain TCP
  handler<void(const opening_request&, opening_reply)> on_opening_;
  handler<void(const refusal&)> on_refused_;
  std::optional<net::listener> listener_;
  std::uint16_t port_      = 0;
  std::size_t sessions_    = 0;  // openings included
  std::size_t connections_ = 0;
  bool in_loop_            = false;
  const session* asking_   = nullptr;  // whose on_opening runs
  int exceptions_before_   = 0;
  bool origin_logged_      = false;

  bool shutting_down_ = false;
  shutdown_report report_;
  waits<void(error_code, shutdown_report)> shutdowns_;
};

}  // namespace adieu::inline v1::api
