// What the application says before each attempt of a reconnecting client: where to, and with what.
#pragma once

#include <adieu/close_event.hpp>
#include <adieu/options.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1 {

namespace api {
class reconnecting;
}

/// What one attempt does otherwise than the options say. What is empty stays as it is.
struct attempt_changes {
  /// Where to, this time.
  kept<std::string> url = {};
  /// Header fields beside those of the options; one of the same name takes its place.
  kept<header_list> headers = {};
  /// The subprotocols to offer instead of those of the options.
  kept<std::vector<std::string>> subprotocols = {};
};

/// Given to on_attempt. Move-only: keep it to answer later (a token has to be fetched first); after
/// `reconnecting_options::answer_within` the attempt has failed. Dropped without an answer it
/// connects as the options say. Does nothing once the attempt or the client is over. On the
/// client's executor only.
class ADIEU_API attempt_reply {
 public:
  attempt_reply(std::weak_ptr<api::reconnecting> of, std::uint64_t number) noexcept
      : of_(std::move(of)), number_(number) {}
  attempt_reply(attempt_reply&& other) noexcept;
  attempt_reply& operator=(attempt_reply&& other) noexcept;
  ~attempt_reply();

  /// Of all attempts: 1 for the first.
  std::uint64_t number() const noexcept { return number_; }
  /// Where it goes unless `attempt_changes::url` says otherwise: the next of the endpoints.
  std::string url() const;
  /// The last attempt ended with 401, 407 or 3000: with the same token it will not do better. A
  /// client that is known good does not even try within `backoff::credentials_floor` of a 401 or
  /// 407 if URL, headers and subprotocols are the same: that attempt fails (cause abandoned).
  bool needs_credentials() const noexcept;

  /// Begins to connect. Throws system_error(bad_url) and system_error(bad_option), with nothing
  /// done: it may be called again. Dropped after that the attempt has failed: without what was
  /// asked for it does not connect.
  void connect(attempt_changes with = {});
  /// This attempt cannot be made now: it has failed (cause abandoned), and the policy decides.
  void fail(std::string why);

 private:
  std::shared_ptr<api::reconnecting> live() const noexcept;
  void drop() noexcept;

  std::weak_ptr<api::reconnecting> of_;
  std::uint64_t number_ = 0;
  bool refused_         = false;  // connect() has thrown
};

}  // namespace adieu::inline v1
