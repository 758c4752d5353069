// What happened on a connection, as bytes for stdout: payload for people and pipes, or with --json
// one object a line. Knows no stream and no connection.
#pragma once

#include <adieu/close_event.hpp>
#include <adieu/message.hpp>
#include <adieu/reconnect_policy.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace adieu::tool {

class events_out {
 public:
  enum class form : std::uint8_t {
    payload,   ///< to a pipe or a file: text and a newline, binary as it is
    terminal,  ///< the same made harmless, binary as a hex dump
    json,
    json_on_terminal,  ///< and ASCII only
  };

  events_out(form as, bool timestamps) : form_(as), timestamps_(timestamps) {}

  // Each returns what is to be written, with its newline; "" if there is nothing to say.
  std::string open(std::string_view url, std::string_view subprotocol,
                   std::string_view remote) const;
  std::string message(message_view came) const;
  std::string closing(std::uint16_t code, std::string_view reason) const;
  std::string close(const close_event& event) const;
  std::string down(const close_event& event, const decision& made) const;
  std::string gave_up(const close_event& event, const decision& made) const;

 private:
  bool is_json() const { return form_ == form::json || form_ == form::json_on_terminal; }

  form form_;
  bool timestamps_;
};

}  // namespace adieu::tool
