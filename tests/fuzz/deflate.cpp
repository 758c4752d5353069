// Any bytes as the payloads of compressed messages: whole, in pieces, with and without the context
// of those before, and with every back end they come to what zlib alone makes of them, within the
// bound. Then what came of them is compressed by each of ours, and read back by zlib.
#include "input.hpp"
#include "reference_decoder.hpp"

#include "wire/deflater.hpp"
#include "wire/inflater.hpp"
#include "wire/whole_messages.hpp"

#include <vector>

using namespace adieu;
using namespace adieu::wire;
using namespace fuzz;

namespace {

using kind = inflated_text::kind;

struct result {
  kind how;
  std::string text;

  bool operator==(const result&) const = default;
};

result taken(inflated how, const byte_buffer& out, std::uint64_t most) {
  require(out.size() <= most && out.capacity() <= most, "no more memory than the bound");
  return {how == inflated::fine      ? kind::fine
          : how == inflated::invalid ? kind::invalid
                                     : kind::too_big,
          std::string(as_text(out.bytes()))};
}

result in_pieces(inflater& with, std::string_view payload, cuts cut, std::uint64_t most) {
  byte_buffer out;
  inflated how = inflated::fine;
  while (!payload.empty() && how == inflated::fine) {
    own_copy next(payload.substr(0, cut.next(payload.size())));
    payload.remove_prefix(next.span().size());
    how = with.piece(next.span(), out, most);
  }
  if (how == inflated::fine) how = with.end_message(out, most);
  return taken(how, out, most);
}

result whole(whole_inflater& with, std::string_view payload, std::uint64_t most) {
  own_copy bytes(std::string(payload) + std::string(as_text(payload_end)));
  byte_buffer out;
  const inflated how = with.inflate(bytes.span(), out, most);
  return taken(how, out, most);
}

// What ours make of these texts, zlib reads; and we read it, however it is cut.
void comes_back(const std::vector<std::string>& texts, int window, int level) {
  deflater ours({.level = level, .window_bits = window, .memory_level = 1 + level % 9});
  inflater theirs(window);
  std::vector<std::string> earlier;
  for (const std::string& text : texts) {
    if (text.empty()) continue;  // never compressed
    byte_buffer payload;
    ours.message(as_bytes(text), payload);
    const std::string bytes(as_text(payload.bytes()));
    const inflated_text read = inflate(earlier, bytes, true, window, ~std::uint64_t{0});
    require(read.how == kind::fine && read.text == text, "zlib reads what the deflater wrote");
    require(
        in_pieces(theirs, bytes, {cuts::kind::anywhere, 7}, 1 << 20) == result{kind::fine, text},
        "the inflater reads what the deflater wrote");
    earlier.push_back(bytes);
  }
}

void comes_back_alone(whole_deflater& with, const std::string& text) {
  byte_buffer payload;
  with.deflate(as_bytes(text), payload);
  const inflated_text read = inflate({}, as_text(payload.bytes()), true, 15, ~std::uint64_t{0});
  require(read.how == kind::fine && read.text == text, "zlib reads what a back end wrote");
}

struct back_ends {
  std::unique_ptr<whole_inflater> zlib_in   = inflate_whole_with_zlib();
  std::unique_ptr<whole_inflater> quick_in  = inflate_whole_with_libdeflate();
  std::unique_ptr<whole_deflater> zlib_out  = deflate_whole_with_zlib();
  std::unique_ptr<whole_deflater> quick_out = deflate_whole_with_isal();
};

// One message without context.
void alone(std::string_view payload, std::uint64_t most, unsigned seed, back_ends& with) {
  const inflated_text read = inflate({}, payload, true, 15, most);
  const result expected{read.how, read.text};
  for (cuts::kind how : cuts::all) {
    inflater one;
    require(in_pieces(one, payload, {how, seed}, most) == expected,
            "in pieces it is what zlib makes of it");
  }
  if (payload.empty()) return;  // the callers of the back ends know that it is an empty message
  require(whole(*with.zlib_in, payload, most) == expected, "zlib's back end agrees");
  if (with.quick_in) {
    const result got = whole(*with.quick_in, payload, most);
    // It is known to take some for valid that zlib does not: whole_libdeflate.cpp.
    const bool may_differ = got.how == kind::fine && (read.doubtful || read.how == kind::invalid);
    require(may_differ || got == expected, "libdeflate's back end agrees");
  }
  if (expected.how != kind::fine || expected.text.empty()) return;
  comes_back_alone(*with.zlib_out, expected.text);
  if (with.quick_out) comes_back_alone(*with.quick_out, expected.text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static back_ends with;
  input in(data, size);
  const std::uint64_t most = 1 + 256 * in.byte();
  const unsigned how = in.byte(), seed = in.byte();
  const int window = 8 + static_cast<int>(how % 8);
  const bool one   = (how & 8) != 0;
  std::vector<std::string> payloads, texts;
  do payloads.emplace_back(one ? in.rest() : in.bytes(in.byte()));
  while (!in.over() && payloads.size() < 8);

  inflater takeover(window);
  std::vector<std::string> earlier;
  for (const std::string& payload : payloads) {
    alone(payload, most, seed, with);
    const inflated_text read = inflate(earlier, payload, true, window, most);
    if (read.doubtful) break;
    require(in_pieces(takeover, payload, {cuts::kind::anywhere, seed}, most) ==
                result{read.how, read.text},
            "with the context of those before it is what zlib makes of it");
    if (read.how != kind::fine) break;  // so is the connection
    earlier.push_back(payload);
    texts.push_back(read.text);
  }
  // Text of the input's own as well: it need not be DEFLATE by chance.
  texts.insert(texts.end(), payloads.begin(), payloads.end());
  comes_back(texts, window, 1 + static_cast<int>(how / 16 % 9));
  return 0;
}
