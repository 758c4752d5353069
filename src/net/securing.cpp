// One step of the handshake.
#include "net/securing.hpp"

#include "net/tls_error.hpp"

#include <cerrno>

namespace adieu::inline v1::net {

bool begin_securing(driver& d, std::unique_ptr<tls_session> with) {
  d.machine().entering(phase::tls);
  if (!with) {
    d.machine().ending_so_far().note = "OpenSSL cannot use this context";
    d.lose(cause::tls_failed, {ENOMEM, boost::system::system_category()});
    return false;
  }
  d.stream().secure(std::move(with));
  return true;
}

bool secured(driver& d) {
  const io_result how = d.stream().tls()->handshake(d.stream().descriptor());
  if (how.status == io_status::would_block) return false;
  if (how.status == io_status::done) {
    d.machine().entering(phase::opening);
    return true;
  }
  ending& ended = d.machine().ending_so_far();
  ended.note    = how.status == io_status::truncated ? "the stream ended in the TLS handshake"
                                                     : d.stream().tls()->failure();
  d.lose(cause::tls_failed, error_of(how));
  return false;
}

}  // namespace adieu::inline v1::net
