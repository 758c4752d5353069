// Frames that our machine would not write.
#include "simulator/saboteur.hpp"

#include <algorithm>
#include <cstring>

namespace simulator {
namespace {

struct shape {
  std::size_t head     = 0;
  std::uint64_t length = 0;
  unsigned opcode      = 0;
  bool whole           = false;
};

shape look_at(const std::vector<std::byte>& bytes) {
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint64_t>(bytes[i]); };
  shape s;
  if (bytes.size() < 2) return s;
  s.opcode               = static_cast<unsigned>(at(0) & 0xF);
  s.length               = at(1) & 0x7F;
  const std::size_t wide = s.length == 126 ? 2 : s.length == 127 ? 8 : 0;
  s.head                 = 2 + wide + ((at(1) & 0x80) != 0 ? 4 : 0);
  if (bytes.size() < s.head) return s;
  if (wide != 0) s.length = 0;
  for (std::size_t i = 0; i < wide; ++i) s.length = s.length << 8 | at(2 + i);
  s.whole = bytes.size() - s.head >= s.length;
  return s;
}

std::span<const std::byte> bytes_in(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

void saboteur::begin(world& w, who of, way how, const adieu::connection_options& of_receiver) {
  world_       = &w;
  of_          = of;
  how_         = how;
  receiver_    = of_receiver;
  frames_left_ = how == way::violates ? w.chance.below(5) : 0;
  corrupt_at_  = how == way::corrupts ? w.chance.below(300) : 0;
  fired_ = closed_ = false;
  messages_        = 0;
  name_            = "";
  floods           = false;
  held_.clear();
  pings_.clear();
}

void saboteur::pass(std::span<const std::byte> bytes, std::vector<std::byte>& out) {
  if (how_ == way::corrupts) {
    const std::size_t at = out.size();
    out.insert(out.end(), bytes.begin(), bytes.end());
    if (!fired_ && corrupt_at_ < bytes.size()) {
      fired_ = true;
      world_->tell(of_, "a byte of what it sends is changed");
      out[at + corrupt_at_] ^= static_cast<std::byte>(1 + world_->chance.below(255));
    }
    corrupt_at_ -= std::min<std::uint64_t>(corrupt_at_, bytes.size());
    return;
  }
  held_.insert(held_.end(), bytes.begin(), bytes.end());
  for (shape s; s = look_at(held_), s.whole;) {
    std::vector<std::byte> rest(held_.begin() + static_cast<std::ptrdiff_t>(s.head + s.length),
                                held_.end());
    held_.resize(s.head + static_cast<std::size_t>(s.length));
    frame_whole(out);
    held_ = std::move(rest);
  }
}

void saboteur::over(std::vector<std::byte>& out) {
  out.insert(out.end(), held_.begin(), held_.end());
  held_.clear();
}

void saboteur::frame_whole(bytes_of& out) {
  const shape s = look_at(held_);
  if (how_ == way::violates && !fired_ && (frames_left_-- == 0 || s.opcode == 8)) {
    fired_ = true;
    violates(out);
    world_->tell(of_, name_);
    if (floods) {
      world_->tell(of_, "and sends on and on");
      out.resize(out.size() + (3 << 19));
    }
  }
  if (how_ == way::reframes && s.opcode < 8)
    fragments(out);
  else
    out.insert(out.end(), held_.begin(), held_.end());
  if (s.opcode < 8 && !fired_) ++messages_;
  if (s.opcode == 9) {
    std::vector<std::byte> payload(held_.begin() + static_cast<std::ptrdiff_t>(s.head),
                                   held_.end());
    if (of_ == who::client)
      for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= held_[s.head - 4 + i % 4];
    pings_.push_back({position_ + out.size(), tag_of(payload)});
  }
  if (s.opcode == 8 && how_ == way::reframes && world_->chance.one_in(2)) {
    // What is said behind a Close is for nobody.
    world_->tell(of_, "something behind its Close");
    frame(out, world_->chance.of({0x81u, 0x82u, 0x88u, 0x89u, 0xF3u, 0x00u}), bytes_in("late"));
  }
}

void saboteur::frame(bytes_of& out, unsigned first_byte, std::span<const std::byte> payload,
                     int length_bytes, bool against_role) {
  const bool masked   = (of_ == who::client) != against_role;
  const auto n        = payload.size();
  const unsigned mask = masked ? 0x80 : 0;
  if (length_bytes == 0 && n > 125) length_bytes = n > 65535 ? 8 : 2;
  out.push_back(static_cast<std::byte>(first_byte));
  if (length_bytes == 0) {
    out.push_back(static_cast<std::byte>(mask | n));
  } else {
    out.push_back(static_cast<std::byte>(mask | (length_bytes == 2 ? 126 : 127)));
    for (int i = length_bytes; i-- > 0;) out.push_back(static_cast<std::byte>(n >> 8 * i & 0xFF));
  }
  std::uint32_t key = 0;
  if (masked) {
    key = static_cast<std::uint32_t>(world_->chance.next());
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<std::byte>(key >> 8 * i & 0xFF));
  }
  for (std::size_t i = 0; i < n; ++i)
    out.push_back(payload[i] ^ static_cast<std::byte>(key >> 8 * (i % 4) & 0xFF));
}

void saboteur::control_between(bytes_of& out) {
  switch (world_->chance.below(6)) {
    case 0: return pings(out, "hm");
    case 1: return frame(out, 0x8A, bytes_in("yes"));
    case 2: return pings(out, "");
    default: return;
  }
}

void saboteur::pings(bytes_of& out, std::string_view payload) {
  frame(out, 0x89, bytes_in(payload));
  pings_.push_back({position_ + out.size(), tag_of(bytes_in(payload))});
}

// The message in the frame held, in fragments, empty ones too.
void saboteur::fragments(bytes_of& out) {
  const shape s = look_at(held_);
  std::vector<std::byte> payload(held_.begin() + static_cast<std::ptrdiff_t>(s.head), held_.end());
  if (of_ == who::client)
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= held_[s.head - 4 + i % 4];
  control_between(out);
  unsigned opcode  = std::to_integer<unsigned>(held_[0] & std::byte{0x4F});  // compressed or not
  std::size_t from = 0;
  for (std::uint32_t more = world_->chance.below(4); more > 0; --more) {
    const std::size_t n =
        world_->chance.below(static_cast<std::uint32_t>(payload.size() - from) + 1);
    frame(out, opcode, std::span(payload).subspan(from, n));
    control_between(out);
    from += n;
    opcode = 0;
  }
  frame(out, 0x80 | opcode, std::span(payload).subspan(from));
}

void saboteur::violates(bytes_of& out) {
  const std::uint64_t limit = receiver_.max_message;
  static const std::string_view long_one(
      "................................................................................"
      "................................................................................");
  cause_                  = adieu::cause::protocol_violation;
  code_                   = 1002;
  const auto invalid_text = [&] { cause_ = adieu::cause::invalid_text, code_ = 1007; };
  switch (world_->chance.below(20)) {
    case 0:
      name_ = "violates: a reserved bit";
      if (world_->chance.one_in(2))
        return frame(out, world_->chance.of({0xA2u, 0x92u}), bytes_in("x"));
      return frame(out, 0xC2, bytes_in("\x07"));  // or, compressed, a block of no kind
    case 1: name_ = "violates: opcode 3"; return frame(out, 0x83, {});
    case 2: name_ = "violates: opcode 11"; return frame(out, 0x8B, {});
    case 3:
      name_ = "violates: masking wrong for the role";
      return frame(out, 0x82, bytes_in("x"), 0, true);
    case 4: name_ = "violates: a ping in fragments"; return frame(out, 0x09, {});
    case 5: name_ = "violates: a ping over 125 bytes"; return frame(out, 0x89, bytes_in(long_one));
    case 6: name_ = "violates: a continuation of nothing"; return frame(out, 0x80, bytes_in("x"));
    case 7:
      name_ = "violates: a message within a message";
      frame(out, 0x01, bytes_in("x"));
      return frame(out, 0x81, bytes_in("y"));
    case 8:
      name_ = "violates: a length of two bytes for 3";
      return frame(out, 0x82, bytes_in("xyz"), 2);
    case 9:
      name_ = "violates: a length of eight bytes for 3";
      return frame(out, 0x82, bytes_in("xyz"), 8);
    case 10:
      name_ = "violates: a length with the top bit";
      frame(out, 0x82, bytes_in("xyz"), 8);
      out[out.size() - (of_ == who::client ? 7 : 3) - 8] |= std::byte{0x80};
      return;
    case 11:
      invalid_text(), name_ = "violates: text that is not UTF-8";
      return frame(out, 0x81, bytes_in("caf\xC3."));
    case 12:
      invalid_text(), name_ = "violates: text that ends within a character";
      return frame(out, 0x81, bytes_in("caf\xC3"));
    case 13:
      invalid_text(), name_ = "violates: a message that ends within a character";
      frame(out, 0x01, bytes_in("caf\xC3"));
      return frame(out, 0x80, {});
    case 14: name_ = "violates: a Close of one byte"; return frame(out, 0x88, bytes_in("\x03"));
    case 15: name_ = "violates: a Close with 1005"; return frame(out, 0x88, bytes_in("\x03\xED"));
    case 16:
      invalid_text(), name_ = "violates: a reason that is not UTF-8";
      return frame(out, 0x88, bytes_in("\x03\xE8\xFF"));
    case 17:
      if (receiver_.max_control_frames_per_second == 3) {
        cause_ = adieu::cause::flooded, code_ = 1008;
        name_ = "violates: a flood of pings";
        for (int i = 0; i < 8; ++i) frame(out, 0x89, bytes_in("!"));
        return;
      }
      [[fallthrough]];
    case 18:
      if (limit > 2 && limit < 10'000) {
        cause_ = adieu::cause::message_too_big, code_ = 1009;
        name_ = "violates: fragments that are too big together";
        frame(out, 0x02, bytes_in("xy"));
        const std::vector<std::byte> most(static_cast<std::size_t>(limit) - 1);
        return frame(out, 0x80, most);
      }
      [[fallthrough]];
    default:
      cause_ = adieu::cause::message_too_big, code_ = 1009;
      name_ = "violates: a frame that is too big, its head only";
      frame(out, 0x82, {}, 8);
      const std::size_t at = out.size() - (of_ == who::client ? 12 : 8);
      for (int i = 0; i < 8; ++i)
        out[at + static_cast<std::size_t>(i)] =
            static_cast<std::byte>((limit + 65'536) >> 8 * (7 - i) & 0xFF);
  }
}

}  // namespace simulator
