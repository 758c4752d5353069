// zlib's inflate(), asked for no more room than the bound leaves.
#include "wire/inflater.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>
#include <zlib.h>

namespace adieu::inline v1::wire {
namespace {

// What every sender leaves out at the end of a message. [RFC 7692 7.2.1]
constexpr std::array tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xFF}, std::byte{0xFF}};

// Room grows with what has come out, and is touched only then.
constexpr std::size_t first_growth = 1024;

constexpr std::size_t at_once = 1 << 30;  // zlib counts in 32 bits

// zlib sets this in data_type when it stands between two blocks.
constexpr int between_blocks = 128;

Bytef* as_zlib(const std::byte* p) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(p));
}

// How much room there is behind `to`, made if there was none; 0 only at the bound.
std::size_t room_behind(byte_buffer& to, std::uint64_t most) {
  if (to.size() >= most) return 0;
  if (to.size() == to.capacity())
    to.reserve(static_cast<std::size_t>(
        std::min<std::uint64_t>(most, std::max(2 * to.size(), first_growth))));
  const std::uint64_t room = std::min<std::uint64_t>(to.capacity(), most) - to.size();
  return static_cast<std::size_t>(std::min<std::uint64_t>(room, at_once));
}

}  // namespace

void inflater::ends::operator()(z_stream_s* stream) const noexcept {
  inflateEnd(stream);
  delete stream;
}

inflater::inflater(int window_bits) : stream_(new z_stream_s()), window_bits_(window_bits) {
  if (inflateInit2(stream_.get(), -window_bits) != Z_OK) throw std::bad_alloc();
}

inflater::~inflater() = default;

// As zconf.h says it.
std::size_t inflater::footprint(int window_bits) noexcept {
  return (std::size_t{1} << window_bits) + 8 * 1024;
}

void inflater::reset() noexcept {
  inflateReset(stream_.get());
  begun_ = after_final_ = false;
}

inflated inflater::piece(std::span<const std::byte> from, byte_buffer& to, std::uint64_t most) {
  while (!from.empty()) {
    begun_         = true;
    const auto now = from.first(std::min(from.size(), at_once));
    if (const inflated how = run(now, to, most); how != inflated::fine) return how;
    from = from.subspan(now.size());
  }
  return inflated::fine;
}

inflated inflater::end_message(byte_buffer& to, std::uint64_t most) {
  // A message without one byte of payload is an empty one.
  if (!std::exchange(begun_, false)) return inflated::fine;
  // A sender that ended its stream and added nothing: there is nothing to put back. [7.2.3.5]
  if (after_final_) return inflated::fine;
  if (const inflated how = run(tail, to, most); how != inflated::fine) return how;
  // The tail was taken for data: the payload had been cut short.
  if (!after_final_ && (stream_->data_type & between_blocks) == 0) return inflated::invalid;
  return inflated::fine;
}

inflated inflater::run(std::span<const std::byte> from, byte_buffer& to, std::uint64_t most) {
  z_stream_s& z = *stream_;
  z.next_in     = as_zlib(from.data());
  z.avail_in    = static_cast<uInt>(from.size());
  for (;;) {
    if (after_final_) {
      if (z.avail_in == 0) return inflated::fine;
      // Further blocks follow, and may refer to what came before. [7.2.3.5] Not inflateReset(): the
      // window stays, and copying it would let a peer make us copy 32 KiB for every two bytes.
      inflateResetKeep(&z);
      after_final_ = false;
    }
    // At the bound one more byte shows that there is more.
    std::byte beyond;
    const std::size_t room = room_behind(to, most);
    z.next_out             = as_zlib(room != 0 ? to.data() + to.size() : &beyond);
    z.avail_out            = room != 0 ? static_cast<uInt>(room) : 1;
    const uInt before      = z.avail_out;
    const int how          = ::inflate(&z, Z_SYNC_FLUSH);
    const uInt came        = before - z.avail_out;
    if (room != 0)
      to.grown_by(came);
    else if (came != 0)
      return inflated::too_big;
    switch (how) {
      case Z_OK:
        if (z.avail_in == 0 && z.avail_out != 0) return inflated::fine;
        break;
      case Z_BUF_ERROR: return inflated::fine;  // nothing is left to be done
      case Z_STREAM_END: after_final_ = true; break;
      case Z_MEM_ERROR: throw std::bad_alloc();
      default: return inflated::invalid;
    }
  }
}

}  // namespace adieu::inline v1::wire
