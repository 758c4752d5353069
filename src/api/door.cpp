// The door opened.
#include "api/door.hpp"

#include "api/server_core.hpp"
#include "api/session.hpp"

#include <sys/uio.h>

namespace adieu::inline v1::api {

std::optional<taken_stream> take_over(opening_reply reply, const acceptance& how) {
  session* s = reply.session_.session();
  if (!s || !s->asked() || s->state() != ready_state::connecting) return {};
  const session_ref alive  = std::move(reply.session_);
  const std::string answer = s->asked()->request().acceptance(how.subprotocol, how.headers);
  taken_stream taken{s->give_up_stream(), std::move(s->asked()->glued())};
  server_core::let_go(*s);
  const iovec whole{const_cast<char*>(answer.data()), answer.size()};
  const net::io_result sent = taken.stream.send({&whole, 1});
  if (sent.bytes != answer.size())
    return {};  // a fresh socket that does not take 200 bytes is gone
  return taken;
}

}  // namespace adieu::inline v1::api
