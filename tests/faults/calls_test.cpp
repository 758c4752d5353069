// The fail loop: the same life again and again, in which the first call of a kind fails, then the
// second, and so on until a life passes that does not make so many. Each has one ending at each
// end, with the right cause, in time, and leaves nothing behind.
#include "faults/scenario.hpp"
#include "faults/strike.hpp"
#include "ledger.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <tuple>

namespace adieu::tests {
namespace {

// What becomes of a life with the fault in it.
enum class then {
  nothing,      // it ends as if nothing had been
  may_be_lost,  // that connection, or the whole server's beginning
};

struct kind {
  fault what;
  then becomes;
};

std::ostream& operator<<(std::ostream& to, const kind& k) { return to << k.what; }

const std::vector<kind> kinds{
    {{call::recv, 0}, then::nothing},
    {{call::recv, EINTR}, then::nothing},
    {{call::recv, EAGAIN}, then::nothing},
    {{call::recv, ENOBUFS}, then::nothing},
    {{call::recv, ENOMEM}, then::may_be_lost},
    {{call::recv, ECONNRESET}, then::may_be_lost},
    {{call::recv, ETIMEDOUT}, then::may_be_lost},
    {{call::send, 0}, then::nothing},
    {{call::send, EINTR}, then::nothing},
    {{call::send, EAGAIN}, then::nothing},
    {{call::send, ENOBUFS}, then::nothing},
    {{call::send, ENOMEM}, then::may_be_lost},
    {{call::send, EPIPE}, then::may_be_lost},
    {{call::send, ECONNRESET}, then::may_be_lost},
    {{call::sendmsg, 0}, then::nothing},
    {{call::sendmsg, EINTR}, then::nothing},
    {{call::sendmsg, EAGAIN}, then::nothing},
    {{call::sendmsg, ENOBUFS}, then::nothing},
    {{call::sendmsg, ENOMEM}, then::may_be_lost},
    {{call::sendmsg, EPIPE}, then::may_be_lost},
    {{call::epoll_wait, EINTR}, then::nothing},
    {{call::epoll_add, ENOMEM}, then::may_be_lost},
    {{call::epoll_add, ENOSPC}, then::may_be_lost},
    {{call::socket, EMFILE}, then::may_be_lost},
    {{call::socket, ENOBUFS}, then::may_be_lost},
    {{call::connect, EINTR}, then::nothing},
    {{call::connect, EAGAIN}, then::may_be_lost},
    {{call::connect, ENETUNREACH}, then::may_be_lost},
    {{call::accept4, EINTR}, then::nothing},
    {{call::accept4, EAGAIN}, then::nothing},
    {{call::accept4, ECONNABORTED}, then::nothing},
    {{call::accept4, EMFILE}, then::nothing},
    {{call::accept4, ENOBUFS}, then::nothing},
    {{call::accept4, ENOMEM}, then::nothing},
    {{call::shutdown, ENOTCONN}, then::may_be_lost},
    {{call::getrandom, 0}, then::nothing},
    {{call::getrandom, EINTR}, then::nothing},
    {{call::getrandom, ENOSYS}, then::may_be_lost},
};

using one_way = std::tuple<over, kind>;

class failing_call : public ::testing::TestWithParam<one_way> {
 protected:
  static void SetUpTestSuite() { prepare(); }
};

// A stream was lost, or never came about. The peer is never accused of having broken a rule.
void judge_cause(const end_seen& end, const kind& k) {
  constexpr cause lost[] = {cause::peer_vanished,     cause::reset,
                            cause::tls_failed,        cause::tls_truncated,
                            cause::closing_timed_out, cause::opening_timed_out,
                            cause::unreachable,       cause::keepalive_timed_out};
  const close_event& e   = end.event;
  if (end.closed == 0) return;
  if (e.was_clean) {
    EXPECT_EQ(e.cause, cause::completed);
    EXPECT_FALSE(e.error);
    return;
  }
  // Without randomness nothing may be sent any more, the Close included.
  const bool speechless = k.what.which == call::getrandom && e.cause == cause::terminated;
  EXPECT_TRUE(speechless || std::count(std::begin(lost), std::end(lost), e.cause) == 1)
      << name(e.cause);
  EXPECT_EQ(e.code, e.received ? 1000 : e.cause == cause::tls_failed ? 1015 : 1006);
}

// Where it did not end well, somebody says why in the system's words. (Randomness has none, and a
// stream that cannot be shut down has gone already.)
bool told(const life_seen& life, const fault& f) {
  const error_code injected(f.error, boost::system::system_category());
  return f.which == call::getrandom || f.which == call::shutdown ||
         life.client.event.error == injected || life.server.event.error == injected;
}

void judge(const life_seen& life, const kind& k, bool struck) {
  EXPECT_TRUE(life.came_to_rest || !life.began) << "something is still under way";
  EXPECT_EQ(life.thrown, 0);
  EXPECT_LT(life.took, 4s);
  for (const end_seen* end : {&life.client, &life.server}) {
    EXPECT_EQ(end->spoilt, 0) << "a message is not what was sent";
    EXPECT_EQ(end->out_of_order, 0);
    judge_cause(*end, k);
  }
  EXPECT_EQ(life.server.closed, life.server.opened);
  EXPECT_LE(life.server.opened + life.server.refused, 1);
  EXPECT_TRUE(life.complete() || (struck && k.becomes == then::may_be_lost));
  // What has come had been sent: it is not to be sent again.
  for (const auto& [from, to] :
       {std::pair(&life.client, &life.server), {&life.server, &life.client}}) {
    if (from->closed == 0) continue;
    EXPECT_LE(from->event.unsent_messages + static_cast<unsigned>(to->messages),
              static_cast<unsigned>(from->sent));
  }
  if (!life.began) return;
  EXPECT_EQ(life.client.closed, 1);
  // A close that is clean at the end that began it: all that was sent before has come.
  EXPECT_TRUE(!life.client.event.was_clean || life.server.messages == messages_each_way);
  EXPECT_TRUE(life.complete() || told(life, k.what));
}

TEST_P(failing_call, ends_the_connection_as_it_should_or_not_at_all) {
  const auto& [way, k]          = GetParam();
  const std::size_t descriptors = open_descriptors();
  const std::ptrdiff_t blocks   = blocks_alive();
  // The queue that TLS lends comes and goes with its thread, not with the connection.
  const std::ptrdiff_t lent = way == over::tls ? 2 : 0;
  for (int n = 1;; ++n) {
    bool struck = false;
    {
      arm(k.what, n);
      const life_seen life = play(way);
      struck               = disarm();
      judge(life, k, struck);
      if (HasFailure()) {
        FAIL() << k.what << " at call " << n << life.in_words();
      }
    }
    ASSERT_EQ(open_descriptors(), descriptors) << k.what << " at call " << n;
    ASSERT_LE(std::abs(blocks_alive() - blocks), lent)
        << k.what << " at call " << n << ": memory is left over";
    if (!struck) {
      RecordProperty("lives", n);
      return;
    }
    ASSERT_LT(n, 2000);
  }
}

INSTANTIATE_TEST_SUITE_P(each, failing_call,
                         ::testing::Combine(::testing::Values(over::plain, over::deflate,
                                                              over::tls),
                                            ::testing::ValuesIn(kinds)),
                         [](const auto& info) {
                           std::ostringstream words;
                           words << std::get<0>(info.param) << '_' << std::get<1>(info.param).what;
                           std::string made;
                           for (char c : words.str())
                             if (std::isalnum(static_cast<unsigned char>(c)))
                               made += c;
                             else if (made.back() != '_')
                               made += '_';
                           return made;
                         });

}  // namespace
}  // namespace adieu::tests
