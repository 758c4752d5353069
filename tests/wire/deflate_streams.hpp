// DEFLATE data for tests: made and read by zlib directly, and written by hand, bit by bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <zlib.h>

namespace adieu::inline v1::wire {

inline std::span<const std::byte> as_bytes_of(std::string_view s) {
  return std::as_bytes(std::span(s.data(), s.size()));
}

/// A peer's zlib, its flush chosen: what a message's payload may look like on the wire.
class peer_zlib {
 public:
  explicit peer_zlib(int level = 6, int window_bits = 15, int memory_level = 8,
                     int strategy = Z_DEFAULT_STRATEGY) {
    deflateInit2(&stream_, level, Z_DEFLATED, -window_bits, memory_level, strategy);
  }
  peer_zlib(const peer_zlib&)            = delete;
  peer_zlib& operator=(const peer_zlib&) = delete;
  ~peer_zlib() { deflateEnd(&stream_); }

  std::string flushed(std::string_view text, int flush) {
    std::string out(deflateBound(&stream_, static_cast<uLong>(text.size())) + 64, '\0');
    stream_.next_in   = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in  = static_cast<uInt>(text.size());
    stream_.next_out  = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream_, flush);
    out.resize(out.size() - stream_.avail_out);
    if (flush == Z_FINISH) deflateReset(&stream_);
    return out;
  }
  /// As a message: without the 00 00 FF FF.
  std::string message(std::string_view text) {
    std::string out = flushed(text, Z_SYNC_FLUSH);
    out.resize(out.size() - 4);
    return out;
  }

 private:
  z_stream stream_ = {};
};

/// A stored block.
inline std::string stored(std::string_view text, bool final_block = false) {
  const auto n = static_cast<unsigned>(text.size());
  std::string block{final_block ? '\1' : '\0'};
  for (const unsigned byte : {n & 0xFF, n >> 8, ~n & 0xFF, ~n >> 8 & 0xFF})
    block += static_cast<char>(byte);
  return block + std::string(text);
}

/// Text that compresses as JSON does.
inline std::string some_json(std::size_t size, unsigned seed = 1) {
  std::minstd_rand random(seed);
  std::string json = "[";
  while (json.size() < size)
    json += R"({"id":)" + std::to_string(random()) + R"(,"name":"user )" +
            std::to_string(random() % 1000) + R"(","tags":["alpha","beta"],"active":true},)";
  json.resize(size);
  return json;
}

inline std::string noise(std::size_t size, unsigned seed = 1) {
  std::minstd_rand random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() >> 8);
  return bytes;
}

}  // namespace adieu::inline v1::wire
