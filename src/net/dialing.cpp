// Lookups and sockets.
#include "net/dialing.hpp"

#include "net/system_calls.hpp"

#include <cerrno>
#include <netinet/tcp.h>
#include <string_view>

namespace adieu::inline v1::net {
namespace {

using family = attempt_order::family;

// In which they are asked for. [RFC 8305 3]
constexpr std::array families{attempt_order::ipv6, attempt_order::ipv4};
constexpr std::array<int, 2> system_family{AF_INET6, AF_INET};

error_code system_error_code(int number) { return {number, boost::system::system_category()}; }

// localhost and what is below it are this machine, whatever a resolver says. [RFC 6761 6.3] The
// host of a URL is in lower case.
bool is_localhost(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return host == "localhost" || host.ends_with(".localhost");
}

// It says that this machine has no way to there, and nothing about the peer.
bool is_our_own(int error) {
  return error == ENETUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

// A socket on its way to `to`, or an error.
stream begin_connect(const socket_address& to, int& error) {
  stream made(calls().make_socket(to.family()));
  error = made ? 0 : errno;
  if (error != 0) return made;
  const int on = 1;
  ::setsockopt(made.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(made.descriptor(), to.data(), to.size()) != 0 && errno != EINPROGRESS &&
      errno != EINTR)
    error = errno;
  return made;
}

// What became of it, 0 if it is connected.
int outcome_of(const stream& attempt) {
  int error      = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(attempt.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  if (error != 0) return error;
  const socket_address peer = socket_address::remote_end_of(attempt.descriptor());
  if (peer.family() == 0) return ECONNRESET;  // that was told somebody else
  // Without a server a port of this machine's may be given to the client itself, which TCP then
  // connects to itself. [RFC 9293 3.5, simultaneous open]
  return peer == socket_address::local_end_of(attempt.descriptor()) ? ECONNREFUSED : 0;
}

}  // namespace

/// A socket that is not connected yet.
class dialing::attempt final : public pollable {
 public:
  attempt(dialing& of, unsigned number, const socket_address& to)
      : dialing_(of), number_(number), to_(to) {}
  attempt(const attempt&)            = delete;
  attempt& operator=(const attempt&) = delete;
  ~attempt() { leave_poller(); }

  /// An errno if that fails at once.
  int begin() {
    int error = 0;
    stream_   = begin_connect(to_, error);
    if (error != 0) return error;
    error      = dialing_.loop_.poller().add(stream_.descriptor(), {.write = true}, *this);
    in_poller_ = error == 0;
    return error;
  }

  unsigned number() const noexcept { return number_; }
  const socket_address& to() const noexcept { return to_; }
  bool is_decided() const noexcept { return is_decided_; }
  const stream& socket() const noexcept { return stream_; }
  stream take() noexcept {
    leave_poller();
    return std::move(stream_);
  }

 private:
  bool ready(readiness) override {
    is_decided_ = true;
    dialing_.audience_.on_dialing();
    return true;
  }
  void leave_poller() noexcept {
    if (in_poller_) dialing_.loop_.poller().remove(stream_.descriptor(), *this);
    in_poller_ = false;
  }

  dialing& dialing_;
  unsigned number_;
  socket_address to_;
  stream stream_;
  bool in_poller_  = false;
  bool is_decided_ = false;
};

dialing::dialing(loop& home, audience& told) noexcept : loop_(home), audience_(told) {}
dialing::~dialing() { loop_.deadlines().cancel(*this); }

void dialing::begin(const std::string& host, std::uint16_t port) {
  port_ = port;
  std::array<std::vector<socket_address>, 2> known;
  if (const auto address = socket_address::numeric(host)) {
    known[address->family() == AF_INET6 ? attempt_order::ipv6 : attempt_order::ipv4] = {*address};
  } else if (is_localhost(host)) {
    for (const family f : families) known[f] = {socket_address::loopback(system_family[f])};
  } else {
    lookup::audience& told = *this;
    for (const family f : families)
      lookups_[f].emplace(loop_.resolver(), told).begin(host, system_family[f]);
    return;
  }
  for (const family f : families) found(f, std::move(known[f]));
}

void dialing::found(family of, std::vector<socket_address> addresses) {
  for (socket_address& a : addresses) a.set_port(port_);
  order_.found(of, std::move(addresses), loop_.now());
}

dialing::outcome dialing::carry_on() {
  take_answers();
  if (judge_attempts()) return outcome::connected;
  begin_attempts();
  if (order_.is_over()) return outcome::failed;
  loop_.schedule(*this, order_.due());
  return outcome::under_way;
}

// That there are no addresses of one family says less than any other error.
void dialing::take_answers() {
  for (const family f : families) {
    auto& l = lookups_[f];
    if (!l || !l->is_answered()) continue;
    auto addresses   = l->addresses();
    error_code error = l->error();
    if (!error && addresses.empty()) error = asio::error::host_not_found;
    if (error && (!lookup_failed_ || lookup_failed_ == asio::error::host_not_found))
      lookup_failed_ = error;
    l.reset();
    found(f, std::move(addresses));
  }
}

// True: one is connected.
bool dialing::judge_attempts() {
  for (auto a = attempts_.begin(); a != attempts_.end();) {
    if (!a->is_decided()) {
      ++a;
      continue;
    }
    const int error = outcome_of(a->socket());
    if (error == 0) {
      peer_ = a->to();
      won_  = a->take();
      return true;
    }
    failed(a->number(), error);
    a = attempts_.erase(a);
  }
  return false;
}

void dialing::begin_attempts() {
  while (const auto next = order_.next(loop_.now())) {
    const int error = attempts_.emplace_back(*this, next->number, next->to).begin();
    if (error == 0) continue;
    attempts_.pop_back();
    failed(next->number, error);
  }
}

void dialing::failed(unsigned attempt, int error) noexcept {
  order_.failed(attempt);
  if (!attempt_failed_ || !is_our_own(error)) attempt_failed_ = system_error_code(error);
}

void dialing::due(protocol::time) { audience_.on_dialing(); }

void dialing::on_answer() { audience_.on_dialing(); }

}  // namespace adieu::inline v1::net
