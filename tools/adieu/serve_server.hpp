// The server behind `adieu serve`: gives each connection to the conduct or the misbehaviour that
// its path asks for, and ends them all at a shutdown. Knows no options of the command line.
#pragma once

#include "frame_log.hpp"
#include "misbehave.hpp"
#include "serve_paths.hpp"
#include "serve_report.hpp"

#include <adieu/server.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace adieu::tool {

class path_server {
 public:
  struct settings {
    server_options server     = {};
    bool shows_frames         = false;
    bool shows_secrets        = false;
    adieu::tool::palette look = {};
  };

  /// Throws the system's error if it cannot listen.
  path_server(boost::asio::io_context& io, settings how, const serve_report& report);

  std::uint16_t port() const noexcept { return server_.port(); }
  std::size_t connections() const noexcept { return server_.connections() + raw_.size(); }

  /// Closes all with 1001; what is left when the time is over is terminated.
  void shut_down(std::chrono::milliseconds within, std::function<void(shutdown_report)> done);
  /// Ends all that can be ended without waiting.
  void terminate();

 private:
  server_options options();
  server_handlers handlers();
  void open(const opening_request& request, opening_reply reply);
  void misbehave(manners how, std::string target, opening_reply reply);
  void watch(raw_connection& raw);
  void half_done(std::size_t clean, std::size_t terminated);

  boost::asio::io_context& io_;
  settings how_;
  const serve_report& report_;
  std::shared_ptr<frame_log> frames_;  // null: none are shown
  raw_connections raw_;
  std::uint64_t watched_ = 0;
  server server_;

  // A shutdown's: both halves have to end.
  std::function<void(shutdown_report)> done_;
  shutdown_report total_;
  int halves_ = 0;
};

}  // namespace adieu::tool
