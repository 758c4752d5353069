// What tests of lookups share: a system that a test decides about, and clients of names.
#pragma once

#include "ledger.hpp"
#include "lookups/names.hpp"

#include <netdb.h>
#include <sys/socket.h>

namespace adieu::tests {

class lookups_test : public connection_test {
 protected:
  void SetUp() override { names::forget_all(); }
  void TearDown() override {
    stop_server();
    connection_test::TearDown();
    names::forget_all();
  }

  /// Of the server of this test, under that name.
  std::string url_of(const std::string& host) const {
    return "ws://" + host + ":" + std::to_string(server_ ? server_->port() : 9) + "/";
  }
  /// Closes once it is open.
  std::unique_ptr<websocket> visitor(const std::string& who, const std::string& url,
                                     deadlines within = {.opening = 20s}) {
    return std::make_unique<websocket>(
        *io, url, websocket_options{.connection = {.deadlines = within}},
        client_handlers(who, {.on_open = [](websocket& w) { w.close(); }}));
  }
  /// The end of one that has closed.
  const close_event& end_of(websocket& ws, const std::string& who) {
    run_until([&] { return ws.closed() != nullptr; });
    return lives(who).event;
  }
};

inline error_code system_error_code(int number) {
  return {number, boost::system::system_category()};
}

}  // namespace adieu::tests
