// Whole messages inflated by libdeflate. What it does not take to its end (a block that is marked
// as the last one, invalid data, too much of it) zlib decides, so that the verdict is that of every
// build, and of the same message in pieces. (Not so where libdeflate is content with what zlib
// calls invalid: a payload that was cut short inside such a block, or lengths of codes that repeat
// beyond their number. Then a message is delivered that a peer could have sent properly.) Nothing
// is ever deflated with it: it can only end a stream, and real peers fail on that.
#include "wire/whole_messages.hpp"

#if ADIEU_WITH_LIBDEFLATE

#include <algorithm>
#include <libdeflate.h>
#include <new>

namespace adieu::inline v1::wire {
namespace {

// What is guessed first: text is seldom smaller than a sixth.
constexpr std::uint64_t first_guess = 6;

class libdeflate_inflater final : public whole_inflater {
 public:
  libdeflate_inflater() : engine_(libdeflate_alloc_decompressor()) {
    if (!engine_) throw std::bad_alloc();
  }

  inflated inflate(std::span<const std::byte> from, byte_buffer& to, std::uint64_t most) override {
    // Out of room it has to begin again: four times as much each time, so that this adds a third.
    for (std::uint64_t room = std::max<std::uint64_t>(to.capacity(), first_guess * from.size());;
         room *= 4) {
      room = std::min(room, most);
      to.reserve(static_cast<std::size_t>(room));
      std::size_t taken = 0, came = 0;
      switch (libdeflate_deflate_decompress_ex(engine_.get(), from.data(), from.size(), to.data(),
                                               static_cast<std::size_t>(room), &taken, &came)) {
        case LIBDEFLATE_SUCCESS:
          if (taken != from.size()) return with_zlib(from, to, most);
          to.grown_by(came);
          return inflated::fine;
        case LIBDEFLATE_INSUFFICIENT_SPACE:
          if (room < most) continue;
          return with_zlib(from, to, most);
        default: return with_zlib(from, to, most);
      }
    }
  }

 private:
  struct frees {
    void operator()(libdeflate_decompressor* d) const noexcept { libdeflate_free_decompressor(d); }
  };

  inflated with_zlib(std::span<const std::byte> from, byte_buffer& to, std::uint64_t most) {
    if (!zlib_) zlib_ = inflate_whole_with_zlib();
    return zlib_->inflate(from, to, most);
  }

  std::unique_ptr<libdeflate_decompressor, frees> engine_;
  std::unique_ptr<whole_inflater> zlib_;
};

}  // namespace

std::unique_ptr<whole_inflater> inflate_whole_with_libdeflate() {
  return std::make_unique<libdeflate_inflater>();
}

}  // namespace adieu::inline v1::wire

#else

namespace adieu::inline v1::wire {

std::unique_ptr<whole_inflater> inflate_whole_with_libdeflate() { return nullptr; }

}  // namespace adieu::inline v1::wire

#endif
