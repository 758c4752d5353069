// Lines, heads of frames, payload.
#include "protocol/wire_reader.hpp"

#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace adieu::inline v1::protocol {
namespace {

constexpr std::size_t longest_line = 1 << 20;  // of a head; no head may have more
// Of payload at once, so that what little becomes much is inflated in little pieces.
constexpr std::size_t most_at_once    = 512;
constexpr std::uint64_t most_inflated = 1 << 20;  // of such a piece: DEFLATE has a factor of 1032
constexpr std::size_t most_kept       = 64 * 1024;

bool is_message_start(std::uint8_t opcode) {
  return opcode == static_cast<std::uint8_t>(wire::opcode::text) ||
         opcode == static_cast<std::uint8_t>(wire::opcode::binary);
}

// The three digits behind "HTTP/1.1 ".
std::string_view status_in(std::string_view line) {
  const auto blank = line.find(' ');
  return blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1, 3);
}

std::string in_hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 16)) {
    const auto value = static_cast<unsigned char>(c);
    if (!out.empty()) out += ' ';
    out += "0123456789abcdef"[value >> 4];
    out += "0123456789abcdef"[value & 15];
  }
  return out;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

}  // namespace

void wire_reader::feed(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    std::size_t used = 0;
    switch (at_) {
      case place::head:
        used = read_head({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        break;
      case place::head_of_frame: used = read_head_of_frame(bytes); break;
      case place::payload: used = read_payload(bytes); break;
      case place::beyond: return;
    }
    bytes = bytes.subspan(used);
  }
}

// --- heads ---

std::size_t wire_reader::read_head(std::string_view bytes) {
  const auto end = bytes.find('\n');
  line_.append(bytes.substr(0, end));
  if (line_.size() > longest_line) {
    give_up("a line of the head that never ends");
    return bytes.size();
  }
  if (end == std::string_view::npos) return bytes.size();
  if (line_.ends_with('\r')) line_.pop_back();
  if (!line_.empty())
    tell_line(line_);
  else if (!is_first_line_)  // one may come before a request [RFC 9112 2.2]
    end_head();
  line_.clear();
  return end + 1;
}

void wire_reader::tell_line(std::string_view line) {
  if (is_first_line_) {
    const bool is_answer = line.starts_with("HTTP/");
    const auto status    = is_answer ? status_in(line) : std::string_view();
    is_interim_ =
        status != "101" && (status.starts_with('1') || (is_tunnel_ && status.starts_with('2')));
    is_refusal_ = is_answer && !is_interim_ && status != "101";
    is_tunnel_  = line.starts_with("CONNECT ");
  }
  is_first_line_ = false;
  const std::string text =
      escape(secrets_ == secrets::shown ? std::string(line) : masked_.line(line));
  trace_event told{.kind = trace_kind::head_line, .text = text};
  to_(told);
}

void wire_reader::end_head() {
  at_ = is_refusal_ ? place::beyond : place::head_of_frame;
  if (!is_interim_ && !is_tunnel_) return;
  at_            = place::head;
  is_first_line_ = true;
  masked_        = {};
}

void wire_reader::give_up(std::string_view why) {
  at_ = place::beyond;
  note(why);
}

void wire_reader::note(std::string_view words) {
  trace_event told{.kind = trace_kind::note, .text = words};
  to_(told);
}

// --- frames ---

std::size_t wire_reader::read_head_of_frame(std::span<const std::byte> bytes) {
  const std::size_t before = bytes_.size();
  const std::size_t more   = std::min(bytes.size(), wire::max_head - before);
  bytes_.append(reinterpret_cast<const char*>(bytes.data()), more);
  head_ = {};
  switch (wire::parse_head(bytes_of(bytes_).data(), bytes_.size(), head_)) {
    case wire::head_status::incomplete: return more;
    case wire::head_status::bad_length:
      give_up("not a frame: " + in_hex(bytes_) + " …");
      return bytes.size();
    case wire::head_status::complete: break;
  }
  bytes_.clear();
  begin_frame();
  return head_.size - before;
}

void wire_reader::begin_frame() {
  at_   = place::payload;
  left_ = head_.length;
  told_ = false;
  shown_.clear();
  if (is_message_start(head_.opcode)) {
    is_text_       = head_.opcode == static_cast<std::uint8_t>(wire::opcode::text);
    is_compressed_ = deflate_ && head_.rsv == 4;
    if (!takeover_) {
      unreadable_ = false;
      if (inflater_) inflater_->reset();
    }
  }
  if (left_ == 0) end_frame();
}

std::size_t wire_reader::read_payload(std::span<const std::byte> bytes) {
  std::array<std::byte, most_at_once> unmasked;
  const auto there = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  std::size_t n    = there;
  if (!told_ || is_inflating()) {
    n = std::min(there, most_at_once);
    std::array<std::byte, 4> key{};
    if (head_.masked) std::memcpy(key.data(), &head_.key, key.size());
    const std::uint64_t at = head_.length - left_;
    for (std::size_t i = 0; i < n; ++i) unmasked[i] = bytes[i] ^ key[(at + i) % 4];
    take(std::span(unmasked).first(n));
  }
  left_ -= n;
  if (left_ == 0) end_frame();
  return n;
}

bool wire_reader::is_inflating() const noexcept {
  return is_compressed_ && !wire::is_control(head_.opcode) && !unreadable_;
}

void wire_reader::take(std::span<const std::byte> unmasked) {
  const bool is_compressed = is_compressed_ && !wire::is_control(head_.opcode);
  if (!is_compressed)
    show(unmasked);
  else if (is_inflating())
    inflate(unmasked);
  if (shown_.size() == trace_event::shown_at_most) tell_frame();
}

void wire_reader::inflate(std::span<const std::byte> from) {
  if (!inflater_) inflater_ = std::make_unique<wire::inflater>(window_bits_);
  inflated_.clear();
  const auto how = from.empty() ? inflater_->end_message(inflated_, most_inflated)
                                : inflater_->piece(from, inflated_, most_inflated);
  if (how != wire::inflated::fine) unreadable_ = true;
  show(inflated_.bytes());
  if (inflated_.capacity() > most_kept) inflated_ = {};
}

void wire_reader::show(std::span<const std::byte> bytes) {
  const auto n = std::min(bytes.size(), trace_event::shown_at_most - shown_.size());
  shown_.append(reinterpret_cast<const char*>(bytes.data()), n);
}

void wire_reader::end_frame() {
  if (head_.fin && is_inflating()) inflate({});
  tell_frame();
  at_ = place::head_of_frame;
}

void wire_reader::tell_frame() {
  if (told_) return;
  told_                 = true;
  const bool is_control = wire::is_control(head_.opcode);
  trace_event told{.opcode     = head_.opcode,
                   .fin        = head_.fin,
                   .rsv        = head_.rsv,
                   .masked     = head_.masked,
                   .is_text    = !is_control && is_text_,
                   .compressed = !is_control && is_compressed_,
                   .length     = head_.length,
                   .payload    = bytes_of(shown_)};
  if (head_.opcode == static_cast<std::uint8_t>(wire::opcode::close) && shown_.size() >= 2) {
    told.close_code   = wire::big_endian::read16(told.payload.data());
    told.close_reason = std::string_view(shown_).substr(2);
  }
  to_(told);
}

}  // namespace adieu::inline v1::protocol
