// From a path to a connection, and from a signal to the end of them all.
#include "serve_server.hpp"

#include <fmt/format.h>

#include <utility>

namespace adieu::tool {
namespace {

template <typename... Cases>
struct overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
overloaded(Cases...) -> overloaded<Cases...>;  // clang 14 cannot do without

conduct& conduct_of(websocket& ws) { return *ws.data<served>().does; }

}  // namespace

path_server::path_server(boost::asio::io_context& io, settings how, const serve_report& report)
    : io_(io), how_(std::move(how)), report_(report), server_(io, how_.server, handlers()) {
  if (how_.shows_frames)
    frames_.emplace(io,
                    frame_log::look{.palette = how_.look, .connections = frame_log::label::number});
}

server_handlers path_server::handlers() {
  return {
      .on_opening = [this](const opening_request& request,
                           opening_reply reply) { open(request, std::move(reply)); },
      .on_refused = [this](const refusal& why) { report_.refused(why); },
      .on_open    = [](websocket& ws) { conduct_of(ws).opened(ws); },
      .on_message = [](websocket& ws, message_view m) { conduct_of(ws).received(ws, m); },
      .on_drain   = [](websocket& ws) { conduct_of(ws).drained(ws); },
      .on_closing = [](websocket& ws,
                       closing_reply reply) { conduct_of(ws).closing(ws, std::move(reply)); },
      .on_close =
          [this](websocket& ws, const close_event& event) {
            conduct_of(ws).closed();
            report_.closed(event, ws.data<served>().target);
            if (frames_) frames_->forget(ws.ref());
          },
  };
}

void path_server::open(const opening_request& request, opening_reply reply) {
  const auto act = overloaded{
      [&](std::unique_ptr<conduct>& how) {
        reply.data<served>(request.target, std::move(how));
        reply.accept();
      },
      [&](manners& how) { misbehave(std::move(how), request.target, std::move(reply)); },
      [&](refused_with& how) { reply.refuse(std::move(how)); },
  };
  plan decided = decide(request.target);
  std::visit(act, decided);
}

void path_server::misbehave(manners how, std::string target, opening_reply reply) {
  auto taken = api::take_over(std::move(reply), {});
  if (!taken) return;
  const auto& options = how_.server.connection;
  auto raw            = std::make_shared<raw_connection>(
      io_.get_executor(), std::move(*taken), std::move(how),
      raw_connection::limits{.awaiting_close = options.deadlines.awaiting_close,
                                        .ending         = options.deadlines.ending,
                                        .max_message    = options.max_message});
  raw->on_end = [this, target = std::move(target)](const close_event& event) {
    report_.closed(event, target);
  };
  if (frames_) watch(*raw);
  raw_.adopt(std::move(raw));
}

// The library's tap does not see what was taken from it.
void path_server::watch(raw_connection& raw) {
  const auto lines = [this, number = ++watched_](char direction) {
    return [this, number, direction](const wire_line& line) {
      fmt::print(stderr, "~{} {} {}\n", number, direction,
                 how_.look(line.opcode == 8 ? tone::strong : tone::plain, line.text));
    };
  };
  raw.on_bytes = [in  = wire_reader(lines('<'), wire_reader::start::at_frames),
                  out = wire_reader(lines('>'), wire_reader::start::at_frames)](
                     raw_connection::direction towards, std::span<const std::byte> bytes) mutable {
    (towards == raw_connection::direction::received ? in : out).feed(bytes);
  };
}

void path_server::shut_down(std::chrono::milliseconds within,
                            std::function<void(shutdown_report)> done) {
  done_   = std::move(done);
  total_  = {};
  halves_ = 2;
  server_.async_shutdown({.code = 1001, .within = within},
                         [this](const error_code&, const shutdown_report& report) {
                           total_.unsent_messages = report.unsent_messages;
                           total_.unsent_bytes    = report.unsent_bytes;
                           half_done(report.clean, report.terminated);
                         });
  raw_.shut_down(io_.get_executor(), within, [this](raw_connections::report report) {
    half_done(report.clean, report.terminated);
  });
}

void path_server::half_done(std::size_t clean, std::size_t terminated) {
  total_.clean += clean;
  total_.terminated += terminated;
  if (--halves_ == 0) done_(total_);
}

void path_server::terminate() {
  server_.async_shutdown({.within = std::chrono::milliseconds(0)},
                         [](const error_code&, const shutdown_report&) {});
  raw_.cut();
}

}  // namespace adieu::tool
