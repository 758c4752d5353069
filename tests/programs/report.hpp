// What these programs tell the test: one JSON line on stdout for each event of a connection, with
// what the program itself has counted. Everything else in the programs is as a user would write it.
#pragma once

#include <adieu/adieu.hpp>
#include <nlohmann/json.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace report {

using json = nlohmann::json;

/// Whole, from whichever thread or process.
inline void line(json what) {
  what["pid"]             = ::getpid();
  const std::string whole = what.dump(-1, ' ', true, json::error_handler_t::replace) + '\n';
  std::fwrite(whole.data(), 1, whole.size(), stdout);
  std::fflush(stdout);
}

/// One connection's; an object of the application may derive from it.
struct counts {
  std::atomic<std::uint64_t> accepted{0};  // send() or async_send() took it
  std::atomic<std::uint64_t> rejected{0};  // they did not
  // async_send() has begun, and has not said yes. If it says no only the event knows whether the
  // message was refused or is unsent.
  std::atomic<std::uint64_t> undecided{0};
  std::atomic<std::uint64_t> posted{0};  // websocket_ref::send(), which does not tell
  std::atomic<std::uint64_t> received{0};
  std::uint64_t id = 0;

  template <typename Socket>
  adieu::error_code send(Socket& ws, adieu::message_view what) {
    return sent(ws.send(what));
  }
  adieu::error_code sent(adieu::error_code refused) {
    ++(refused ? rejected : accepted);
    return refused;
  }
  void taken() {  // async_send() has said yes
    ++accepted;
    --undecided;
  }
};

inline void open(adieu::websocket& ws, counts& mine) {
  static std::atomic<std::uint64_t> last{0};
  mine.id = ++last;
  line({{"event", "open"}, {"id", mine.id}, {"peer", to_string(ws.remote_endpoint())}});
}

inline json told(const std::optional<adieu::close_frame>& close) {
  if (!close) return nullptr;
  return {{"code", close->code ? json(*close->code) : json()}, {"reason", close->reason}};
}

inline std::string what(const std::exception_ptr& thrown) {
  try {
    if (thrown) std::rethrow_exception(thrown);
    return "";
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "not a std::exception";
  }
}

inline json told(const adieu::close_event& event) {
  return {
      {"clean", event.was_clean},
      {"code", event.code},
      {"reason", event.reason},
      {"sent", told(event.sent)},
      {"got", told(event.received)},
      {"initiator", name(event.initiator)},
      {"cause", name(event.cause)},
      {"phase", name(event.phase)},
      {"http_status", event.http_status},
      {"note", event.note},
      {"exception", what(event.exception)},
      {"unsent", event.unsent_messages},
      {"rejected_messages", event.rejected_messages},
      {"late", event.late_messages},
      {"unacknowledged", event.unacknowledged_bytes ? json(*event.unacknowledged_bytes) : json()},
      {"explained", explain(event)},
  };
}

/// `name`: "closed", or "down" for a connection that another one will follow.
inline void closed(const adieu::close_event& event, const counts& mine, const std::string& peer,
                   const char* name = "closed") {
  json all         = told(event);
  all["event"]     = name;
  all["peer"]      = peer;
  all["id"]        = mine.id;
  all["undecided"] = mine.undecided.load();  // first: what is taken meanwhile is in both
  all["accepted"]  = mine.accepted.load();
  all["rejected"]  = mine.rejected.load();
  all["posted"]    = mine.posted.load();
  all["received"]  = mine.received.load();
  line(std::move(all));
}

inline void closed(adieu::websocket& ws, const adieu::close_event& event, const counts& mine) {
  closed(event, mine, to_string(ws.remote_endpoint()));
}

/// For a server's on_refused.
inline void refused(const adieu::refusal& how) {
  line({{"event", "refused"},
        {"status", how.status},
        {"cause", name(how.cause)},
        {"why", how.why},
        {"target", how.target},
        {"exception", what(how.exception)},
        {"peer", to_string(how.remote_endpoint)}});
}

/// For on_exception.
inline void exception(const std::exception_ptr& thrown) {
  line({{"event", "exception"}, {"what", what(thrown)}});
}

inline void listening(std::uint16_t port) { line({{"event", "listening"}, {"port", port}}); }

/// The exit code of a server whose shutdown is over.
inline int over(const adieu::shutdown_report& how) {
  line({{"event", "shutdown"},
        {"clean", how.clean},
        {"terminated", how.terminated},
        {"unsent", how.unsent_messages}});
  return how.terminated == 0 ? 0 : 1;
}

/// Short, for the test has to wait for each of them.
inline adieu::deadlines deadlines() {
  using namespace std::chrono_literals;
  return {.opening        = 2s,
          .flushing       = 1s,
          .last_words     = 500ms,
          .awaiting_close = 1s,
          .ending         = 500ms,
          .closing        = 5s,
          .ping_after     = 1s,
          .pong_within    = 2s};
}

/// `--name value` and `--name`, and one URL.
class arguments {
 public:
  arguments(int argc, char** argv) : all_(argv + 1, argv + argc) {}

  bool has(std::string_view name) const {
    for (const auto& each : all_)
      if (each == name) return true;
    return false;
  }
  std::string value(std::string_view name, std::string otherwise = "") const {
    for (std::size_t n = 0; n + 1 < all_.size(); ++n)
      if (all_[n] == name) return all_[n + 1];
    return otherwise;
  }
  int number(std::string_view name, int otherwise) const {
    return std::stoi(value(name, std::to_string(otherwise)));
  }
  std::uint16_t port() const { return static_cast<std::uint16_t>(number("--port", 0)); }
  std::string url() const { return all_.empty() ? "" : all_.front(); }

 private:
  std::vector<std::string> all_;
};

/// For the programs whose handlers throw: `--throw-in NAME [--throw int|bad_alloc]`.
class thrower {
 public:
  explicit thrower(const arguments& given)
      : where_(given.value("--throw-in")), what_(given.value("--throw")) {}

  void pass(std::string_view name) const {
    if (name != where_) return;
    if (what_ == "int") throw 42;
    if (what_ == "bad_alloc") throw std::bad_alloc();
    throw std::runtime_error("thrown in " + where_);
  }

 private:
  std::string where_, what_;
};

}  // namespace report
