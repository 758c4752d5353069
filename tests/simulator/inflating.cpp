// zlib, raw.
#include "simulator/inflating.hpp"

#include <cstring>
#include <zlib.h>

namespace simulator {

inflating::~inflating() {
  if (stream_) inflateEnd(stream_);
  delete stream_;
}

void inflating::begin(unsigned window_bits) {
  if (!stream_) {
    stream_ = new z_stream_s{};
    inflateInit2(stream_, -15);
  }
  inflateReset2(stream_, -static_cast<int>(window_bits));
}

void inflating::message(std::size_t size, bool with_context) {
  if (!with_context) inflateReset(stream_);
  // A byte more than is meant, so that too much is seen.
  out_.resize(size + 1);
  got_ = 0;
  bad_ = false;
}

void inflating::more(std::span<const std::byte> bytes) {
  stream_->next_in  = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream_->avail_in = static_cast<uInt>(bytes.size());
  while (!bad_ && stream_->avail_in != 0) {
    if (got_ == out_.size()) {
      bad_ = true;
      return;
    }
    stream_->next_out  = reinterpret_cast<Bytef*>(out_.data() + got_);
    stream_->avail_out = static_cast<uInt>(out_.size() - got_);
    const int how      = inflate(stream_, Z_SYNC_FLUSH);
    got_               = out_.size() - stream_->avail_out;
    // A final block ends the stream; what follows begins another. [RFC 7692 7.2.3.5]
    if (how == Z_STREAM_END)
      inflateReset(stream_);
    else
      bad_ = how != Z_OK && how != Z_BUF_ERROR;
    if (how == Z_BUF_ERROR && stream_->avail_in != 0 && got_ < out_.size()) bad_ = true;
  }
}

bool inflating::is(std::span<const std::byte> meant) {
  constexpr std::byte tail[] = {std::byte{0}, std::byte{0}, std::byte{0xFF}, std::byte{0xFF}};
  more(tail);
  return !bad_ && got_ == meant.size() &&
         (meant.empty() || std::memcmp(out_.data(), meant.data(), meant.size()) == 0);
}

}  // namespace simulator
