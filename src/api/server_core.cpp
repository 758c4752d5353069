// Accepting, and the shutdown.
#include "api/server_core.hpp"

#include "api/session.hpp"
#include "base/log.hpp"
#include "http/tokens.hpp"
#include "protocol/server_opening.hpp"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

namespace adieu::inline v1::api {
namespace {

[[noreturn]] void refuse_option(const std::string& what) {
  throw system_error(make_error_code(error::bad_option), "adieu: " + what);
}

constexpr std::chrono::milliseconds memory_may_be_back{50};

server_core& core_of(session& s) { return static_cast<server_core&>(s.of()); }

}  // namespace

server_core::server_core(const asio::any_io_executor& executor, server_options options,
                         server_handlers given)
    : group(executor, role::server, options.connection),
      options_(std::move(options)),
      on_opening_(std::move(given.on_opening)),
      on_refused_(std::move(given.on_refused)) {
  if (std::string wrong = wrong_with(options_.connection); !wrong.empty()) refuse_option(wrong);
  if (options_.tls_session_context.size() > net::session_name::longest)
    refuse_option("tls_session_context must not have more than 32 bytes");
  if (options_.origins.empty()) origins_.add("same host");
  for (const std::string& entry : options_.origins)
    if (const std::string wrong = origins_.add(entry); !wrong.empty())
      refuse_option("origins: " + wrong);
  tls_                  = net::tls_context::of_server(options_.tls, options_.tls_session_context);
  handlers.on_open      = std::move(given.on_open);
  handlers.on_message   = std::move(given.on_message);
  handlers.on_drain     = std::move(given.on_drain);
  handlers.on_closing   = std::move(given.on_closing);
  handlers.on_close     = std::move(given.on_close);
  handlers.on_exception = std::move(given.on_exception);
  listener_.emplace(
      loop(), options_.address, options_.port, options_.backlog, options_.reuse_port,
      [this](net::stream s, const net::peer_address& from) { accepted(std::move(s), from); });
  port_ = listener_->port();
  if (const unsigned last_resort = terms().user_timeout(); last_resort != 0)
    listener_->set_user_timeout(last_resort);
  loop().add(static_cast<cut_off_with&>(*this));
  in_loop_ = true;
}

// --- openings ---

void server_core::accepted(net::stream connected, const net::peer_address& from) {
  auto* made = new session(*this);
  const session_ref alive(made);
  made->begin_opening(std::make_unique<net::accepting>(*made, *this, tls_));
  ++sessions_;
  made->adopt(std::move(connected), from);
}

void server_core::on_request(net::driver& from, net::accepting& opening) {
  session& s = static_cast<session&>(from);
  if (shutting_down_ || silent()) {
    opening.refuse(503, "the server is shutting down: come back later");
    return;
  }
  const http::request_head& request = opening.request().request();
  if (std::string why = origins_.complain_of(request.headers); !why.empty())
    return refuse_origin(opening, std::move(why));
  opening_reply reply(s.ref());
  if (!on_opening_)
    return reply.accept({.subprotocol = chosen_subprotocol(opening.request().subprotocols())});

  opening_request told;
  told.target          = request.target;
  told.subprotocols    = opening.request().subprotocols();
  told.remote_endpoint = s.peer();
  for (const http::field& f : request.headers) told.headers.emplace_back(f.name, f.value);
  const running now(*this);
  struct asking {
    server_core& core;
    const session* before;
    ~asking() { core.asking_ = before; }
  } meanwhile{*this, std::exchange(asking_, &s)};
  exceptions_before_ = std::uncaught_exceptions();
  s.call_handler([&] { on_opening_(told, std::move(reply)); });
}

// on_opening threw: what() is for the log and on_refused, never for the client.
void server_core::fail_opening(session& s, const std::exception_ptr& thrown) noexcept {
  net::accepting* opening = s.asked();
  if (!opening || s.state() != ready_state::connecting) return;
  try {
    opening->refuse(500, {}, {}, "on_opening threw: " + what_of(thrown));
    s.refused_by(thrown);
  } catch (const std::bad_alloc&) {
    s.out_of_memory();
  }
}

// A browser tells its page nothing of this answer, and the page's author looks here.
void server_core::refuse_origin(net::accepting& opening, std::string why) {
  if (!on_refused_ && !std::exchange(origin_logged_, true))
    log(log_level::warning,
        "an opening is refused: " + why + " (logged once; on_refused is told of each)");
  const std::string body = why + "\n";
  opening.refuse(403, {}, body, std::move(why));
}

std::string server_core::chosen_subprotocol(const std::vector<std::string>& offered) const {
  for (const std::string& o : offered)
    if (std::find(options_.subprotocols.begin(), options_.subprotocols.end(), o) !=
        options_.subprotocols.end())
      return o;
  return {};
}

void server_core::on_refusal(net::driver& from, unsigned status, std::string why) {
  session& s                = static_cast<session&>(from);
  const net::accepting* how = s.asked();
  s.note_refusal(status, std::move(why), how ? how->request().request().target : std::string());
}

void server_core::accept(session& s, const acceptance& how) {
  net::accepting* opening = s.asked();
  if (!opening || s.state() != ready_state::connecting) return;  // the client has gone meanwhile
  s.agreed(how.subprotocol);
  if (!opening->accept(how.subprotocol, how.headers))
    refuse_option("an opening cannot be accepted with that subprotocol (not offered) or header");
  s.live_at_home();
  ++core_of(s).connections_;
}

void server_core::refuse(session& s, const refused_with& how) {
  net::accepting* opening = s.asked();
  if (!opening || s.state() != ready_state::connecting) return;
  if (!opening->refuse(how.status, how.headers, how.body, "refused by the application"))
    refuse_option("an opening cannot be refused with that status or header");
}

void server_core::drop(session& s) noexcept {
  net::accepting* opening = s.asked();
  if (!opening || s.state() != ready_state::connecting) return;
  // Dropped by an exception on its way out of on_opening: fail_opening() answers.
  const server_core& core = core_of(s);
  if (core.asking_ == &s && std::uncaught_exceptions() > core.exceptions_before_) return;
  try {
    opening->refuse(503, "the application did not decide: come back later");
  } catch (const std::bad_alloc&) {
    s.out_of_memory();
  }
}

void server_core::let_go(session& s) {
  server_core& core = core_of(s);
  s.forget();
  core.on_session_gone(s);
}

// --- what sessions tell ---

void server_core::on_session_ended(session&, const close_event& event) {
  if (!shutting_down_) return;
  ++(event.was_clean ? report_.clean : report_.terminated);
  report_.unsent_messages += event.unsent_messages;
  report_.unsent_bytes += event.unsent_bytes;
}

void server_core::on_opening_ended(session& s) {
  if (silent() || !on_refused_) return;
  const running now(*this);
  s.call_handler([&] { on_refused_(s.refusal_told()); });
}

void server_core::on_session_gone(session& s) noexcept {
  --sessions_;
  if (s.machine().was_open()) --connections_;
  complete_shutdown_if_over();
}

void server_core::forget_handlers() noexcept {
  group::forget_handlers();
  on_opening_ = {};
  on_refused_ = {};
}

// Sessions leave the loop in its turn only, so that nothing that is called here takes one away.
template <typename Call>
void server_core::each_session(Call call) {
  if (!in_loop_) return;  // the loop may be gone
  for (auto* m = loop().drivers().first(); m;) {
    auto* d = static_cast<net::driver*>(m);
    m       = m->next();
    if (&d->machine().agreed() == &terms()) call(*static_cast<session*>(d));
  }
}

// The application may turn the loop.
void server_core::for_each(handler<void(websocket&)> call) {
  if (!call) return;
  entered();
  std::vector<session_ref> mine;
  each_session([&](session& s) { mine.push_back(s.ref()); });
  for (const session_ref& s : mine)
    if (s->face() && s->state() == ready_state::open) call(*s->face());
}

// --- shutdown ---

void server_core::start_shutdown(code_to_send code, std::string_view reason,
                                 std::chrono::milliseconds within,
                                 completion<void(error_code, shutdown_report)> done) {
  group_ref alive(this);
  entered();
  if (!shutting_down_) {
    if (const error wrong = protocol::check_close(code, reason, role::server); wrong != error::none)
      return complete(executor(), std::move(done), make_error_code(wrong), shutdown_report());
    shutting_down_ = true;
    listener_.reset();
    each_session([&](session& s) {
      bool began = false;
      try {
        if (net::accepting* opening = s.asked())
          opening->refuse(503, "the server is shutting down: come back later");
        else
          s.close(code, reason, began);
      } catch (const std::bad_alloc&) {
        s.out_of_memory();
      }
    });
  }
  // Whoever comes later may be in more of a hurry.
  const protocol::time until =
      protocol::clock::now() +
      std::clamp<std::chrono::milliseconds>(within, std::chrono::milliseconds(0), longest_deadline);
  if (in_loop_) loop().deadlines().schedule(*this, until);
  each_session([&](session& s) { s.hurry(until); });
  begin_waiting(
      executor(), done,
      [&] {
        shutdowns_.add(
            executor(), done, [this, kept = std::make_shared<group_ref>(this)](std::uint64_t id) {
              shutdowns_.cancel(id, executor(), error_code(asio::error::operation_aborted),
                                shutdown_report());
            });
      },
      shutdown_report());
  complete_shutdown_if_over();
}

// Time is over: what has not ended is terminated, and the report follows.
void server_core::due(protocol::time) {
  each_session([](session& s) { s.terminate(); });
  complete_shutdown_if_over();
}

void server_core::complete_shutdown_if_over() noexcept {
  if (!shutting_down_ || sessions_ != 0) return;
  if (in_loop_) loop().deadlines().cancel(*this);
  complete_shutdowns({});
  if (in_loop_ && !shutdowns_.empty()) loop().schedule(*this, loop().now() + memory_may_be_back);
}

// What there is no memory for is left over.
void server_core::complete_shutdowns(error_code ec) noexcept {
  try {
    loop().with_reserve([&] { shutdowns_.complete_all(executor(), ec, report_); });
  } catch (const std::bad_alloc&) {
  }
}

void server_core::dropped() noexcept {
  entered();
  listener_.reset();
  silence();
  if (!in_loop_) return;
  loop().deadlines().cancel(*this);
  loop().remove(static_cast<cut_off_with&>(*this));
  each_session([](session& s) {
    if (s.is_home() || !s.face()) s.dropped_by_owner();
  });
  in_loop_ = false;
  report_  = {};
  complete_shutdowns(asio::error::operation_aborted);
}

void server_core::cut_off() noexcept {
  loop().deadlines().cancel(*this);  // the wheel is still used by those that are cut off next
  in_loop_ = false;
  listener_.reset();
  silence();
  waits<void(error_code, shutdown_report)> destroyed;
  std::swap(destroyed, shutdowns_);
}

// The listening socket is shared with the parent; a shutdown that was under way is over in the
// child.
bool server_core::begin_in_child() {
  sessions_ = connections_ = 0;
  waits<void(error_code, shutdown_report)> of_the_parent;
  std::swap(of_the_parent, shutdowns_);
  loop().deadlines().cancel(*this);
  if (listener_) listener_->begin_in_child();
  return true;
}

}  // namespace adieu::inline v1::api
