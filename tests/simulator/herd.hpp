// The life of a herd: clients that come back, all of one server, from a seed. Each step does the
// next thing that happens, as in life.hpp. Then the server is well: everybody has to be back, or
// has stopped as the rules say; then everybody closes, and nothing may be left.
#pragma once

#include "simulator/herd_attempt.hpp"
#include "simulator/herd_client.hpp"
#include "simulator/herd_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

namespace simulator {

class herd {
 public:
  herd();
  /// True if every rule was kept. `words`: where the trace is written.
  bool run(std::uint64_t seed, std::string* words = nullptr);

  const world& seen() const noexcept { return world_; }
  std::uint64_t events() const noexcept { return events_; }

 private:
  enum class part : std::uint8_t { weather, coming_back, ending };

  void begin(std::uint64_t seed, std::string* words);
  herd_manners manners();
  bool step();
  bool parts_end();
  bool server_closes_unasked();
  void posted();
  void will_come(time at);
  void over();
  void tell_breach();

  world world_;
  herd_server server_;
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> io_stays_;
  herd_place place_;
  std::vector<std::unique_ptr<herd_client>> clients_;
  std::size_t count_ = 0;  // of them in this life
  std::vector<std::unique_ptr<herd_attempt>> all_attempts_;
  std::vector<herd_attempt*> attempts_, spare_;
  part part_          = part::weather;
  time part_began_    = {};
  time sleep_at_      = never;
  bool may_be_posted_ = false;
  bool is_crowd_      = false;
  backoff backoff_    = {};
  std::vector<time> coming_;
  std::uint64_t events_ = 0;
};

}  // namespace simulator
