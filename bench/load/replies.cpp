// See replies.hpp.
#include "replies.hpp"

#include <algorithm>
#include <cstring>

#include "fail.hpp"

namespace load {
namespace {

std::size_t header_length(std::uint8_t second_byte) {
  if ((second_byte & 0x80) != 0) fail("the server masked a frame");
  const unsigned length = second_byte & 0x7f;
  return length == 127 ? 10 : length == 126 ? 4 : 2;
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
    if (message_offset_ != expected.payload.size()) fail("a reply is shorter than the message");
    message_offset_ = 0;
    ++messages_;
    ++completed;
  }
  return completed;
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
  const auto wanted = message_offset_ == 0 ? expected.opcode : opcode::continuation;
  if ((header_[0] & 0x7f) != static_cast<unsigned>(wanted)) {
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
  if (messages_ % expected.checked_every == 0 &&
      std::memcmp(bytes.data(), expected.payload.data() + message_offset_, bytes.size()) != 0) {
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
