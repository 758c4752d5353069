// A loop's lookups: names to addresses, each family of a name apart. The loop has work while one is
// under way that somebody waits for. Who asks, and in which threads: net/lookup_threads.
#pragma once

#include "net/lookup_threads.hpp"
#include "net/poller.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace adieu::inline v1::net {

/// One for each loop; lives as long.
class resolver final : public pollable {
 public:
  explicit resolver(net::poller& watched_by) noexcept : poller_(watched_by) {}

  // --- for lookups ---
  lookup_threads::mailbox& mailbox() noexcept { return mailbox_; }
  /// An errno if there is no descriptor or no memory for it.
  int one_more();
  void one_less() noexcept;

 private:
  bool ready(readiness how) override;

  net::poller& poller_;
  lookup_threads::mailbox mailbox_;
  std::size_t under_way_ = 0;
};

/// One name, one family. Destroying it drops the answer; the loop has no work of it then.
class lookup final : private lookup_threads::asker {
 public:
  class audience {
   public:
    /// Within a turn of the loop. It may destroy the lookup.
    virtual void on_answer() = 0;

   protected:
    ~audience() = default;
  };

  lookup(resolver& by, audience& told) noexcept : asker(by.mailbox()), by_(by), audience_(told) {}
  ~lookup();

  /// Once. What fails at once is an answer, too, and not told.
  void begin(const std::string& host, int family);

  bool is_answered() const noexcept { return stage_ == stage::answered; }
  /// In the order that getaddrinfo has given them; their port is 0.
  std::vector<socket_address> addresses() const;
  /// The resolver's, or the system's where there was no thread or descriptor.
  error_code error() const noexcept;

 private:
  friend class resolver;
  enum class stage : std::uint8_t { not_begun, under_way, answered };

  resolver& by_;
  audience& audience_;
  stage stage_ = stage::not_begun;
  error_code no_lookup_;
};

}  // namespace adieu::inline v1::net
