// Plain and slow on purpose: each rule where its section stands, nothing remembered.
#include "reference_decoder.hpp"

#include "input.hpp"

#include <zlib.h>

#include <algorithm>

namespace fuzz {
namespace {

constexpr std::uint64_t unlimited = ~std::uint64_t{0};

unsigned at(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

// 5.2
struct frame {
  bool fin, rsv1, rsv2, rsv3, masked;
  unsigned opcode;
  std::uint64_t length;
  bool minimal     = true;
  std::size_t head = 0;  // 0: it has not come whole
  std::string_view key;

  bool control() const { return opcode >= 8; }
};

std::uint64_t number(std::string_view big_endian) {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < big_endian.size(); ++i) n = n * 256 + at(big_endian, i);
  return n;
}

// Of at least two bytes.
frame read_head(std::string_view s) {
  frame f{.fin    = at(s, 0) >= 128,
          .rsv1   = at(s, 0) / 64 % 2 == 1,
          .rsv2   = at(s, 0) / 32 % 2 == 1,
          .rsv3   = at(s, 0) / 16 % 2 == 1,
          .masked = at(s, 1) >= 128,
          .opcode = at(s, 0) % 16,
          .length = at(s, 1) % 128};
  std::size_t extended = f.length == 126 ? 2 : f.length == 127 ? 8 : 0;
  if (s.size() < 2 + extended) return f;
  if (extended != 0) f.length = number(s.substr(2, extended));
  f.minimal = extended == 0 || (extended == 2 && f.length > 125) ||
              (extended == 8 && f.length > 65535 && f.length < std::uint64_t{1} << 63);
  const std::size_t head = 2 + extended + (f.masked ? 4 : 0);
  if (s.size() < head) return f;
  if (f.masked) f.key = s.substr(2 + extended, 4);
  f.head = head;
  return f;
}

std::string unmasked(std::string_view payload, std::string_view key) {
  std::string plain;
  for (std::size_t i = 0; i < payload.size(); ++i)
    plain += key.empty() ? payload[i] : static_cast<char>(payload[i] ^ key[i % 4]);
  return plain;
}

struct message {
  bool begun = false, text = false, compressed = false;
  std::string payload;  // unmasked; still compressed, if it is
};

// What is wrong with the frame as far as its first two bytes tell. 5.1, 5.2, 5.4, 5.5; RFC 7692 6.
bool breaks_a_rule(const frame& f, unsigned short_length, const message& in, const reading& by) {
  if (f.masked != by.masked || f.rsv2 || f.rsv3) return true;
  if (f.control()) return f.opcode > 10 || f.rsv1 || !f.fin || short_length > 125;
  if (f.opcode > 2) return true;
  if ((f.opcode == 0) != in.begun) return true;
  return f.rsv1 && (!by.deflate || f.opcode == 0);
}

// A limit of the library's own: no compressed message within the limit needs more.
std::uint64_t most_compressed(std::uint64_t max_message) {
  return max_message == 0 ? unlimited : 8 * max_message + 1024;
}

told broken(unsigned code) { return {told::kind::broken, "", code}; }

// 5.5.1, 7.4
told read_close(const std::string& payload) {
  if (payload.empty()) return {told::kind::close, "", 1005};
  if (payload.size() == 1) return broken(1002);
  const unsigned code = at(payload, 0) * 256 + at(payload, 1);
  if (!is_code_on_the_wire(code)) return broken(1002);
  if (utf8_lacks(payload.substr(2)) != 0) return broken(1007);
  return {told::kind::close, payload.substr(2), code};
}

class decoder {
 public:
  decoder(std::string_view wire, const reading& by) : wire_(wire), by_(by) {
    while (next_frame()) {
    }
  }
  decoded result() { return std::move(result_); }

 private:
  bool over(told last) {
    result_.all.push_back(std::move(last));
    return false;
  }

  bool next_frame() {
    const std::string_view rest = wire_.substr(result_.used);
    if (rest.size() < 2) return false;
    const frame f = read_head(rest);
    if (breaks_a_rule(f, at(rest, 1) % 128, in_, by_) || !f.minimal) return over(broken(1002));
    if (f.head == 0) return false;
    const std::string_view came = rest.substr(f.head, f.length);
    const bool whole            = came.size() == f.length;
    if (f.control()) return whole && control(f, unmasked(came, f.key));
    return data(f, unmasked(came, f.key), whole) && whole && finish(f, came.size());
  }
  bool finish(const frame& f, std::size_t payload) {
    result_.used += f.head + payload;
    return true;
  }

  bool control(const frame& f, const std::string& payload) {
    finish(f, payload.size());
    if (f.opcode == 8) return over(read_close(payload));
    if (++controls_ > by_.max_control && by_.max_control != 0) return over(broken(1008));
    result_.all.push_back({f.opcode == 9 ? told::kind::ping : told::kind::pong, payload});
    return true;
  }

  // False if a rule is broken, by what has come of the frame.
  bool data(const frame& f, const std::string& came, bool whole) {
    if (f.opcode != 0) in_ = {true, f.opcode == 1, f.rsv1, ""};
    const std::uint64_t most  = by_.max_message == 0 ? unlimited : by_.max_message;
    const std::uint64_t limit = in_.compressed ? most_compressed(by_.max_message) : most;
    if (f.length > limit - in_.payload.size()) return over(broken(1009));
    in_.payload += came;
    const bool last  = f.fin && whole;
    std::string text = in_.payload;
    if (in_.compressed) {
      inflated_text out = inflate(earlier_, in_.payload, last, window(), most);
      result_.doubtful |=
          out.doubtful || (out.how == inflated_text::kind::invalid && !by_.takeover);
      if (in_.text && utf8_lacks(out.text) < 0) return over(broken(1007));
      if (out.how != inflated_text::kind::fine)
        return over(broken(out.how == inflated_text::kind::invalid ? 1002 : 1009));
      text = std::move(out.text);
    }
    const int lacks = in_.text ? utf8_lacks(text) : 0;  // 8.1
    if (lacks < 0 || (last && lacks != 0)) return over(broken(1007));
    if (!last) return true;
    result_.all.push_back({in_.text ? told::kind::text : told::kind::binary, std::move(text)});
    if (in_.compressed && by_.takeover) earlier_.push_back(std::move(in_.payload));
    in_ = {};
    return true;
  }
  int window() const { return by_.takeover ? by_.window_bits : 15; }

  std::string_view wire_;
  const reading& by_;
  decoded result_;
  message in_;
  std::vector<std::string> earlier_;
  std::uint32_t controls_ = 0;
};

// A raw DEFLATE stream that may go on behind a block marked as the last. [RFC 7692 7.2.2, 7.2.3.5]
class inflating {
 public:
  static constexpr std::size_t widest_step = 512;

  // By `step` bytes at a time: with one, what lies beyond the window is never there any more.
  inflating(int window_bits, std::size_t step) : bits_(window_bits), step_(step) {
    require(inflateInit2(&z_, -bits_) == Z_OK, "zlib has memory");
  }
  ~inflating() { inflateEnd(&z_); }
  inflating(const inflating&)            = delete;
  inflating& operator=(const inflating&) = delete;

  bool feed(std::string_view from, std::string& to, std::uint64_t most) {
    z_.next_in  = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
    z_.avail_in = static_cast<uInt>(from.size());
    for (;;) {
      if (ended_ && z_.avail_in == 0) return true;
      if (ended_) start_again();
      unsigned char out[widest_step];
      z_.next_out   = out;
      z_.avail_out  = static_cast<uInt>(step_);
      const int how = ::inflate(&z_, Z_SYNC_FLUSH);
      to.append(reinterpret_cast<const char*>(out), step_ - z_.avail_out);
      history_.append(reinterpret_cast<const char*>(out), step_ - z_.avail_out);
      if (to.size() > most) return true;
      if (how == Z_STREAM_END)
        ended_ = true;
      else if (how == Z_BUF_ERROR || (how == Z_OK && z_.avail_in == 0 && z_.avail_out != 0))
        return true;
      else if (how != Z_OK)
        return false;
    }
  }
  bool ended() const { return ended_; }
  bool between_blocks() const { return ended_ || (z_.data_type & 128) != 0; }
  bool in_last_block() const { return !ended_ && (z_.data_type & 64) != 0; }

 private:
  void start_again() {
    ended_                   = false;
    const std::size_t window = std::size_t{1} << bits_;
    const std::string_view recent =
        std::string_view(history_).substr(history_.size() - std::min(history_.size(), window));
    inflateReset(&z_);
    inflateSetDictionary(&z_, reinterpret_cast<const Bytef*>(recent.data()),
                         static_cast<uInt>(recent.size()));
  }

  z_stream z_ = {};
  int bits_;
  std::size_t step_;
  bool ended_ = false;
  std::string history_;
};

constexpr std::string_view tail("\x00\x00\xFF\xFF", 4);

inflated_text inflated_by(inflating&& stream, const std::vector<std::string>& earlier,
                          std::string_view payload, bool whole, std::uint64_t most) {
  using kind = inflated_text::kind;
  for (const std::string& before : earlier) {
    std::string text;
    stream.feed(before, text, unlimited);
    if (!stream.ended() && !before.empty()) stream.feed(tail, text, unlimited);
  }
  inflated_text out;
  const auto verdict = [&](bool fine) {
    if (out.text.size() > most) {
      out.how = kind::too_big;
      out.text.resize(static_cast<std::size_t>(most));
    } else if (!fine) {
      out.how = kind::invalid;
    }
    return out.how == kind::fine;
  };
  if (payload.empty() || !verdict(stream.feed(payload, out.text, most)) || !whole) return out;
  if (stream.ended()) return out;
  out.doubtful = stream.in_last_block();
  verdict(stream.feed(tail, out.text, most) && stream.between_blocks());
  return out;
}

}  // namespace

decoded decode(std::string_view wire, const reading& by) { return decoder(wire, by).result(); }

inflated_text inflate(const std::vector<std::string>& earlier, std::string_view payload, bool whole,
                      int window_bits, std::uint64_t most) {
  inflated_text out = inflated_by({15, inflating::widest_step}, earlier, payload, whole, most);
  if (window_bits == 15) return out;
  inflated_text strict = inflated_by({window_bits, 1}, earlier, payload, whole, most);
  strict.doubtful |= strict.how != out.how || strict.text != out.text;
  return strict;
}

int utf8_lacks(std::string_view text) {
  const auto in = [&](std::size_t i, unsigned from, unsigned to) {
    return i >= text.size() || (at(text, i) >= from && at(text, i) <= to);
  };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned a = at(text, i);
    int more         = -1;
    if (a <= 0x7F)
      more = 0;
    else if (a >= 0xC2 && a <= 0xDF)
      more = in(i + 1, 0x80, 0xBF) ? 1 : -1;
    else if (a >= 0xE0 && a <= 0xEF)
      more = in(i + 1, a == 0xE0 ? 0xA0 : 0x80, a == 0xED ? 0x9F : 0xBF) && in(i + 2, 0x80, 0xBF)
                 ? 2
                 : -1;
    else if (a >= 0xF0 && a <= 0xF4)
      more = in(i + 1, a == 0xF0 ? 0x90 : 0x80, a == 0xF4 ? 0x8F : 0xBF) && in(i + 2, 0x80, 0xBF) &&
                     in(i + 3, 0x80, 0xBF)
                 ? 3
                 : -1;
    if (more < 0) return -1;
    const std::size_t end = i + 1 + static_cast<std::size_t>(more);
    if (end > text.size()) return static_cast<int>(end - text.size());
    i = end;
  }
  return 0;
}

bool is_code_on_the_wire(unsigned code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

}  // namespace fuzz
