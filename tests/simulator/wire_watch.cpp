// RFC 6455 5.2, once more and plainly.
#include "simulator/wire_watch.hpp"

#include <algorithm>
#include <cstring>

namespace simulator {

// A bijection of 32 bits and its inverse.
std::uint32_t scrambled(std::uint32_t n) noexcept { return (n + 1) * 0x9E3779B1u; }
std::uint32_t unscrambled(std::uint32_t n) noexcept { return n * 0x0E8B2F51u - 1; }

void wire_watch::begin(world& w, who whose, bool with_opening) {
  world_ = &w;
  whose_ = whose;
  accepted_.clear();
  accepted_bytes_ = 0;
  keys_drawn_     = 0;
  keys_seen_.clear();
  in_head_       = with_opening;
  blank_         = 0;
  position_      = 0;
  believes_pongs = false;
  ended_         = false;
  head_got_      = 0;
  in_payload_    = false;
  next_message_  = 0;
  payload_put_   = 0;
  pings_.clear();
  deflate_ = {};
  pongs_ = answered_ = 0;
  close_.reset();
  close_position_ = 0;
}

void wire_watch::put(std::span<const std::byte> bytes) {
  if (ended_) return world_->breach(whose_, "bytes on the wire behind our end of the stream");
  const std::byte* at        = bytes.data();
  const std::byte* const end = at + bytes.size();
  while (at != end && !world_->breached) {
    if (in_head_) {
      ++position_;
      byte_of_opening(*at++);
    } else if (close_) {
      return world_->breach(whose_, "bytes on the wire behind our Close");
    } else if (in_payload_) {
      const std::size_t n = payload(at, static_cast<std::size_t>(end - at));
      at += n;
    } else {
      ++position_;
      byte_of_head(*at++);
    }
  }
}

void wire_watch::compresses(const adieu::protocol::deflate_agreement& how) {
  deflate_ = how;
  if (how.on) inflating_.begin(how.our_window_bits);
}

void wire_watch::put_end() {
  ended_ = true;
  if (in_payload_ || head_got_ != 0)
    world_->breach(whose_, "our side of the stream is ended within a frame");
}

void wire_watch::byte_of_opening(std::byte b) {
  const char expected = blank_ % 2 == 0 ? '\r' : '\n';
  blank_ = static_cast<char>(b) == expected ? blank_ + 1 : static_cast<char>(b) == '\r';
  if (blank_ == 4) in_head_ = false;
}

std::size_t wire_watch::head_size() const noexcept {
  if (head_got_ < 2) return 2;
  const unsigned short_length = head_[1] & 0x7Fu;
  return 2u +
         (short_length == 126   ? 2u
          : short_length == 127 ? 8u
                                : 0u) +
         (head_[1] & 0x80u ? 4u : 0u);
}

void wire_watch::byte_of_head(std::byte b) {
  head_[head_got_++] = std::to_integer<unsigned char>(b);
  if (head_got_ >= 2 && head_got_ == head_size()) head_whole();
}

void wire_watch::head_whole() {
  opcode_             = head_[0] & 0x0Fu;
  const bool masked   = (head_[1] & 0x80u) != 0;
  length_             = head_[1] & 0x7Fu;
  const unsigned wide = length_ == 126 ? 2 : length_ == 127 ? 8 : 0;
  if (wide != 0) {
    length_ = 0;
    for (unsigned i = 0; i < wide; ++i) length_ = length_ << 8 | head_[2 + i];
  }
  const bool control = (opcode_ & 8) != 0;
  compressed_        = (head_[0] & 0x40u) != 0 && deflate_.on && !control;
  if ((head_[0] & (compressed_ ? 0x30u : 0x70u)) != 0)
    return world_->breach(whose_, "a reserved bit on the wire");
  if ((head_[0] & 0x80u) == 0) return world_->breach(whose_, "a fragment on the wire");
  if (opcode_ != 1 && opcode_ != 2 && (opcode_ < 8 || opcode_ > 10))
    return world_->breach(whose_, "opcode %u on the wire", opcode_);
  if (masked != (whose_ == who::client))
    return world_->breach(whose_, "a frame that is masked against its role");
  if ((wide == 2 && length_ < 126) || (wide == 8 && length_ < 65536))
    return world_->breach(whose_, "a length that is not in its shortest form");
  if (control && length_ > 125) return world_->breach(whose_, "a control frame over 125 bytes");
  key_ = {};
  if (masked) {
    std::memcpy(key_.data(), head_.data() + 2 + wide, 4);
    std::uint32_t key;
    std::memcpy(&key, key_.data(), 4);
    const std::uint32_t number = unscrambled(key);
    if (number >= keys_drawn_) return world_->breach(whose_, "a masking key from nowhere");
    if (keys_seen_.size() <= number / 64) keys_seen_.resize(number / 64 + 1);
    const std::uint64_t bit = std::uint64_t{1} << number % 64;
    if ((keys_seen_[number / 64] & bit) != 0)
      return world_->breach(whose_, "a masking key is used twice");
    keys_seen_[number / 64] |= bit;
  }
  at_ = 0;
  if (compressed_ && next_message_ < accepted_.size())
    inflating_.message(accepted_[next_message_].size, deflate_.our_takeover);
  if (!control) {
    if (next_message_ == accepted_.size())
      return world_->breach(whose_, "a message on the wire that nobody sent");
    const content& c = accepted_[next_message_];
    if ((!compressed_ && c.size != length_) ||
        (c.type == adieu::message_type::text) != (opcode_ == 1))
      return world_->breach(whose_, "a message on the wire that is not the next one accepted");
  }
  in_payload_ = true;
  if (length_ == 0) frame_whole();
}

std::size_t wire_watch::payload(const std::byte* at, std::size_t most) {
  const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(most, length_ - at_));
  if ((opcode_ & 8) != 0) {
    for (std::size_t i = 0; i < n; ++i)
      control_[at_ + i] = at[i] ^ static_cast<std::byte>(key_[(at_ + i) % 4]);
  } else if (compressed_) {
    scratch_.assign(at, at + n);
    for (std::size_t i = 0; i < n; ++i) scratch_[i] ^= static_cast<std::byte>(key_[(at_ + i) % 4]);
    inflating_.more(scratch_);
  } else {
    const std::byte* const meant = accepted_[next_message_].bytes().data() + at_;
    if (whose_ == who::server) {
      if (std::memcmp(at, meant, n) != 0)
        world_->breach(whose_, "a message on the wire is not what was sent");
    } else {
      unsigned differs = 0;
      for (std::size_t i = 0; i < n; ++i)
        differs |= std::to_integer<unsigned>(at[i] ^ meant[i]) ^ key_[(at_ + i) % 4];
      if (differs != 0) world_->breach(whose_, "a message on the wire is not what was sent");
    }
    payload_put_ += n;
  }
  at_ += n;
  position_ += n;
  if (at_ == length_) frame_whole();
  return n;
}

void wire_watch::frame_whole() {
  in_payload_ = false;
  head_got_   = 0;
  if ((opcode_ & 8) == 0) {
    if (compressed_) {
      const content& c = accepted_[next_message_];
      payload_put_ += c.size;
      if (!inflating_.is(c.bytes()))
        world_->breach(whose_, "what is compressed on the wire is not what was sent");
    }
    ++next_message_;
  } else
    control_whole();
}

void wire_watch::control_whole() {
  const std::span<const std::byte> payload(control_.data(), static_cast<std::size_t>(length_));
  switch (opcode_) {
    case 8: return close_whole();
    case 9: pings_.push_back({position_, tag_of(payload)}); return;
    default: return pong_whole();
  }
}

// A pong answers a ping of the peer, in order; some pings may stay without one. [5.5.3]
void wire_watch::pong_whole() {
  const std::uint64_t tag = tag_of({control_.data(), static_cast<std::size_t>(length_)});
  ++pongs_;
  last_pong_ = tag;
  if (believes_pongs) return;
  for (std::size_t i = answered_; i < peers_pings_->size(); ++i)
    if ((*peers_pings_)[i].tag == tag) {
      answered_ = i + 1;
      return;
    }
  world_->breach(whose_, "a pong that answers no ping");
}

void wire_watch::close_whole() {
  if (length_ == 1) return world_->breach(whose_, "a Close payload of one byte");
  close_.emplace();
  close_position_ = position_;
  if (length_ >= 2) {
    close_->code = static_cast<std::uint16_t>(std::to_integer<unsigned>(control_[0]) << 8 |
                                              std::to_integer<unsigned>(control_[1]));
    close_->reason.assign(reinterpret_cast<const char*>(control_.data()) + 2,
                          static_cast<std::size_t>(length_) - 2);
    if (!adieu::may_receive(*close_->code))
      world_->breach(whose_, "a Close with code %u on the wire", unsigned{*close_->code});
  }
}

}  // namespace simulator
