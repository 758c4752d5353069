// The handshake of a session, step by step; a server's may begin a second time.
#include "http/date.hpp"
#include "http/write_head.hpp"
#include "net/system_calls.hpp"
#include "net/tls_error.hpp"
#include "net/tls_session.hpp"
#include "net/tls_workplace.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace adieu::inline v1::net {
namespace {

// One call reads no more, so that who floods takes no more of a turn than another; the rest is
// reported again.
constexpr std::size_t most_a_call = tls_workplace::record;
// The peer's whole handshake, its certificates apart. OpenSSL counts neither empty messages nor
// what it ignores. (HelloRequest) [RFC 5246 7.4.1.1]
constexpr std::size_t most_of_a_handshake = 256 * 1024;

// Who asks in plain HTTP is told so in plain HTTP. OpenSSL knows it by the method: what is not seen
// to be another may be HEAD, and gets no content. [RFC 9110 9.3.2]
void answer_plainly(int socket, std::span<const std::byte> asked) noexcept try {
  const std::string_view begin(reinterpret_cast<const char*>(asked.data()), asked.size());
  const bool has_content =
      begin.starts_with("GET ") || begin.starts_with("POST ") || begin.starts_with("PUT ");
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string answer =
      http::write_response(400,
                           {{"Date", http::write_date(now)},
                            {"Connection", "close"},
                            {"Content-Type", "text/plain; charset=utf-8"}},
                           "this port speaks TLS: use wss:// instead of ws://\n",
                           has_content ? http::content::sent : http::content::measured);
  ::send(socket, answer.data(), answer.size(), calls().send_quietly);
} catch (const std::bad_alloc&) {  // the stream ends without it
}

}  // namespace

// Behind an answer of OpenSSL's. True: all that the client has said is to be read once more, by
// what resumes nothing.
bool tls_session::begins_anew(std::span<const std::byte> read, std::size_t waiting) {
  if (resumption_->allows(ssl_, read, queue_->size() - waiting)) return false;
  queue_->take_back();
  if (waiting != 0 || !resumption_->begins_anew()) {
    broken_ = tls_not_to_be_resumed();
    return false;
  }
  if (!become_one_of(resumption_->context())) throw std::bad_alloc();
  input_ = resumption_->heard();
  return true;
}

io_result tls_session::handshake(int socket) {
  if (broken_ != 0) return {io_status::broken, broken_, 0};
  borrow_queue();
  ERR_clear_error();
  io_result outcome    = {io_status::would_block, 0, 0};
  std::size_t repeated = 0;  // of what OpenSSL says next
  bool has_read        = false;
  for (;;) {
    const auto read           = input_;
    const std::size_t waiting = queue_->size();
    const int done            = SSL_do_handshake(ssl_);
    const int why             = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, done);
    queue_->left(std::min(std::exchange(repeated, 0), queue_->size()));
    if (done != 1 && why != SSL_ERROR_WANT_READ) fail();
    if (resumption_ && broken_ == 0) {
      const bool answers = done == 1 || queue_->size() != waiting;
      if (!answers && !resumption_->hear(read)) broken_ = tls_unwanted();
      if (answers && begins_anew(read, waiting)) {
        repeated = resumption_->answered();
        continue;
      }
    }
    if (const io_status s = push(socket, outcome.error); s == io_status::failed) {
      outcome.status = s;
      break;
    }
    if (broken_ != 0 && ERR_GET_REASON(static_cast<unsigned long>(broken_)) == SSL_R_HTTP_REQUEST)
      answer_plainly(socket, read);
    if (done == 1 || broken_ != 0) {
      secured_ = broken_ == 0;
      outcome  = {secured_ ? io_status::done : io_status::broken, broken_, 0};
      break;
    }
    if (has_read || !read_socket(socket, most_a_call, outcome)) break;
    has_read = true;
    heard_ += static_cast<std::uint32_t>(input_.size());
    const auto certificates = std::max(0L, SSL_get_max_cert_list(ssl_));
    if (heard_ > most_of_a_handshake + static_cast<std::size_t>(certificates)) {
      input_  = {};
      broken_ = tls_unwanted();
      outcome = {io_status::broken, broken_, 0};
      break;
    }
  }
  keep_input();
  if (secured_ || broken_ != 0) resumption_.reset();
  return_queue();
  return outcome;
}

}  // namespace adieu::inline v1::net
