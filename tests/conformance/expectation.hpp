// What RFC 6455 asks of an endpoint that echoes, worked out slowly and plainly from the octets that
// it gets: which frames it sends, and after how many octets each may be sent and has to be. Written
// from the RFC and docs/closing.md 7; shares no code with src/.
#pragma once

#include "conformance/utf8_by_formula.hpp"
#include "protocol/frames.hpp"

#include <adieu/ending.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adieu::inline v1::protocol {

/// 1000–1003, 1007–1014 [7.4.1 and IANA's registry], 3000–4999 [7.4.2].
inline bool may_stand_in_a_close(unsigned code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

/// A frame that has to be sent.
struct due_frame {
  frame what;            // of a Close that fails the connection only the code is meant
  std::size_t from, by;  // may be sent once so many octets have come, and must be once so many have
  bool fails = false;
};

struct expectation {
  std::vector<due_frame> sends;
  std::vector<std::size_t> frame_ends;  // where the peer's frames end
  bool open     = true;                 // nobody has closed
  bool clean    = false;
  unsigned code = 1006;
  std::string reason;
  cause why = cause::completed;
};

/// What a compressed message's payload is inflated to; nothing if it is none. [RFC 7692 7.2.2]
using inflating = std::function<std::optional<std::string>(const std::string&)>;

class reference {
 public:
  /// `we_closed`: our Close has been sent before the first of these octets came.
  /// `inflate`: if compression was agreed on.
  reference(role receiver, std::uint64_t limit, bool we_closed, inflating inflate = {})
      : receiver_(receiver), limit_(limit), we_closed_(we_closed), inflate_(std::move(inflate)) {}

  expectation of(std::string_view bytes) {
    bytes_ = bytes;
    while (e_.open && take_one_frame()) e_.frame_ends.push_back(at_);
    if (e_.frame_ends.empty() || e_.frame_ends.back() != bytes.size())
      e_.frame_ends.push_back(bytes.size());
    return e_;
  }

 private:
  unsigned octet(std::size_t i) const { return static_cast<unsigned char>(bytes_[i]); }
  bool there(std::size_t end) const { return bytes_.size() >= end; }

  // False if it is not whole, or has ended it all.
  bool take_one_frame() {
    const std::size_t start = at_;
    if (!there(start + 2)) return false;
    const unsigned first = octet(start), second = octet(start + 1);
    const bool fin = (first & 0x80) != 0, masked = (second & 0x80) != 0;
    const unsigned opcode = first & 0xF, rsv = first >> 4 & 7, seven = second & 0x7F;
    const bool control = (opcode & 8) != 0;

    // [5.2, 5.1, 5.4, 5.5]: two octets show all of these.
    const bool unknown     = (opcode > 2 && opcode < 8) || opcode > 10;
    const bool bad_control = control && (!fin || seven > 125);
    const bool out_of_turn = (opcode == 0 && !begun_) || ((opcode == 1 || opcode == 2) && begun_);
    // RSV1 stands in the first frame of a message only. [RFC 7692 6]
    const bool compressed = inflate_ && rsv == 4 && (opcode == 1 || opcode == 2);
    if ((rsv != 0 && !compressed) || unknown || masked != (receiver_ == role::server) ||
        bad_control || out_of_turn)
      return fail(1002, start + 1, start + 2);

    const std::size_t wide  = seven == 126 ? 2 : seven == 127 ? 8 : 0;
    const std::size_t known = start + 2 + wide;
    if (!there(known)) return false;
    std::uint64_t length = wide == 0 ? seven : 0;
    for (std::size_t i = start + 2; i < known; ++i) length = length << 8 | octet(i);
    if ((wide == 2 && length < 126) || (wide == 8 && (length < 65536 || length >> 63 != 0)))
      return fail(1002, start + 3, known);

    const std::size_t head = known + (masked ? 4 : 0);
    if (!control && limit_ != 0 && length > limit_ - payload_.size())
      return fail(1009, known, head);
    if (!there(head)) return false;
    return control ? take_control(opcode, head, length)
                   : take_data(opcode, fin, compressed, head, length);
  }

  char unmasked(std::size_t head, std::size_t i) const {
    const char c = bytes_[head + i];
    return receiver_ == role::server ? static_cast<char>(c ^ bytes_[head - 4 + i % 4]) : c;
  }

  bool take_data(unsigned opcode, bool fin, bool compressed, std::size_t head,
                 std::uint64_t length) {
    if (!begun_) {
      begun_      = true;
      is_text_    = opcode == 1;
      compressed_ = compressed;
      message_at_ = head;
      text_       = {};
      payload_.clear();
    }
    for (std::size_t i = 0; i < length; ++i) {
      if (!there(head + i + 1)) return false;
      payload_ += unmasked(head, i);
      if (is_text_ && !compressed_ && !text_.takes(payload_.back()))
        return fail(1007, head + i + 1, head + i + 1);  // at that very octet
    }
    at_ = head + length;
    if (!fin) return true;
    begun_ = false;
    if (compressed_ && !take_inflated()) return false;
    // That the last one cannot be completed is certain up to two octets earlier.
    if (is_text_ && !compressed_ && !text_.may_end())
      return fail(1007, at_ - std::min<std::size_t>(length, 2), at_);
    if (!we_closed_) send({is_text_ ? 1u : 2u, payload_}, at_);
    payload_.clear();
    return true;
  }

  // It may be judged while it comes, and has to be once it is whole.
  bool take_inflated() {
    const auto inflated = inflate_(payload_);
    if (!inflated) return fail(1002, message_at_, at_);
    if (limit_ != 0 && inflated->size() > limit_) return fail(1009, message_at_, at_);
    payload_ = *inflated;
    if (!is_text_ || first_wrong_octet(payload_) == std::string::npos) return true;
    return fail(1007, message_at_, at_);
  }

  bool take_control(unsigned opcode, std::size_t head, std::uint64_t length) {
    std::string payload;
    for (std::size_t i = 0; i < length; ++i) {
      if (!there(head + i + 1)) return false;
      payload += unmasked(head, i);
    }
    at_ = head + length;
    if (opcode == 9 && !we_closed_) send({10, payload}, at_);
    if (opcode == 8) take_close(payload, head);
    return e_.open;
  }

  // [5.5.1, 7.1.5, 7.4]
  void take_close(const std::string& payload, std::size_t head) {
    if (payload.size() == 1) return void(fail(1002, head, at_));
    unsigned code = 1005;
    if (payload.size() >= 2)
      code = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    if (payload.size() >= 2 && !may_stand_in_a_close(code)) return void(fail(1002, head, at_));
    const std::string reason = payload.size() > 2 ? payload.substr(2) : "";
    if (first_wrong_octet(reason) != std::string::npos) return void(fail(1007, head, at_));
    // The code is echoed, and an empty Close is answered by one; none is sent twice.
    if (!we_closed_) send({8, payload.substr(0, 2)}, at_);
    e_.open   = false;
    e_.clean  = true;
    e_.code   = code;
    e_.reason = reason;
  }

  void send(frame f, std::size_t at) { e_.sends.push_back({std::move(f), at, at}); }

  bool fail(unsigned code, std::size_t from, std::size_t by) {
    if (!we_closed_) e_.sends.push_back({closing(code), from, by, true});
    e_.open = false;
    e_.why  = code == 1002   ? cause::protocol_violation
              : code == 1007 ? cause::invalid_text
                             : cause::message_too_big;
    return false;
  }

  role receiver_;
  std::uint64_t limit_;
  bool we_closed_;
  std::string_view bytes_;
  std::size_t at_         = 0;  // where the next frame begins
  std::size_t message_at_ = 0;  // the payload of the message
  bool begun_             = false;
  bool is_text_           = false;
  bool compressed_        = false;
  inflating inflate_;
  slow_utf8 text_;
  std::string payload_;
  expectation e_;
};

}  // namespace adieu::inline v1::protocol
