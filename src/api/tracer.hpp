// The trace of one connection: its bytes in both directions become events for the hook. Knows no
// stream.
#pragma once

#include <adieu/options.hpp>
#include <adieu/websocket_ref.hpp>

#include "protocol/deflate_agreement.hpp"
#include "protocol/wire_reader.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace adieu::inline v1::api {

class tracer {
 public:
  /// The options must outlive it.
  explicit tracer(const trace_options& how);
  tracer(const tracer&)            = delete;
  tracer& operator=(const tracer&) = delete;

  /// `deflate`: as far as it is agreed on by now. After an exception it is of no use any more; what
  /// the hook throws is none.
  void seen(const websocket_ref& on, std::span<const std::byte> bytes, trace_direction towards,
            protocol::deflate_agreement deflate);
  /// Another stream takes the place of this one: heads come first again.
  void begins_anew(const websocket_ref& on, std::string_view why);

 private:
  protocol::wire_reader reader(trace_direction towards);

  const trace_options& how_;
  const websocket_ref* on_ = nullptr;  // while it looks at bytes
  protocol::wire_reader in_;
  protocol::wire_reader out_;
};

}  // namespace adieu::inline v1::api
