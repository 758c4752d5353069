// The system as a test wants it: which names getaddrinfo knows and which it hangs on, how many
// threads there may be, sockets that connect to themselves. The linker (--wrap) leads the library's
// calls here. Knows nothing of WebSocket.
#pragma once

#include <string>
#include <vector>

namespace adieu::tests::names {

/// From now on, for those too that hang on it. `family`: AF_INET or AF_INET6.
void answer(const std::string& name, int family, std::vector<std::string> addresses);
/// EAI_…, and errno with EAI_SYSTEM. Of a name that was never spoken of: EAI_NONAME.
void fail(const std::string& name, int family, int failure, int error = 0);
/// Both families, until there is an answer or a failure, each for itself.
void hang(const std::string& name);

/// Calls of getaddrinfo: all, and most at once.
int asked();
int most_at_once();
/// Waits until so many hang.
void wait_for_hanging(int count);

/// As in the beginning. What hangs fails, and has left getaddrinfo afterwards.
void forget_all();
/// For a child after fork(), which has none of the threads.
void in_child();

/// How many more threads can be begun; EAGAIN for those behind them.
void allow_threads(int count);
constexpr int any_number = 1'000'000;

/// Until the next call connect() makes each socket's own address that which it connects to.
void connect_to_itself(bool on);

}  // namespace adieu::tests::names
