// Questions, their queue, and the threads that take them from it.
#include "net/lookup_threads.hpp"

#include "net/asio.hpp"
#include "net/system_calls.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <list>
#include <map>
#include <mutex>
#include <netdb.h>
#include <pthread.h>
#include <type_traits>
#include <unistd.h>
#include <utility>

namespace adieu::inline v1::net::lookup_threads {

using question_ref = std::shared_ptr<question>;

struct of_a_name {
  question_ref newest;  // null once it is answered
  std::size_t under_way = 0;
};
using all_names = std::map<std::pair<std::string, int>, of_a_name>;

struct question {
  question(const std::string& name, int of) : host(name), family(of) {}
  question(const question&)            = delete;
  question& operator=(const question&) = delete;
  ~question() {
    if (found) ::freeaddrinfo(found);
  }

  enum class stage : std::uint8_t { queued, asked, answered };

  const std::string host;
  const int family;
  stage at = stage::queued;
  std::list<question_ref>::iterator in_queue;  // while queued
  all_names::iterator name;                    // until answered
  roster askers;
  // Written by the thread that asks; for others once it is answered.
  addrinfo* found = nullptr;
  int failed      = 0;  // EAI_…
  int error       = 0;  // errno, with EAI_SYSTEM
};

namespace {

using stage = question::stage;

error_code system_error_code(int number) { return {number, boost::system::system_category()}; }

// A mutex that no destructor ends: threads may come to it while the process exits.
struct lasting_mutex {
  void lock() noexcept { ::pthread_mutex_lock(&mutex); }
  void unlock() noexcept { ::pthread_mutex_unlock(&mutex); }
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
};
static_assert(std::is_trivially_destructible_v<lasting_mutex>);

struct work {
  std::list<question_ref> queue;
  all_names names;
  std::size_t threads = 0;
};

// Guards everything here, mailboxes too. Held for a moment only, never while a name is looked up.
constinit lasting_mutex mutex;
// Made at first use, never destroyed.
constinit work* process_wide = nullptr;

using held = std::unique_lock<lasting_mutex>;

work& all() {
  if (!process_wide) process_wide = new work;
  return *process_wide;
}

void forget(const question& q) noexcept {
  of_a_name& name = q.name->second;
  if (name.newest.get() == &q) name.newest.reset();
  if (--name.under_way == 0) process_wide->names.erase(q.name);
}

void take_out_of_queue(const question& q) noexcept {
  forget(q);
  process_wide->queue.erase(q.in_queue);
}

}  // namespace

void deliver(question& q) noexcept {
  q.at = stage::answered;
  while (roster::member* first = q.askers.first()) {
    q.askers.remove(*first);
    auto& who  = *static_cast<asker*>(first);
    who.place_ = asker::place::in_mailbox;
    who.box_.answered_.add(who);
    who.box_.wake();
  }
}

namespace {

// --- a thread ---

void look_up(question& q) noexcept {
  addrinfo hints{};
  hints.ai_family   = q.family;
  hints.ai_socktype = SOCK_STREAM;
  q.failed          = ::getaddrinfo(q.host.c_str(), nullptr, &hints, &q.found);
  q.error           = errno;
}

extern "C" void* adieu_lookup_thread(void*) {
  held lock(mutex);
  while (!process_wide->queue.empty()) {
    question_ref q = std::move(process_wide->queue.front());
    process_wide->queue.pop_front();
    q->at = stage::asked;
    lock.unlock();
    look_up(*q);
    lock.lock();
    forget(*q);
    deliver(*q);
    lock.unlock();
    q.reset();
    lock.lock();
  }
  --process_wide->threads;
  return nullptr;
}

// Signals belong to the application's threads. An errno if there is no thread.
int begin_thread() noexcept {
  sigset_t every, before;
  ::sigfillset(&every);
  pthread_attr_t detached;
  if (const int error = ::pthread_attr_init(&detached); error != 0) return error;
  ::pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  ::pthread_sigmask(SIG_BLOCK, &every, &before);
  pthread_t made;
  const int error = ::pthread_create(&made, &detached, adieu_lookup_thread, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&detached);
  return error;
}

// --- fork ---

// The child has this lock, and none of the threads. Who has asked in the parent gets no answer in
// the child, and is destroyed there as everywhere.
extern "C" void adieu_before_fork() { mutex.lock(); }
extern "C" void adieu_in_parent() { mutex.unlock(); }
extern "C" void adieu_in_child() {
  if (process_wide) {
    for (const question_ref& q : process_wide->queue) q->at = stage::asked;
    *process_wide = {};
  }
  mutex.unlock();
}

[[maybe_unused]] const int told_of_forks =
    ::pthread_atfork(adieu_before_fork, adieu_in_parent, adieu_in_child);

}  // namespace

// --- asking ---

error_code asker::ask(const std::string& host, int family) {
  std::list<question_ref> made{std::make_shared<question>(host, family)};
  const held lock(mutex);
  work& here       = all();
  const auto found = here.names.try_emplace({host, family}).first;
  of_a_name& name  = found->second;
  const bool joins =
      name.newest && (name.newest->at == stage::queued || name.under_way >= most_for_a_name);
  if (!joins) {
    name.newest           = made.front();
    name.newest->in_queue = made.begin();
    name.newest->name     = found;
    ++name.under_way;
    here.queue.splice(here.queue.end(), made);
  }
  asked_ = name.newest;
  if (!joins && here.threads < most_threads) {
    const int error = begin_thread();
    if (error == 0) ++here.threads;
    // One that is there takes it from the queue when it has done.
    if (error != 0 && here.threads == 0) {
      take_out_of_queue(*asked_);
      return system_error_code(error);
    }
  }
  asked_->askers.add(*this);
  place_ = place::waiting;
  return {};
}

void asker::drop() noexcept {
  question_ref last;  // freed without the lock
  const held lock(mutex);
  last            = std::move(asked_);
  const place was = std::exchange(place_, place::nowhere);
  if (was == place::in_mailbox) box_.answered_.remove(*this);
  if (was != place::waiting) return;
  last->askers.remove(*this);
  if (last->askers.size() == 0 && last->at == stage::queued) take_out_of_queue(*last);
}

asker* asker::next_of(mailbox& box) noexcept {
  const held lock(mutex);
  if (auto* first = static_cast<asker*>(box.answered_.first())) {
    box.answered_.remove(*first);
    first->place_ = place::nowhere;
    return first;
  }
  char mark;
  if (box.is_woken_) static_cast<void>(::read(box.reading_, &mark, 1) == 1);
  box.is_woken_ = false;
  return nullptr;
}

// --- answers ---

error_code asker::error() const noexcept {
  switch (asked_->failed) {
    case 0: return {};
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
#endif
    case EAI_NONAME: return asio::error::host_not_found;
    case EAI_AGAIN: return asio::error::host_not_found_try_again;
    case EAI_MEMORY: return system_error_code(ENOMEM);
    case EAI_SYSTEM: return system_error_code(asked_->error);
    default: return asio::error::no_recovery;
  }
}

std::vector<socket_address> asker::addresses() const {
  std::vector<socket_address> all;
  if (asked_->failed != 0) return all;
  for (const addrinfo* a = asked_->found; a; a = a->ai_next)
    if (const socket_address one(*a->ai_addr); one.family() == asked_->family) all.push_back(one);
  return all;
}

// --- the mailbox ---

int mailbox::open() noexcept {
  int ends[2];
  if (calls().make_pipe(ends) != 0) return errno;
  const held lock(mutex);
  reading_ = ends[0];
  writing_ = ends[1];
  return 0;
}

void mailbox::close() noexcept {
  const held lock(mutex);
  if (reading_ < 0) return;
  ::close(std::exchange(reading_, -1));
  ::close(std::exchange(writing_, -1));
  is_woken_ = false;
}

void mailbox::wake() noexcept {
  const char mark = 0;
  if (!std::exchange(is_woken_, true)) static_cast<void>(::write(writing_, &mark, 1) == 1);
}

}  // namespace adieu::inline v1::net::lookup_threads
