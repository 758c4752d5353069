// The HTTP response to a client's opening, as it came. Knows no connection.
#pragma once

#include <adieu/config.hpp>
#include <adieu/options.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace adieu::inline v1 {

/// Nothing in it was checked but that it is HTTP: it is the peer's.
struct opening_response {
  /// 101 if the opening succeeded.
  std::uint16_t status = 0;
  /// All header fields, in their order.
  header_list headers = {};
  /// The first 4 KiB of the body, without the chunks' frames, in whatever coding and character set
  /// the headers say. What of it has not come within a second of the head is not waited for.
  std::string body = {};

  /// The value of the first field of that name, in any case; "" if there is none.
  ADIEU_API std::string_view header(std::string_view name) const noexcept;
};

}  // namespace adieu::inline v1
