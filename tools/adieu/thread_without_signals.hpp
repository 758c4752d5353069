// A thread that no signal is delivered to: Ctrl-C belongs to the loop. Knows nothing else.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace adieu::tool {

template <typename Body>
std::thread thread_without_signals(Body body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread made(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return made;
}

}  // namespace adieu::tool
