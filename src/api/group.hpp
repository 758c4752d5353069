// What sessions of one origin share: terms, handlers, executor. One for each server, one for each
// client. Counted, because shells outlive servers.
#pragma once

#include <adieu/websocket.hpp>

#include "net/accepting.hpp"
#include "net/connecting.hpp"
#include "net/loop.hpp"
#include "protocol/terms.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace adieu::inline v1::api {

class session;

/// Beyond it the sum with a time would overflow.
inline constexpr std::chrono::hours longest_deadline{366 * 24};

/// "" if all can be; else what cannot.
std::string wrong_with(const connection_options& options);

class group : public net::accepting::judge, public net::connecting::audience {
 public:
  group(const asio::any_io_executor& executor, role side, connection_options options)
      : loop_(&net::loop::of(executor)), executor_(loop_->hold(executor)) {
    terms_ = {side, std::move(options), &loop_->resources()};
  }
  group(const group&)            = delete;
  group& operator=(const group&) = delete;

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  /// An empty one once the io_context is gone.
  const asio::any_io_executor& executor() const noexcept { return *executor_; }
  net::loop& loop() noexcept { return *loop_; }
  const protocol::terms& terms() const noexcept { return terms_; }

  websocket_handlers handlers;
  /// Of a client's server: the 101, or what refused the opening.
  std::shared_ptr<const opening_response> response;

  /// Handlers are destroyed, once none of them runs.
  void silence() noexcept {
    silent_ = true;
    if (running_ == 0) forget_handlers();
  }
  bool silent() const noexcept { return silent_; }
  /// What a handler threw, and no event tells. An on_exception that throws ends the program.
  void tell_exception(const std::exception_ptr& thrown) noexcept;
  /// Around every call of a handler. The session it is called for keeps the group alive.
  class running {
   public:
    explicit running(group& of) noexcept : group_(of) { ++group_.running_; }
    running(const running&)            = delete;
    running& operator=(const running&) = delete;
    ~running() {
      if (--group_.running_ == 0 && group_.silent_) [[unlikely]]
        group_.forget_handlers();
    }

   private:
    group& group_;
  };

  // What a session tells its group.
  virtual void on_session_ended(session&, const close_event&) {}
  virtual void on_opening_ended(session&) {}
  virtual void on_session_gone(session&) noexcept {}

  // A group is asked only for its own role.
  void on_request(net::driver&, net::accepting&) override {}
  void on_refusal(net::driver&, unsigned, std::string) override {}
  void on_agreed(net::driver& on, std::string subprotocol) override;
  void on_response(net::driver&, std::shared_ptr<const opening_response> given) override {
    response = std::move(given);
  }
  void on_asking_again(net::driver& on, std::string_view why) override;

 protected:
  virtual ~group() = default;
  virtual void forget_handlers() noexcept { handlers = {}; }

 private:
  net::loop* loop_;
  std::shared_ptr<const asio::any_io_executor> executor_;
  protocol::terms terms_;
  std::atomic<std::uint32_t> references_{0};
  std::uint32_t running_ = 0;
  bool silent_           = false;
};

class group_ref {
 public:
  explicit group_ref(group* g) noexcept : group_(g) { group_->retain(); }
  group_ref(const group_ref&)            = delete;
  group_ref& operator=(const group_ref&) = delete;
  ~group_ref() { group_->release(); }
  group* operator->() const noexcept { return group_; }
  group& operator*() const noexcept { return *group_; }

 private:
  group* group_;
};

}  // namespace adieu::inline v1::api
