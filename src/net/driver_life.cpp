// How a driver gets its stream, and how it ends: with its connection, with its io_context, or in a
// child after fork().
#include "net/driver.hpp"

#include "net/transport_look.hpp"

#include <cerrno>
#include <optional>

namespace adieu::inline v1::net {
namespace {

// An end that cannot be told for want of memory is tried again.
constexpr std::chrono::milliseconds memory_may_be_back{50};

error_code system_error_code(int number) { return {number, boost::system::system_category()}; }

}  // namespace

void driver::end() {
  driver_ref alive(this);
  opening_.reset();
  try {
    // The peer was faster: it has ended the stream already.
    const ending& how = machine_.ending_so_far();
    if (!shut_ && machine_.has_said_all()) stream_.notify_close();
    if (how.was_clean)
      on_unacknowledged(0);
    else if (const auto lost = stream_ && machine_.was_open()
                                   ? unacknowledged_bytes(stream_.descriptor())
                                   : std::optional<std::uint64_t>())
      on_unacknowledged(*lost);
    before_end();
  } catch (const std::bad_alloc&) {
    // The stream is closed at once, the end told when there is memory for it.
    release_stream();
    return loop_->deadlines().schedule(*this, now() + memory_may_be_back);
  }
  disappear();
  on_ended();
}

void driver::forget() noexcept {
  driver_ref alive(this);
  disappear();
}

// Nothing of the connection is left with the loop.
void driver::disappear() noexcept {
  ended_        = true;
  opening_over_ = true;
  loop_->deadlines().cancel(*this);
  release_stream();
  std::exchange(loop_, nullptr)->remove(*this);
  machine_.let_go();
}

void driver::cut_off() noexcept {
  driver_ref alive(this);
  if (stream_ && !opening() && machine_.state() == ready_state::open) {
    machine_.leave(now());
    try {
      flush();
      if (!machine_.has_output()) stream_.notify_close();
    } catch (const std::bad_alloc&) {
    }
  }
  opening_.reset();
  disappear();
  machine_.terminate(protocol::clock::now());
  on_cut_off();
}

// In a child after fork(): what the parent says and hears over this stream goes on.
void driver::leave_to_the_parent() noexcept {
  is_parents_ = true;
  in_poller_  = false;
  stream_.close();
  on_left_to_the_parent();
}

// --- for openings ---

void driver::begin_opening(std::unique_ptr<net::opening> how) {
  opening_ = std::move(how);
  loop_->add(*this);
  loop_->schedule(*this);
}

bool driver::adopt(net::stream connected, const peer_address& peer) {
  stream_         = std::move(connected);
  peer_           = peer;
  watched_        = wants();
  const int error = loop_->poller().add(stream_.descriptor(), watched_, *this);
  in_poller_      = error == 0;
  if (error != 0) lose(cause::unreachable, system_error_code(error));
  return error == 0;
}

net::stream driver::give_up_stream() noexcept {
  if (in_poller_) loop_->poller().remove(stream_.descriptor(), *this);
  in_poller_ = false;
  return std::exchange(stream_, net::stream());
}

// The bytes wait with the machine until the application has been told.
void driver::keep_glued(std::span<const std::byte> glued) {
  if (glued.empty()) return;
  machine_.receive({const_cast<std::byte*>(glued.data()), glued.size()}, now());
  machine_.keep_input();
}

void driver::opened() noexcept {
  machine_.opened(now());
  // Accepted connections have it from what they were accepted by.
  if (machine_.side() == role::client)
    if (const unsigned last_resort = machine_.agreed().user_timeout(); last_resort != 0)
      set_user_timeout(stream_.descriptor(), last_resort);
  open_untold_  = true;
  opening_over_ = true;
  changed();
}

void driver::refused() {
  machine_.refused(now());
  opening_over_ = true;
  changed();
}

void driver::lose(cause why, error_code error) {
  if (error) on_error(error);
  machine_.lose(why, now());
  changed();
}

}  // namespace adieu::inline v1::net
