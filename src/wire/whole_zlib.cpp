// Whole messages with zlib: the reference for the other back ends, and the way where there are
// none.
#include "wire/deflater.hpp"
#include "wire/whole_messages.hpp"

namespace adieu::inline v1::wire {
namespace {

class zlib_inflater final : public whole_inflater {
 public:
  inflated inflate(std::span<const std::byte> from, byte_buffer& to, std::uint64_t most) override {
    inflated how = stream_.piece(from.first(from.size() - payload_end.size()), to, most);
    if (how == inflated::fine) how = stream_.end_message(to, most);
    stream_.reset();
    return how;
  }

 private:
  inflater stream_;
};

class zlib_deflater final : public whole_deflater {
 public:
  void deflate(std::span<const std::byte> from, byte_buffer& to) override {
    stream_.message(from, to);
    stream_.reset();
  }

 private:
  deflater stream_{deflate_settings()};
};

}  // namespace

std::unique_ptr<whole_inflater> inflate_whole_with_zlib() {
  return std::make_unique<zlib_inflater>();
}

std::unique_ptr<whole_deflater> deflate_whole_with_zlib() {
  return std::make_unique<zlib_deflater>();
}

}  // namespace adieu::inline v1::wire
