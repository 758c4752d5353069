// The threads of this process in which getaddrinfo looks names up: it blocks and cannot be
// interrupted. They begin when there is something to look up, end when there is nothing more, and
// touch only what no destructor of a static object takes away, so that nobody has to wait for them.
// Knows no loop: an answer is put into the mailbox of who has asked, which wakes its owner through
// a pipe. All functions are for any thread.
#pragma once

#include "net/roster.hpp"
#include "net/socket_address.hpp"

#include <adieu/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace adieu::inline v1::net::lookup_threads {

/// In the whole process. What more there is to look up waits its turn.
inline constexpr std::size_t most_threads = 32;
/// So many lookups of one name and family are under way at once; who asks then gets the answer of
/// the newest of them. So a name whose server does not answer takes few of the threads, however
/// often it is asked for.
inline constexpr std::size_t most_for_a_name = 2;

struct question;

/// Where answers lie until their owner takes them.
class mailbox {
 public:
  mailbox()                          = default;
  mailbox(const mailbox&)            = delete;
  mailbox& operator=(const mailbox&) = delete;
  ~mailbox() { close(); }

  /// Makes the pipe; an errno if there is none.
  int open() noexcept;
  /// Nobody may be asking any more.
  void close() noexcept;
  /// Readable when there are answers.
  int descriptor() const noexcept { return reading_; }

 private:
  friend class asker;
  friend void deliver(question&) noexcept;
  void wake() noexcept;

  int reading_ = -1;
  int writing_ = -1;
  roster answered_;
  bool is_woken_ = false;
};

/// Who asks for one name. Destroying it drops the answer.
class asker : public roster::member {
 public:
  explicit asker(mailbox& box) noexcept : box_(box) {}
  ~asker() { drop(); }

  /// Once. An error if no thread can be had, and none is there that could do it later.
  error_code ask(const std::string& host, int family);
  /// Who has an answer, taken out of the mailbox; null: nobody any more.
  static asker* next_of(mailbox& box) noexcept;
  /// There will be no answer.
  void drop() noexcept;

  // --- once it was taken out ---
  /// No error and no address: the name has none of this family.
  error_code error() const noexcept;
  std::vector<socket_address> addresses() const;

 private:
  friend void deliver(question&) noexcept;
  enum class place : std::uint8_t { nowhere, waiting, in_mailbox };

  mailbox& box_;
  std::shared_ptr<question> asked_;
  place place_ = place::nowhere;
};

}  // namespace adieu::inline v1::net::lookup_threads
