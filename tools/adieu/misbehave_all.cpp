// All misbehaving connections together: who is there, and how a shutdown ends them.
#include "misbehave.hpp"

#include <utility>
#include <vector>

namespace adieu::tool {

void raw_connections::adopt(std::shared_ptr<raw_connection> one) {
  all_.insert(one);
  one->on_end = [this, weak = std::weak_ptr(one),
                 told = std::move(one->on_end)](const close_event& how) {
    const auto kept = weak.lock();
    all_.erase(kept);
    if (told) told(how);
    ended(how);
  };
  one->start();
}

void raw_connections::shut_down(boost::asio::any_io_executor where,
                                std::chrono::milliseconds within,
                                std::function<void(report)> done) {
  report_ = {};
  done_   = std::move(done);
  limit_  = std::make_unique<boost::asio::steady_timer>(where, within);
  limit_->async_wait([this](const error_code& ec) {
    if (!ec) cut();
  });
  // A copy: an end takes its connection out of the set.
  for (const auto& one : std::vector(all_.begin(), all_.end())) one->go_away();
  if (all_.empty()) finish_shutdown();
}

void raw_connections::cut() {
  for (const auto& one : std::vector(all_.begin(), all_.end())) one->cut();
}

void raw_connections::ended(const close_event& how) {
  ++(how.was_clean ? report_.clean : report_.terminated);
  if (all_.empty()) finish_shutdown();
}

void raw_connections::finish_shutdown() {
  if (limit_) limit_->cancel();
  if (const auto done = std::exchange(done_, nullptr)) done(report_);
}

}  // namespace adieu::tool
