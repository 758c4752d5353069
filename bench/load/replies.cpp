// See replies.hpp.
#include "replies.hpp"

#include <algorithm>
#include <cstring>
#include <zlib.h>

#include "fail.hpp"

namespace load {
namespace {

std::size_t header_length(std::uint8_t second_byte) {
  if ((second_byte & 0x80) != 0) fail("the server masked a frame");
  const unsigned length = second_byte & 0x7f;
  return length == 127 ? 10 : length == 126 ? 4 : 2;
}

// A message's payload, which has to become `size` bytes.
std::string inflated(std::string payload, std::size_t size) {
  payload.append("\x00\x00\xff\xff", 4);
  std::string text(size + 1, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) fail("zlib has no memory");
  stream.next_in   = reinterpret_cast<Bytef*>(payload.data());
  stream.avail_in  = static_cast<uInt>(payload.size());
  stream.next_out  = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int how    = ::inflate(&stream, Z_SYNC_FLUSH);
  text.resize(text.size() - stream.avail_out);
  inflateEnd(&stream);
  if (how != Z_OK && how != Z_STREAM_END) fail("a reply is no compressed data");
  return text;
}

}  // namespace

std::size_t reply_counter::count(std::string_view bytes, const traffic& expected) {
  if (expected.raw) return count_raw(bytes, expected);
  std::size_t completed = 0;
  while (!bytes.empty()) {
    if (!in_payload_ && !read_header(bytes, expected)) break;
    const auto here =
        static_cast<std::size_t>(std::min<std::uint64_t>(left_of_frame_, bytes.size()));
    take_payload(bytes.substr(0, here), expected);
    bytes.remove_prefix(here);
    left_of_frame_ -= here;
    if (left_of_frame_ != 0) break;
    in_payload_ = false;
    if (!final_) continue;
    check_length(expected);
    message_offset_ = 0;
    ++messages_;
    ++completed;
  }
  return completed;
}

void reply_counter::check_length(const traffic& expected) {
  if (!expected.deflate) {
    if (message_offset_ != expected.payload.size()) fail("a reply is shorter than the message");
  } else if (!deflated_.empty()) {
    if (inflated(deflated_, expected.payload.size()) != expected.payload)
      fail("a reply differs from the message");
    deflated_.clear();
  }
}

std::size_t reply_counter::count_raw(std::string_view bytes, const traffic& expected) {
  std::size_t completed = 0;
  while (!bytes.empty()) {
    const std::size_t here = std::min(expected.payload.size() - message_offset_, bytes.size());
    take_payload(bytes.substr(0, here), expected);
    bytes.remove_prefix(here);
    if (message_offset_ != expected.payload.size()) break;
    message_offset_ = 0;
    ++messages_;
    ++completed;
  }
  return completed;
}

bool reply_counter::read_header(std::string_view& bytes, const traffic& expected) {
  while (!bytes.empty()) {
    header_[header_size_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (header_size_ >= 2 && header_size_ == header_length(header_[1])) {
      begin_frame(expected);
      return true;
    }
  }
  return false;
}

void reply_counter::begin_frame(const traffic& expected) {
  const auto wanted       = message_offset_ == 0 ? expected.opcode : opcode::continuation;
  constexpr unsigned rsv1 = 0x40;
  const unsigned bit      = expected.deflate && message_offset_ == 0 ? rsv1 : 0;
  if ((header_[0] & 0x7f) != (static_cast<unsigned>(wanted) | bit)) {
    fail("a frame of the wrong kind came back");
  }
  final_         = (header_[0] & 0x80) != 0;
  left_of_frame_ = header_[1];
  if (header_size_ > 2) {
    left_of_frame_ = 0;
    for (std::size_t i = 2; i < header_size_; ++i)
      left_of_frame_ = left_of_frame_ << 8 | header_[i];
  }
  if (left_of_frame_ > expected.payload.size() - message_offset_) {
    fail("a reply is longer than the message");
  }
  header_size_ = 0;
  in_payload_  = true;
}

void reply_counter::take_payload(std::string_view bytes, const traffic& expected) {
  const bool is_checked = messages_ % expected.checked_every == 0;
  if (expected.deflate) {
    if (is_checked) deflated_ += bytes;
  } else if (is_checked && std::memcmp(bytes.data(), expected.payload.data() + message_offset_,
                                       bytes.size()) != 0) {
    fail("a reply differs from the message");
  }
  message_offset_ += bytes.size();
}

void close_reader::read(std::string_view bytes) {
  for (const char byte : bytes) {
    if (complete() || static_cast<std::uint8_t>(byte) != expected[size_]) {
      fail("something else than a Close with 1000 came back");
    }
    ++size_;
  }
}

}  // namespace load
