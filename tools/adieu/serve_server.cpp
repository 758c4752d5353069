// From a path to a connection, and from a signal to the end of them all.
#include "serve_server.hpp"

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
    : io_(io), how_(std::move(how)), report_(report), server_(io, options(), handlers()) {}

server_options path_server::options() {
  server_options made = how_.server;
  if (!how_.shows_frames) return made;
  frames_               = std::make_shared<frame_log>(frame_log::look{.palette     = how_.look,
                                                                      .connections = frame_log::label::number,
                                                                      .secrets     = how_.shows_secrets},
                                        [this](std::string_view line) { report_.line(line); });
  made.connection.trace = frames_->of_connections();
  return made;
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
            close_event told = event;
            conduct_of(ws).closed(told);
            report_.closed(told, ws.data<served>().target);
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

// The library does not trace what was taken from it.
void path_server::watch(raw_connection& raw) {
  ++watched_;
  const auto reader = [this](trace_direction towards) {
    return std::make_shared<protocol::wire_reader>(frames_->of_taken_stream(towards, watched_));
  };
  raw.on_bytes = [in = reader(trace_direction::received), out = reader(trace_direction::sent)](
                     raw_connection::direction towards, std::span<const std::byte> bytes) {
    (towards == raw_connection::direction::received ? in : out)->feed(bytes);
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
