// Whole messages deflated by isa-l, at its level 1.
#include "wire/whole_messages.hpp"

#if ADIEU_WITH_ISAL

#include <algorithm>
#include <isa-l/igzip_lib.h>

namespace adieu::inline v1::wire {
namespace {

constexpr std::size_t at_once = 1 << 30;  // isa-l counts in 32 bits

std::uint8_t* as_isal(const std::byte* p) noexcept {
  return reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(p));
}

class isal_deflater final : public whole_deflater {
 public:
  isal_deflater() : work_(new std::uint8_t[ISAL_DEF_LVL1_DEFAULT]) {
    isal_deflate_init(&stream_);
    stream_.level          = 1;
    stream_.level_buf      = work_.get();
    stream_.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  }

  void deflate(std::span<const std::byte> from, byte_buffer& to) override {
    isal_deflate_reset(&stream_);
    stream_.end_of_stream = 0;
    to.room(from.size() / 2 + 1024);
    for (;;) {
      const auto now   = from.first(std::min(from.size(), at_once));
      from             = from.subspan(now.size());
      stream_.next_in  = as_isal(now.data());
      stream_.avail_in = static_cast<std::uint32_t>(now.size());
      stream_.flush    = from.empty() ? SYNC_FLUSH : NO_FLUSH;
      do {
        std::byte* const at    = to.room(1024);
        const std::size_t room = std::min(to.capacity() - to.size(), at_once);
        stream_.next_out       = as_isal(at);
        stream_.avail_out      = static_cast<std::uint32_t>(room);
        isal_deflate(&stream_);
        to.grown_by(room - stream_.avail_out);
      } while (stream_.avail_in != 0 || stream_.avail_out == 0);
      if (from.empty()) break;
    }
    to.shrink_to(to.size() - 4);  // 00 00 FF FF
  }

 private:
  isal_zstream stream_ = {};
  std::unique_ptr<std::uint8_t[]> work_;
};

}  // namespace

std::unique_ptr<whole_deflater> deflate_whole_with_isal() {
  return std::make_unique<isal_deflater>();
}

}  // namespace adieu::inline v1::wire

#else

namespace adieu::inline v1::wire {

std::unique_ptr<whole_deflater> deflate_whole_with_isal() { return nullptr; }

}  // namespace adieu::inline v1::wire

#endif
