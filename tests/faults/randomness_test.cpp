// Masking keys are fetched many at a time. What was fetched before a fork is not used on both sides
// of it, and without randomness there are no keys, no frames, and no opening.
#include "faults/strike.hpp"
#include "ledger.hpp"
#include "net/randomness.hpp"
#include "protocol/mask_keys.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

namespace adieu::tests {
namespace {

constexpr std::size_t some = 8;
using some_keys            = std::array<wire::mask_key, some>;

some_keys next(protocol::mask_keys& from) {
  some_keys made{};
  for (auto& key : made) EXPECT_TRUE(from.next(key));
  return made;
}

TEST(randomness, a_child_does_not_repeat_the_masking_keys_of_its_parent) {
  net::system_randomness source;
  protocol::mask_keys keys(source);
  next(keys);  // the rest of the batch is there on both sides of the fork
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const some_keys made = next(keys);
    ::_exit(::write(ends[1], &made, sizeof made) == sizeof made ? 0 : 1);
  }
  some_keys theirs{};
  EXPECT_EQ(::read(ends[0], &theirs, sizeof theirs), static_cast<ssize_t>(sizeof theirs));
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  const some_keys ours = next(keys);
  for (const auto& a : ours)
    for (const auto& b : theirs) EXPECT_NE(std::memcmp(&a, &b, sizeof a), 0);
}

TEST(randomness, that_fails_gives_no_key_and_that_comes_in_pieces_gives_them) {
  net::system_randomness source;
  protocol::mask_keys keys(source);
  wire::mask_key key{};
  arm({call::getrandom, ENOSYS}, 1);
  EXPECT_FALSE(keys.next(key));
  EXPECT_TRUE(disarm());
  arm({call::getrandom, 0}, 1);
  EXPECT_TRUE(keys.next(key));
  EXPECT_TRUE(disarm());
}

// --- over a connection ---

TEST(randomness, that_fails_fails_the_send_of_a_client_and_says_why) {
  asio::io_context io;
  server s(io, {}, {});
  close_event event;
  bool refused = false;
  websocket ws(io, "ws://127.0.0.1:" + std::to_string(s.port()) + "/",
               {.on_open =
                    [&](websocket& w) {
                      arm({call::getrandom, ENOSYS}, 1, 1000);
                      // Keys are fetched 256 at a time.
                      error_code ec;
                      for (int i = 0; i < 1000 && !ec; ++i) ec = w.send("x");
                      EXPECT_EQ(ec, error::not_open);
                      refused = disarm();
                    },
                .on_close =
                    [&](websocket&, const close_event& e) {
                      event = e;
                      s.async_shutdown({}, [](error_code, shutdown_report) {});
                    }});
  io.run();
  EXPECT_TRUE(refused);
  EXPECT_FALSE(event.was_clean);
  EXPECT_EQ(event.note, "the operating system has no randomness for masking keys");
  EXPECT_NE(explain(event).find("no randomness"), std::string::npos) << explain(event);
}

TEST(randomness, that_fails_fails_an_opening_and_says_why) {
  asio::io_context io;
  server s(io, {}, {});
  close_event event;
  websocket ws(io, "ws://127.0.0.1:" + std::to_string(s.port()) + "/",
               {.on_close = [&](websocket&, const close_event& e) {
                 event = e;
                 s.async_shutdown({}, [](error_code, shutdown_report) {});
               }});
  arm({call::getrandom, ENOSYS}, 1, 1000);
  while (event.note.empty() && io.run_one() != 0) continue;
  EXPECT_TRUE(disarm());
  io.run();
  EXPECT_EQ(event.cause, cause::unreachable);
  EXPECT_EQ(event.note, "the operating system has no randomness for the opening");
  EXPECT_TRUE(event.error);
}

}  // namespace
}  // namespace adieu::tests
