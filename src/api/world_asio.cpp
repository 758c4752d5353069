// The real world: a loop's clock and wheel, the system's randomness, and websockets.
#include "api/world.hpp"

#include "api/session.hpp"
#include "net/deadline_wheel.hpp"
#include "net/loop.hpp"

#include <utility>

namespace adieu::inline v1::api {
namespace {

class websocket_link final : public link {
 public:
  websocket_link(const asio::any_io_executor& where, const std::string& url,
                 websocket_options options, handlers told)
      : ws_(where, url, std::move(options), heard_by(std::move(told))) {}

  error send(message_view outgoing) override {
    return static_cast<error>(ws_.send(outgoing).value());
  }
  bool takes_messages() const noexcept override { return ws_.state() == ready_state::open; }
  bool has_room() noexcept override { return behind().has_room(); }
  void flush_now() noexcept override { ws_.flush(); }
  void close(code_to_send code, std::string_view reason) override { ws_.close(code, reason); }
  void terminate() noexcept override { ws_.terminate(); }
  void hurry(std::chrono::milliseconds within) override { behind().hurry(behind().now() + within); }
  void hold_reading(bool held) noexcept override {
    held ? ws_.pause_reading() : ws_.resume_reading();
  }
  std::size_t queued_messages() const noexcept override {
    return behind().machine().queued_messages();
  }
  std::size_t last_words() const noexcept override { return behind().last_words(); }
  std::uint64_t buffered_amount() const noexcept override { return ws_.buffered_amount(); }
  std::string_view subprotocol() const noexcept override { return ws_.subprotocol(); }
  const opening_response* response() const noexcept override { return ws_.response(); }
  endpoint remote_endpoint() const override { return ws_.remote_endpoint(); }
  websocket_ref ref() const noexcept override { return ws_.ref(); }
  const close_event* closed() const noexcept override { return ws_.closed(); }

 private:
  session& behind() const noexcept { return session::behind(ws_); }

  static websocket_handlers heard_by(handlers told) {
    return {
        .on_open    = [f = std::move(told.on_open)](websocket&) mutable { f(); },
        .on_message = [f = std::move(told.on_message)](websocket&,
                                                       message_view m) mutable { f(m); },
        .on_drain   = [f = std::move(told.on_drain)](websocket&) mutable { f(); },
        .on_closing = [f = std::move(told.on_closing)](
                          websocket&, closing_reply reply) mutable { f(std::move(reply)); },
        .on_close = [f = std::move(told.on_ended)](websocket&,
                                                   const close_event& event) mutable { f(event); },
        .on_exception =
            [f = std::move(told.on_exception)](std::exception_ptr thrown) mutable { f(thrown); },
    };
  }

  websocket ws_;
};

class asio_world final : public world,
                         public net::deadline_wheel::entry,
                         public net::loop::cut_off_with {
 public:
  explicit asio_world(const asio::any_io_executor& where)
      : loop_(&net::loop::of(where)), executor_(loop_->hold(where)) {
    loop_->add(static_cast<cut_off_with&>(*this));
  }
  ~asio_world() override {
    if (!loop_) return;
    loop_->deadlines().cancel(*this);
    loop_->remove(static_cast<cut_off_with&>(*this));
  }

  void entered() noexcept override {
    if (loop_) loop_->entered();
  }
  const asio::any_io_executor& executor() const noexcept override { return *executor_; }
  protocol::time now() noexcept override { return protocol::clock::now(); }
  protocol::random_source& chance() noexcept override { return loop_->resources().keys.source(); }
  void belongs_to(inhabitant* who) noexcept override { who_ = who; }
  void wake(protocol::time at) override {
    if (!loop_) return;
    loop_->deadlines().cancel(*this);
    loop_->schedule(*this, at);
  }
  std::unique_ptr<link> connect(const std::string& url, websocket_options options,
                                link::handlers told) override {
    return std::make_unique<websocket_link>(*executor_, url, std::move(options), std::move(told));
  }

 private:
  void due(protocol::time) override {
    if (who_) who_->due();
  }
  void cut_off() noexcept override {
    // Who is told may destroy this; the wheel is still used by those that are cut off next.
    std::exchange(loop_, nullptr)->deadlines().cancel(*this);
    if (who_) who_->cut_off();
  }

  net::loop* loop_;  // null once the io_context is gone
  std::shared_ptr<const asio::any_io_executor> executor_;
  inhabitant* who_ = nullptr;
};

}  // namespace

std::unique_ptr<world> real_world(const asio::any_io_executor& where) {
  return std::make_unique<asio_world>(where);
}

}  // namespace adieu::inline v1::api
