// zlib's deflate(), flushed at the end of every message.
#include "wire/deflater.hpp"

#include <algorithm>
#include <new>
#include <zlib.h>

namespace adieu::inline v1::wire {
namespace {

constexpr std::size_t at_once = 1 << 30;  // zlib counts in 32 bits

Bytef* as_zlib(const std::byte* p) noexcept {
  return reinterpret_cast<Bytef*>(const_cast<std::byte*>(p));
}

// zlib has no raw stream with a window of 256 bytes. One of 512 will do: it never refers further
// back than its window less 262 (zlib's MIN_LOOKAHEAD), which is 250.
int zlib_window(int window_bits) noexcept { return std::max(window_bits, 9); }

}  // namespace

void deflater::ends::operator()(z_stream_s* stream) const noexcept {
  deflateEnd(stream);
  delete stream;
}

deflater::deflater(const deflate_settings& how) : stream_(new z_stream_s()), how_(how) {
  if (deflateInit2(stream_.get(), how.level, Z_DEFLATED, -zlib_window(how.window_bits),
                   how.memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

deflater::~deflater() = default;

// As zconf.h says it, and the state itself.
std::size_t deflater::footprint(const deflate_settings& how) noexcept {
  return (std::size_t{1} << (zlib_window(how.window_bits) + 2)) +
         (std::size_t{1} << (how.memory_level + 9)) + 6 * 1024;
}

void deflater::reset() noexcept { deflateReset(stream_.get()); }

void deflater::message(std::span<const std::byte> from, byte_buffer& to) {
  z_stream_s& z = *stream_;
  // Before the context changes: from here on nothing fails.
  to.room(deflateBound(&z, static_cast<uLong>(from.size())) + 64);
  for (;;) {
    const auto now = from.first(std::min(from.size(), at_once));
    from           = from.subspan(now.size());
    z.next_in      = as_zlib(now.data());
    z.avail_in     = static_cast<uInt>(now.size());
    do {
      std::byte* const at    = to.room(64);
      const std::size_t room = std::min(to.capacity() - to.size(), at_once);
      z.next_out             = as_zlib(at);
      z.avail_out            = static_cast<uInt>(room);
      ::deflate(&z, from.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
      to.grown_by(room - z.avail_out);
    } while (z.avail_in != 0 || z.avail_out == 0);
    if (from.empty()) break;
  }
  to.shrink_to(to.size() - 4);  // 00 00 FF FF
}

}  // namespace adieu::inline v1::wire
