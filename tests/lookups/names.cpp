// The calls replaced.
#include "lookups/names.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <mutex>
#include <netdb.h>
#include <pthread.h>
#include <sys/socket.h>
#include <utility>

extern "C" {
int __real_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**);
int __real_pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
int __real_connect(int, const sockaddr*, socklen_t);
}

namespace adieu::tests::names {
namespace {

struct conduct {
  bool hangs                         = false;
  std::vector<std::string> addresses = {};
  int failure                        = 0;
  int error                          = 0;
};

struct world {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::pair<std::string, int>, conduct> known;
  int asked = 0, inside = 0, most = 0, hanging = 0;

  void set(const std::string& name, int family, conduct what) {
    const std::lock_guard lock(mutex);
    known[{name, family}] = std::move(what);
    changed.notify_all();
  }
};

// Never destroyed: a process may exit while somebody hangs.
world* all = new world;
std::atomic<int> threads_left{any_number};
std::atomic<bool> to_itself{false};

conduct conduct_for(const std::string& name, int family) {
  world& w = *all;
  std::unique_lock lock(w.mutex);
  ++w.asked;
  w.most          = std::max(w.most, ++w.inside);
  const auto hang = [&] {
    const auto at = w.known.find({name, family});
    return at != w.known.end() && at->second.hangs;
  };
  if (hang()) {
    ++w.hanging;
    w.changed.notify_all();
    w.changed.wait(lock, [&] { return !hang(); });
    --w.hanging;
  }
  const auto at     = w.known.find({name, family});
  const conduct how = at != w.known.end() ? at->second : conduct{.failure = EAI_NONAME};
  --w.inside;
  w.changed.notify_all();
  return how;
}

int take(const conduct& how, int family, addrinfo** found) {
  if (how.failure != 0) {
    errno = how.error;
    return how.failure;
  }
  addrinfo numeric{};
  numeric.ai_flags    = AI_NUMERICHOST;
  numeric.ai_family   = family;
  numeric.ai_socktype = SOCK_STREAM;
  for (const std::string& one : how.addresses) {
    if (const int failed = __real_getaddrinfo(one.c_str(), nullptr, &numeric, found); failed != 0)
      return failed;
    while (*found) found = &(*found)->ai_next;
  }
  return 0;
}

}  // namespace

void answer(const std::string& name, int family, std::vector<std::string> addresses) {
  all->set(name, family, {.addresses = std::move(addresses)});
}

void fail(const std::string& name, int family, int failure, int error) {
  all->set(name, family, {.failure = failure, .error = error});
}

void hang(const std::string& name) {
  for (const int family : {AF_INET6, AF_INET}) all->set(name, family, {.hangs = true});
}

int asked() {
  const std::lock_guard lock(all->mutex);
  return all->asked;
}

int most_at_once() {
  const std::lock_guard lock(all->mutex);
  return all->most;
}

void wait_for_hanging(int count) {
  std::unique_lock lock(all->mutex);
  all->changed.wait(lock, [&] { return all->hanging >= count; });
}

void forget_all() {
  allow_threads(any_number);
  connect_to_itself(false);
  std::unique_lock lock(all->mutex);
  all->known.clear();
  all->changed.notify_all();
  all->changed.wait(lock, [] { return all->inside == 0; });
  all->asked = all->most = 0;
}

void in_child() { all = new world; }

void allow_threads(int count) { threads_left = count; }

void connect_to_itself(bool on) { to_itself = on; }

}  // namespace adieu::tests::names

namespace names = adieu::tests::names;

extern "C" {

int __wrap_getaddrinfo(const char* node, const char*, const addrinfo* hints, addrinfo** found) {
  return names::take(names::conduct_for(node, hints->ai_family), hints->ai_family, found);
}

int __wrap_pthread_create(pthread_t* made, const pthread_attr_t* how, void* (*body)(void*),
                          void* with) {
  if (--names::threads_left < 0) return EAGAIN;
  return __real_pthread_create(made, how, body, with);
}

int __wrap_connect(int socket, const sockaddr* to, socklen_t size) {
  if (names::to_itself && ::bind(socket, to, size) != 0) return -1;
  return __real_connect(socket, to, size);
}

}  // extern "C"
