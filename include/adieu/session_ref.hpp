// A counted reference to a connection's shell: 8 bytes, what websockets, refs and replies hold. The
// shell outlives the connection; whether that is still there is asked on its executor.
#pragma once

#include <adieu/config.hpp>

#include <utility>

namespace adieu::inline v1 {

namespace api {
class session;
ADIEU_API void retain(session& kept) noexcept;
ADIEU_API void release(session& kept) noexcept;
}  // namespace api

class session_ref {
 public:
  session_ref() = default;
  explicit session_ref(api::session* kept) noexcept : session_(kept) {
    if (session_) api::retain(*session_);
  }
  session_ref(const session_ref& other) noexcept : session_ref(other.session_) {}
  session_ref(session_ref&& other) noexcept : session_(std::exchange(other.session_, nullptr)) {}
  session_ref& operator=(session_ref other) noexcept {
    std::swap(session_, other.session_);
    return *this;
  }
  ~session_ref() {
    if (session_) api::release(*session_);
  }

  api::session* session() const noexcept { return session_; }
  api::session* operator->() const noexcept { return session_; }
  explicit operator bool() const noexcept { return session_ != nullptr; }

 private:
  api::session* session_ = nullptr;
};

}  // namespace adieu::inline v1
