// One whole life between a server and a client of ours, to be played with faults: the opening,
// three short messages and one of 300 KB and their echoes, the closing, the server's shutdown.
#pragma once

#include <adieu/adieu.hpp>

#include <chrono>
#include <ostream>
#include <string>

namespace adieu::tests {

enum class over { plain, deflate, tls };
std::ostream& operator<<(std::ostream& to, over what);

/// One end, as its handlers saw it.
struct end_seen {
  int opened        = 0;
  int closed        = 0;
  int refused       = 0;  // at the server: an opening that failed
  int sent          = 0;
  int messages      = 0;  // received
  int spoilt        = 0;  // messages that are not the next one of the script
  int out_of_order  = 0;  // callbacks before on_open, after on_close
  close_event event = {};
};

struct life_seen {
  end_seen client;
  end_seen server;
  bool began                               = true;   // both constructors have returned
  bool came_to_rest                        = false;  // nothing was left to do, in time
  int thrown                               = 0;      // out of run()
  std::chrono::steady_clock::duration took = {};

  bool complete() const;  // all messages, both ends clean
  std::string in_words() const;
};

constexpr int messages_each_way = 4;
/// Made before any fault.
void prepare();
/// Deadlines are 150 ms each.
life_seen play(over what);

}  // namespace adieu::tests
