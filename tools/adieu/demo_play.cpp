// One loop, one scenario, every field of both endings.
#include "demo_play.hpp"

#include "demo_timeline.hpp"

#include <fmt/format.h>

namespace adieu::tool {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto patience = 10s;

class comparison {
 public:
  comparison(std::string_view side, std::vector<std::string>& problems)
      : side_(side), problems_(problems) {}

  void field(std::string_view name, std::string_view is, std::string_view should_be) {
    if (is != should_be) tell(fmt::format("{} is {}, not {}", name, is, should_be));
  }
  void number(std::string_view name, std::uint64_t is, std::uint64_t should_be) {
    field(name, std::to_string(is), std::to_string(should_be));
  }
  void tell(std::string_view problem) {
    problems_.push_back(fmt::format("{}: {}", side_, problem));
  }

 private:
  std::string_view side_;
  std::vector<std::string>& problems_;
};

void compare_fields(comparison& on, const close_event& is, const expected_ending& wanted) {
  on.field("was_clean", is.was_clean ? "true" : "false", wanted.was_clean ? "true" : "false");
  on.number("code", is.code, wanted.code);
  if (wanted.reason) on.field("reason", quote(is.reason), quote(*wanted.reason));
  if (!(wanted.may_cross && is.initiator == initiator::both))
    on.field("initiator", name(is.initiator), name(wanted.initiator));
  on.field("cause", name(is.cause), name(wanted.cause));
  on.field("phase", name(is.phase), name(wanted.phase));
  on.number("http_status", is.http_status, wanted.http_status);
  if (wanted.sent_code) {
    const auto sent = is.sent ? is.sent->code : std::nullopt;
    on.number("the code sent", sent.value_or(0), *wanted.sent_code);
  }
  on.number("rejected_messages", is.rejected_messages, wanted.rejected_messages);
  if (!wanted.loses_messages)
    on.number("unsent_messages", is.unsent_messages, 0);
  else if (is.unsent_messages == 0)
    on.tell("unsent_messages is 0 although messages were lost");
}

std::optional<close_event> compare(std::string_view side, const std::vector<close_event>& events,
                                   const std::optional<expected_ending>& wanted,
                                   std::vector<std::string>& problems) {
  comparison on(side, problems);
  const std::size_t count = wanted ? 1 : 0;
  if (events.size() != count) on.tell(fmt::format("{} close events, not {}", events.size(), count));
  if (events.empty()) return {};
  if (wanted) compare_fields(on, events.front(), *wanted);
  return events.front();
}

bool is_over(const stage& s, const scenario& what) {
  return s.client_events().size() >= (what.client ? 1u : 0u) &&
         s.server_events().size() >= (what.server ? 1u : 0u);
}

void show_frames_of(stage& s, timeline& to) {
  s.client_options.connection.trace             = to.of(timeline::column::client);
  s.returner_options.websocket.connection.trace = to.of(timeline::column::client);
  s.server_options.connection.trace             = to.of(timeline::column::server);
  s.on_raw_bytes = [&to](raw_connection::direction towards, std::span<const std::byte> bytes) {
    to.raw_peer(towards, bytes);
  };
  s.on_new_connection = [&to] { to.new_connection(); };
}

}  // namespace

outcome play(const scenario& what, const palette* colors) {
  outcome out;
  std::optional<timeline> frames;
  if (colors) frames.emplace();
  boost::asio::io_context io(1);
  stage s(io);
  what.set(s);
  if (frames) show_frames_of(s, *frames);
  s.raise();

  const auto until = clock::now() + patience;
  while (!is_over(s, what) && clock::now() < until && io.run_one_until(until) > 0) {
  }
  // Whatever should not come any more has its chance.
  io.run_for(10ms);

  out.client          = compare("client", s.client_events(), what.client, out.problems);
  out.server          = compare("server", s.server_events(), what.server, out.problems);
  out.came_back_after = s.came_back_after();
  comparison("client", out.problems)
      .field("what it came back from", out.came_back_after, what.came_back_after);
  if (s.demand)
    if (auto missing = s.demand(); !missing.empty()) out.problems.push_back(std::move(missing));
  if (frames) out.frames = frames->print(*colors);
  return out;
}

}  // namespace adieu::tool
