// A queue with an end, and the thread behind it.
#include "bounded_output.hpp"

#include "thread_without_signals.hpp"
#include "write_all.hpp"

#include <chrono>
#include <utility>

namespace adieu::tool {
namespace {

constexpr std::chrono::seconds patience_at_the_end{1};

}  // namespace

bounded_output::bounded_output(int descriptor, std::function<std::string(std::uint64_t)> dropped)
    : shared_(std::make_shared<state>()) {
  shared_->dropped_line = std::move(dropped);
  thread_ = thread_without_signals([shared = shared_, descriptor] { run(shared, descriptor); });
}

bounded_output::~bounded_output() {
  std::unique_lock held(shared_->lock);
  shared_->is_stopped = true;
  shared_->changed.notify_all();
  const bool is_over =
      shared_->changed.wait_for(held, patience_at_the_end, [this] { return shared_->is_over; });
  held.unlock();
  is_over ? thread_.join() : thread_.detach();
}

void bounded_output::line(std::string_view text) {
  const std::lock_guard held(shared_->lock);
  state& s = *shared_;
  if (s.lines >= most_lines || s.bytes + text.size() + 1 > most_bytes) {
    ++s.dropped;
    return;
  }
  s.tell_dropped();
  s.append(text);
  s.changed.notify_all();
}

void bounded_output::state::append(std::string_view text) {
  waiting.append(text) += '\n';
  bytes += text.size() + 1;
  ++lines;
}

void bounded_output::state::tell_dropped() {
  if (dropped != 0) append(dropped_line(std::exchange(dropped, 0)));
}

void bounded_output::run(const std::shared_ptr<state>& shared, int descriptor) {
  state& s = *shared;
  std::unique_lock held(s.lock);
  for (bool is_broken = false;;) {
    s.changed.wait(held, [&] { return !s.waiting.empty() || s.is_stopped; });
    if (s.waiting.empty()) break;
    const std::string writing = std::exchange(s.waiting, {});
    const std::size_t lines   = s.lines;
    held.unlock();
    is_broken = is_broken || write_all(descriptor, writing) != 0;  // nobody reads it any more
    held.lock();
    s.lines -= lines;
    s.bytes -= writing.size();
    if (s.waiting.empty()) s.tell_dropped();
  }
  s.is_over = true;
  s.changed.notify_all();
}

}  // namespace adieu::tool
