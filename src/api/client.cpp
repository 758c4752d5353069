// A client's websocket: the constructors, which connect.
#include "api/session.hpp"

#include "http/url.hpp"
#include "net/connecting.hpp"

#include <adieu/websocket.hpp>

namespace adieu::inline v1 {
namespace {

class client_group final : public api::group {
 public:
  client_group(const asio::any_io_executor& executor, connection_options options)
      : group(executor, role::client, std::move(options)) {}
};

[[noreturn]] void refuse(error why, const std::string& what) {
  throw system_error(make_error_code(why), "adieu::websocket: " + what);
}

}  // namespace

websocket::websocket(executor_of where, std::string_view url, websocket_options options)
    : websocket(std::move(where), url, std::move(options), {}) {}

websocket::websocket(executor_of where, std::string_view url, websocket_handlers handlers)
    : websocket(std::move(where), url, {}, std::move(handlers)) {}

websocket::websocket(executor_of where, std::string_view url, websocket_options options,
                     websocket_handlers handlers) {
  http::url_result parsed = http::parse_url(url);
  if (!parsed.value) refuse(error::bad_url, parsed.why);
  if (std::string wrong = protocol::wrong_with(options); !wrong.empty())
    refuse(error::bad_option, wrong);
  if (std::string wrong = api::wrong_with(options.connection); !wrong.empty())
    refuse(error::bad_option, wrong);

  net::tls_context tls;
  if (parsed.value->secure) {
    tls = options.tls ? net::tls_context::of(options.tls) : net::tls_context::of_the_system();
    if (!tls) refuse(error::bad_option, "OpenSSL cannot make a context for TLS");
  }

  const api::group_ref group(new client_group(where.executor(), options.connection));
  group->handlers = std::move(handlers);
  auto* made      = new api::session(*group);
  session_        = session_ref(made);
  auto how        = std::make_unique<net::connecting>(*made, *group, std::move(*parsed.value),
                                               std::move(options), std::move(tls));
  auto& start     = *how;
  made->begin_opening(std::move(how));
  made->moved_to(this);
  try {
    if (const int lacking = group->loop().prepare()) {
      made->machine().entering(phase::connecting);
      made->lose(cause::unreachable, {lacking, boost::system::system_category()});
    } else {
      start.start();
    }
    group->loop().ensure_turn();
  } catch (...) {
    made->moved_to(nullptr);
    made->drop_opening();  // a lookup or an attempt to connect may be under way
    made->forget();
    throw;
  }
}

}  // namespace adieu::inline v1
