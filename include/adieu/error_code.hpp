// The caller's mistakes (error.hpp) and the causes of an ending (ending.hpp) as error codes, the
// currency of Asio's completion tokens. Knows no connection.
#pragma once

#include <adieu/ending.hpp>
#include <adieu/error.hpp>

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

namespace adieu::inline v1 {

using boost::system::error_code;
using boost::system::system_error;

ADIEU_API const boost::system::error_category& error_category() noexcept;
ADIEU_API const boost::system::error_category& cause_category() noexcept;

inline error_code make_error_code(error value) noexcept {
  return value == error::none ? error_code()
                              : error_code(static_cast<int>(value), error_category());
}
inline error_code make_error_code(cause value) noexcept {
  return {static_cast<int>(value), cause_category()};
}

}  // namespace adieu::inline v1

namespace boost::system {
template <>
struct is_error_code_enum<adieu::error> : std::true_type {};
template <>
struct is_error_code_enum<adieu::cause> : std::true_type {};
}  // namespace boost::system
