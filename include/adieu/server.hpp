// server: accepts connections and ends them all properly.
#pragma once

#include <adieu/opening.hpp>
#include <adieu/websocket.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

namespace adieu::inline v1 {

namespace api {
class server_core;
}

/// One set of handlers for all connections of a server, in the order of a life.
struct server_handlers {
  /// An opening request; without this handler all are accepted. If it throws the request is
  /// refused with 500.
  handler<void(const opening_request&, opening_reply)> on_opening = {};
  /// An opening that failed, for logs and counts; never followed by on_close.
  handler<void(const refusal&)> on_refused = {};
  /// The five of websocket_handlers. Moving the websocket out of on_open takes it over.
  handler<void(websocket&)> on_open                      = {};
  handler<void(websocket&, message_view)> on_message     = {};
  handler<void(websocket&)> on_drain                     = {};
  handler<void(websocket&, closing_reply)> on_closing    = {};
  handler<void(websocket&, const close_event&)> on_close = {};
  /// What a handler threw when there was no connection left to end: on_refused, on_close, or one
  /// that runs while its connection is closing already. Without it the exception goes to the log.
  /// It must not throw.
  handler<void(std::exception_ptr)> on_exception = {};
};

/// How to shut down.
struct shutdown_options {
  code_to_send code     = close_code::going_away;
  reason_to_send reason = {};
  /// From 0, which also stands for what is below it, to a year.
  std::chrono::milliseconds within = std::chrono::seconds(30);
};

/// How the connections that a shutdown found ended.
struct shutdown_report {
  std::size_t clean      = 0;
  std::size_t terminated = 0;  ///< those that did not end cleanly
  /// The sums of what the close events say: accepted and never handed to the kernel. What a kernel
  /// took and the peer did not read is not in it.
  std::uint64_t unsent_messages = 0;
  std::uint64_t unsent_bytes    = 0;
};

/// Listens from construction on. Destroying it stops listening and closes its connections with 1001
/// in the background; no handler is called again. All calls belong on its executor. One that was
/// moved from may be destroyed and assigned to, nothing else.
class ADIEU_API server {
 public:
  using executor_type = boost::asio::any_io_executor;

  /// Throws the system's error if it cannot listen, and system_error(bad_option).
  server(executor_of where, server_options options = {}, server_handlers handlers = {});
  server(server&&) noexcept;
  server& operator=(server&&) noexcept;
  ~server();

  /// The port listened on.
  std::uint16_t port() const noexcept;
  /// Connections that are open or closing, those taken over included.
  std::size_t connections() const noexcept;
  /// Calls with each open connection, before it returns; an empty call does nothing. What it throws
  /// goes to the caller.
  void for_each(handler<void(websocket&)> call);
  executor_type get_executor() const;

  /// Stops accepting, refuses openings under way with 503, closes every connection, those taken
  /// over included; completes when all have ended or `within` is over and the rest was terminated.
  /// void(error_code, shutdown_report). A second call joins the first; with less time it hurries
  /// it.
  template <typename Token = boost::asio::deferred_t>
  [[nodiscard]] auto async_shutdown(shutdown_options how = {}, Token&& token = {}) {
    return begin_async<void(error_code, shutdown_report)>(
        std::forward<Token>(token),
        [core = core_, code = how.code, reason = std::string(how.reason.text()),
         within = how.within](completion<void(error_code, shutdown_report)> done) {
          start_shutdown(core, code, reason, within, std::move(done));
        });
  }

 private:
  static void start_shutdown(const std::shared_ptr<api::server_core>&, code_to_send,
                             std::string_view reason, std::chrono::milliseconds within,
                             completion<void(error_code, shutdown_report)>);

  std::shared_ptr<api::server_core> core_;
};

}  // namespace adieu::inline v1
