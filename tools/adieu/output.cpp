// Standard output, written by a thread.
#include "output.hpp"

#include "thread_without_signals.hpp"
#include "write_all.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace adieu::tool {

output::output(boost::asio::any_io_executor where, int descriptor, handlers to)
    : shared_(std::make_shared<state>()) {
  shared_->where = std::move(where);
  shared_->to    = std::move(to);
  thread_ = thread_without_signals([shared = shared_, descriptor] { run(shared, descriptor); });
}

output::~output() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard held(shared_->lock);
    shared_->stopped = true;
  }
  shared_->changed.notify_one();
  thread_.join();
}

void output::write(std::string_view bytes) {
  {
    const std::lock_guard held(shared_->lock);
    if (shared_->failed) return;
    shared_->waiting += bytes;
  }
  shared_->changed.notify_one();
}

std::size_t output::pending() const {
  const std::lock_guard held(shared_->lock);
  return shared_->waiting.size() + shared_->writing;
}

void output::abandon() {
  {
    const std::lock_guard held(shared_->lock);
    shared_->abandoned = true;
    shared_->failed    = true;
    shared_->waiting.clear();
  }
  shared_->changed.notify_one();
  if (thread_.joinable()) thread_.detach();
}

void output::run(const std::shared_ptr<state>& shared, int descriptor) {
  std::string writing;
  std::unique_lock held(shared->lock);
  for (;;) {
    shared->changed.wait(
        held, [&] { return !shared->waiting.empty() || shared->stopped || shared->abandoned; });
    if (shared->waiting.empty()) return;
    writing.clear();
    std::swap(writing, shared->waiting);
    shared->writing = writing.size();
    held.unlock();
    const int error = write_all(descriptor, writing);
    held.lock();
    shared->writing = 0;
    if (shared->abandoned) return;
    // The lock is held: once abandon() has returned nothing is posted.
    if (error != 0) {
      shared->failed = true;
      shared->waiting.clear();
      boost::asio::post(shared->where, [shared, error] { shared->to.on_failed(error); });
    }
    if (shared->waiting.empty())
      boost::asio::post(shared->where, [shared] { shared->to.on_empty(); });
    if (error != 0) return;
  }
}

}  // namespace adieu::tool
