// Bytes between a socket and OpenSSL.
#include "net/tls_session.hpp"

#include "net/system_calls.hpp"
#include "net/tls_error.hpp"
#include "net/tls_workplace.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string_view>
#include <sys/socket.h>
#include <sys/uio.h>

namespace adieu::inline v1::net {
namespace {

constexpr std::size_t record      = tls_workplace::record;
constexpr std::size_t input_size  = tls_workplace::input_size;
constexpr std::size_t held_record = 17 * 1024;  // in OpenSSL, of which the rest is to come
static_assert(record == SSL3_RT_MAX_PLAIN_LENGTH);
// So much is encrypted before the kernel is asked to take it.
constexpr std::size_t seal_at_once = 256 * 1024;
// A peer that has us answer (KeyUpdate) and reads nothing is not served for ever.
constexpr std::size_t most_queued = 2 * seal_at_once;
// So many records in a row may bring no data: keys are updated and tickets come, but a peer that
// sends nothing else has us derive keys for as long as it likes.
constexpr int most_idle_records = 64;

io_status status_of_errno() noexcept {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? io_status::would_block
                                                                     : io_status::failed;
}

}  // namespace

// The BIO: reads what was read from the socket, writes to the queue, never waits for writing.
struct tls_bytes {
  static int read(BIO* bio, char* to, int size) {
    BIO_clear_retry_flags(bio);
    tls_session& session = *static_cast<tls_session*>(BIO_get_data(bio));
    auto& input          = session.input_;
    // Every record begins so; what follows is asked for with its own length.
    const bool begins = size == SSL3_RT_HEADER_LENGTH && !input.empty() && session.secured_;
    if (begins) session.begin_record(std::to_integer<int>(input.front()));
    if (begins && ++session.idle_records_ > most_idle_records) input = {};
    if (input.empty()) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const std::size_t n = std::min(input.size(), static_cast<std::size_t>(size));
    std::memcpy(to, input.data(), n);
    input = input.subspan(n);
    return static_cast<int>(n);
  }
  static int write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    tls_session& session = *static_cast<tls_session*>(BIO_get_data(bio));
    try {  // nothing is thrown through OpenSSL
      session.queue_->append(std::as_bytes(std::span(from, static_cast<std::size_t>(size))));
    } catch (const std::bad_alloc&) {
      session.starved_ = true;
      return -1;
    }
    return size;
  }
  static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }
  static int create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }
  static const BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "adieu");
      if (!m) return m;
      BIO_meth_set_read(m, read);
      BIO_meth_set_write(m, write);
      BIO_meth_set_ctrl(m, control);
      BIO_meth_set_create(m, create);
      return m;
    }();
    return made;
  }
};

// False: OpenSSL has no memory, and nothing has changed.
bool tls_session::become_one_of(SSL_CTX* context) {
  ERR_clear_error();
  std::unique_ptr<SSL, void (*)(SSL*)> made(SSL_new(context), SSL_free);
  const BIO_METHOD* const method = tls_bytes::method();
  BIO* const bio                 = made && method ? BIO_new(method) : nullptr;
  if (!bio) return false;
  BIO_set_data(bio, this);
  SSL_set_bio(made.get(), bio, bio);
  SSL_set_mode(made.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_read_ahead(made.get(), 0);
  SSL_set_options(made.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (resumption_) {
    SSL_set_accept_state(made.get());
    resumption_->name_sessions(made.get());
  }
  SSL_free(std::exchange(ssl_, made.release()));
  return true;
}

std::unique_ptr<tls_session> tls_session::make(const tls_context& with, tls_workplace& at) {
  std::unique_ptr<tls_session> made(new tls_session(at));
  return made->become_one_of(with.handle()) ? std::move(made) : nullptr;
}

std::unique_ptr<tls_session> tls_session::of_server(const tls_context& with, tls_workplace& at) {
  std::unique_ptr<tls_session> made(new tls_session(at));
  made->resumption_ = std::make_unique<tls_resumption>(with);
  return made->become_one_of(with.handle()) ? std::move(made) : nullptr;
}

tls_session::~tls_session() { SSL_free(ssl_); }

// --- the queue: lent by the loop while a call runs, kept only if the kernel does not take all ---

void tls_session::borrow_queue() {
  if (queue_) return;
  auto& spare = workplace_.queue;
  queue_      = spare ? std::move(spare) : std::make_unique<sealed_queue>();
}

void tls_session::return_queue() noexcept {
  if (!queue_ || !queue_->empty()) return;
  auto& spare = workplace_.queue;
  if (!spare) spare = std::move(queue_);
  queue_.reset();
}

// done: all has left.
io_status tls_session::push(int socket, int& error, bool more) {
  // What was told as lost does not leave after all.
  if (send_error_ != 0) {
    error = send_error_;
    return io_status::failed;
  }
  const int flags = calls().send_quietly | (more ? calls().more_follows : 0);
  while (!queue_->empty()) {
    const auto bytes = queue_->bytes();
    const ssize_t n  = ::send(socket, bytes.data(), bytes.size(), flags);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      error                  = errno;
      const io_status status = status_of_errno();
      if (status == io_status::failed) send_error_ = error;
      return status;
    }
    counted_ += queue_->left(static_cast<std::size_t>(n));
  }
  if (end_wanted_) {
    end_wanted_ = false;
    ::shutdown(socket, SHUT_WR);
  }
  return io_status::done;
}

// --- reading ---

// False: nothing came, and `outcome` says why.
bool tls_session::read_socket(int socket, std::size_t most, io_result& outcome) {
  ssize_t n;
  do {
    n = ::recv(socket, workplace_.input.get(), most, 0);
  } while (n < 0 && errno == EINTR);
  if (n > 0) {
    input_ = {workplace_.input.get(), static_cast<std::size_t>(n)};
    return true;
  }
  if (n == 0)
    outcome = {io_status::truncated, 0, 0};
  else
    outcome = {status_of_errno(), errno, 0};
  return false;
}

// TLS 1.3 shows the type of no record, and asks for no other handshake. [RFC 8446 5.2]
void tls_session::begin_record(int type) noexcept {
  if (type == SSL3_RT_HANDSHAKE) asked_again_ = true;
  if (type == SSL3_RT_APPLICATION_DATA) asked_again_ = false;
}

// What OpenSSL has not taken, for the next call.
void tls_session::keep_input() {
  if (!input_.empty()) kept_.append(std::exchange(input_, {}));
}

bool tls_session::holds_input() const noexcept {
  return !kept_.empty() || over_ || broken_ != 0 || (secured_ && SSL_pending(ssl_) != 0);
}

void tls_session::fail() {
  if (starved_) {
    ERR_clear_error();
    broken_ = tls_error_number(0);
    throw std::bad_alloc();
  }
  // libssl's own word, rather than that of a cipher beneath.
  unsigned long said = ERR_get_error();
  for (unsigned long next; ERR_GET_LIB(said) != ERR_LIB_SSL && (next = ERR_get_error()) != 0;)
    said = next;
  ERR_clear_error();
  broken_ = tls_error_number(said);
  if (ERR_GET_LIB(said) != ERR_LIB_SSL || ERR_GET_REASON(said) != SSL_R_CERTIFICATE_VERIFY_FAILED)
    return;
  if (const long why = SSL_get_verify_result(ssl_); why != X509_V_OK)
    broken_ = static_cast<int>(why);
}

std::size_t tls_session::open_records(std::byte* to, std::size_t size) {
  std::size_t n = 0;
  while (n < size && !over_ && broken_ == 0) {
    std::size_t got = 0;
    const int done  = SSL_read_ex(ssl_, to + n, size - n, &got);
    n += got;
    if (done == 1) {
      idle_records_ = 0;
      continue;
    }
    switch (SSL_get_error(ssl_, done)) {
      case SSL_ERROR_WANT_READ:
        if (idle_records_ > most_idle_records) broken_ = tls_unwanted();
        return n;
      case SSL_ERROR_ZERO_RETURN: over_ = true; break;
      default: fail();
    }
  }
  return n;
}

io_result tls_session::receive(int socket, std::byte* to, std::size_t size) {
  if (broken_ != 0) return {io_status::broken, broken_, 0};
  if (over_) return {io_status::ended, 0, 0};
  const std::size_t most = size >= 2 * held_record ? std::min(input_size, size - held_record)
                                                   : std::min(input_size, record);
  borrow_queue();
  ERR_clear_error();
  io_result outcome      = {io_status::would_block, 0, 0};
  const byte_buffer kept = std::move(kept_);
  input_                 = kept.bytes();
  bool more              = !input_.empty() || SSL_pending(ssl_) != 0;
  bool nothing           = true;
  do {
    if (!more && !read_socket(socket, most, outcome)) break;
    more          = input_.size() >= most;
    outcome.bytes = open_records(to, size);
    nothing       = outcome.bytes == 0 && !over_ && broken_ == 0;
    // Only a part of a record, or one without data: the rest may be there already.
  } while (nothing && std::exchange(more, false));
  keep_input();
  // An answer of OpenSSL's own: a KeyUpdate, an alert. What cannot leave now waits.
  int unused = 0;
  if (!queue_->empty()) push(socket, unused);
  if (queue_->size() > most_queued) broken_ = tls_unwanted();
  return_queue();
  if (outcome.bytes != 0) return {io_status::done, 0, outcome.bytes};
  if (broken_ != 0) return {io_status::broken, broken_, 0};
  if (over_) return {io_status::ended, 0, 0};
  return outcome;
}

// --- writing ---

// One record of what stands at `at`, `offset`: large pieces as they lie, small ones together.
void tls_session::seal(std::span<const iovec> pieces, std::size_t& at, std::size_t& offset) {
  const auto here    = [&] { return static_cast<const std::byte*>(pieces[at].iov_base) + offset; };
  const auto advance = [&](std::size_t n) {
    offset += n;
    if (offset == pieces[at].iov_len) {
      ++at;
      offset = 0;
    }
  };
  const std::byte* from = here();
  std::size_t size      = std::min(record, pieces[at].iov_len - offset);
  if (size == record || at + 1 == pieces.size()) {
    advance(size);
  } else {
    auto& cork = workplace_.cork;
    from       = cork.data();
    for (size = 0; at < pieces.size() && size < record;) {
      const std::size_t n = std::min(record - size, pieces[at].iov_len - offset);
      std::memcpy(cork.data() + size, here(), n);
      size += n;
      advance(n);
    }
  }
  std::size_t sealed = 0;
  queue_->reserve_mark();
  if (SSL_write_ex(ssl_, from, size, &sealed) != 1 || sealed != size) return fail();
  queue_->mark(size);
}

io_result tls_session::send(int socket, std::span<const iovec> pieces, bool more) {
  if (broken_ != 0) return {io_status::broken, broken_, 0};
  borrow_queue();
  ERR_clear_error();
  std::size_t at = 0, offset = sealed();
  while (at < pieces.size() && offset >= pieces[at].iov_len) offset -= pieces[at++].iov_len;
  io_status status = io_status::done;
  int error        = 0;
  for (;;) {
    // Never more than one portion: what waits for a peer that does not read stays plaintext.
    if (queue_->empty())
      while (at < pieces.size() && queue_->size() < seal_at_once && broken_ == 0)
        seal(pieces, at, offset);
    status = push(socket, error, more && at == pieces.size());
    if (status != io_status::done || at == pieces.size() || broken_ != 0) break;
  }
  return_queue();
  const std::size_t taken = std::exchange(counted_, 0);
  if (broken_ != 0) return {io_status::broken, broken_, taken};
  return {status, status == io_status::failed ? error : 0, taken};
}

void tls_session::notify_close(int socket, bool and_end) {
  borrow_queue();
  ERR_clear_error();
  if (secured_ && !notified_ && broken_ == 0) {
    notified_ = true;
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  end_wanted_ = end_wanted_ || and_end;
  int unused  = 0;
  push(socket, unused, and_end);
  return_queue();
}

}  // namespace adieu::inline v1::net
