// What an exception of the application's says.
#include "base/guarded.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace adieu::tests {
namespace {

struct speechless : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

TEST(guarded, an_exception_says_what_it_is) {
  EXPECT_EQ(what_of(std::make_exception_ptr(std::runtime_error("why"))), "why");
  EXPECT_EQ(what_of(std::make_exception_ptr(1)), "not a std::exception");
}

TEST(guarded, an_exception_whose_what_is_null_says_nothing) {
  EXPECT_EQ(what_of(std::make_exception_ptr(speechless())), "");
}

}  // namespace
}  // namespace adieu::tests
