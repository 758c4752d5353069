// One whole life between a server and a client of ours, to be played with faults: the opening,
// three short messages and one of 300 KB and their echoes, the closing, the server's shutdown.
#pragma once

#include <adieu/adieu.hpp>

#include <boost/asio/io_context.hpp>

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
  int dropped       = 0;  // a websocket destroyed by an exception, which is told nothing
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
/// Deadlines are 600 ms each. Over deflate all is traced as well.
connection_options hurried(over what);
life_seen play(over what);
/// The same in coroutines that own their websockets.
life_seen play_coroutines(over what);
/// A client that comes back: its first connection is closed by the server, its second by itself.
life_seen play_reconnecting(over what);
/// A server that is shut down with an open connection, an opening that is not decided, and one that
/// has not begun. The open one's client is the client here.
life_seen play_shutdown(over what);
/// A client whose opening the server refuses, with words.
life_seen play_refused(over what);

// --- for lives ---

/// Whatever a handler or a lack of memory throws, the loop goes on.
template <typename Done>
void run(boost::asio::io_context& io, life_seen& seen, Done done) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done() && std::chrono::steady_clock::now() < until) {
    try {
      if (io.stopped()) io.restart();
      if (io.run_one_for(std::chrono::milliseconds(20)) == 0 && io.stopped()) return;
    } catch (const std::exception&) {
      ++seen.thrown;
    }
  }
}
/// The shutdown, again if it throws, and the rest.
void shut_down(boost::asio::io_context& io, server& s, life_seen& seen);
std::string url_of(over what, const server& s);
server_options options_of(over what);

}  // namespace adieu::tests
