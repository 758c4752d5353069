// Thousands that wait for one thing are told in linear time.
#include "budgets/costs.hpp"

#include "api/waits.hpp"

#include <boost/asio/io_context.hpp>

namespace adieu::tests {
namespace {

TEST(LinearWaits, all_are_completed) {
  expect_linear(8000, [](std::size_t n) {
    boost::asio::io_context io;
    api::waits<void(error_code)> waiting;
    std::size_t told = 0;
    for (std::size_t i = 0; i < n; ++i) {
      completion<void(error_code)> done([&told](error_code) { ++told; });
      waiting.add(io.get_executor(), done, [](std::uint64_t) {});
    }
    waiting.complete_all(io.get_executor(), error_code());
    EXPECT_TRUE(waiting.empty());
    io.run();
    EXPECT_EQ(told, n);
  });
}

}  // namespace
}  // namespace adieu::tests
