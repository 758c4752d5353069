// The reply to on_attempt: to one attempt of one client, while that still waits for it.
#include <adieu/attempt_reply.hpp>

#include "api/reconnecting.hpp"

#include <utility>

namespace adieu::inline v1 {

attempt_reply::attempt_reply(attempt_reply&& other) noexcept
    : of_(std::move(other.of_)), number_(other.number_), refused_(other.refused_) {
  other.of_.reset();
}

attempt_reply& attempt_reply::operator=(attempt_reply&& other) noexcept {
  if (this == &other) return *this;
  drop();
  of_      = std::exchange(other.of_, {});
  number_  = other.number_;
  refused_ = other.refused_;
  return *this;
}

attempt_reply::~attempt_reply() { drop(); }

void attempt_reply::drop() noexcept {
  if (const auto r = live()) {
    if (refused_)
      r->fail_unsendable();
    else
      r->reply_dropped(number_);
  }
  of_.reset();
}

std::shared_ptr<api::reconnecting> attempt_reply::live() const noexcept {
  auto r = of_.lock();
  return r && r->asks(number_) ? r : nullptr;
}

std::string attempt_reply::url() const {
  const auto r = live();
  return r ? r->url() : std::string();
}

bool attempt_reply::needs_credentials() const noexcept {
  const auto r = live();
  return r && r->needs_credentials();
}

void attempt_reply::connect(attempt_changes with) {
  const auto r = live();
  if (!r) return;
  refused_ = true;  // if it throws
  r->connect(std::move(with));
  refused_ = false;
}

void attempt_reply::fail(std::string why) {
  if (const auto r = live()) r->fail(std::move(why));
}

}  // namespace adieu::inline v1
