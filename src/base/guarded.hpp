// A call of the application's code that may throw anything: where each exception is caught once,
// and what it says. Knows no connection.
#pragma once

#include <exception>
#include <string>
#include <utility>

#if __has_include(<cxxabi.h>)
#include <cxxabi.h>
#endif

namespace adieu::inline v1 {

/// Calls, and gives what is thrown to `threw(std::exception_ptr)`, which may throw it again. A
/// thread that is being cancelled unwinds through.
template <typename Call, typename Threw>
void guarded(Call&& call, Threw&& threw) {
  try {
    call();
#ifdef __GLIBCXX__
  } catch (const abi::__forced_unwind&) {
    throw;
#endif
  } catch (...) {
    threw(std::current_exception());
  }
}

/// what() of a std::exception, "" where it is null; of anything else that it is none.
inline std::string what_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& known) {
    const char* const said = known.what();
    return said ? said : "";
  } catch (...) {
    return "not a std::exception";
  }
}

}  // namespace adieu::inline v1
