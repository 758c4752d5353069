// Any bytes as the payload of a compressed message: whole, in pieces, and with every back end they
// must come to the same, within the bound. Then what came of them is compressed and inflated again.
#include "wire/deflater.hpp"
#include "wire/inflater.hpp"
#include "wire/whole_messages.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

using namespace adieu;
using namespace adieu::wire;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

struct result {
  inflated how;
  std::string text;

  bool operator==(const result&) const = default;
};

result taken(inflated how, const byte_buffer& out, std::uint64_t most) {
  require(out.size() <= most && out.capacity() <= most);
  return {how, {reinterpret_cast<const char*>(out.data()), out.size()}};
}

result in_pieces(inflater& with, std::span<const std::byte> payload, std::size_t piece,
                 std::uint64_t most) {
  byte_buffer out;
  inflated how = inflated::fine;
  while (!payload.empty() && how == inflated::fine) {
    const auto next = payload.first(std::min(piece, payload.size()));
    how             = with.piece(next, out, most);
    payload         = payload.subspan(next.size());
  }
  if (how == inflated::fine) how = with.end_message(out, most);
  return taken(how, out, most);
}

result whole(whole_inflater& with, std::span<const std::byte> payload, std::uint64_t most) {
  std::vector<std::byte> bytes(payload.begin(), payload.end());
  bytes.insert(bytes.end(), payload_end.begin(), payload_end.end());
  byte_buffer out;
  const inflated how = with.inflate(bytes, out, most);
  return taken(how, out, most);
}

void comes_back(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  byte_buffer payload;
  deflater({1, 9, 5}).message(bytes, payload);
  inflater with(9);
  const result back = in_pieces(with, payload.bytes(), 7, 1 << 20);
  require(back.how == inflated::fine && back.text == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::uint64_t most = 1 + 256 * data[0];
  const std::size_t piece  = 1 + data[1] % 16;
  const auto payload       = std::as_bytes(std::span(data + 2, size - 2));

  inflater one, other;
  const result expected = in_pieces(one, payload, payload.size() + 1, most);
  require(in_pieces(other, payload, piece, most) == expected);
  if (payload.empty()) return 0;
  require(whole(*inflate_whole_with_zlib(), payload, most) == expected);
  if (const auto quick = inflate_whole_with_libdeflate()) {
    // Of what is not fine, only that it is not: the one may see that it is too much where the other
    // sees that it is wrong, and a payload cut short inside its last block it may take for whole.
    const result got = whole(*quick, payload, most);
    if (expected.how == inflated::fine) require(got == expected);
    if (got.how == inflated::fine && expected.how != inflated::invalid) require(got == expected);
  }
  if (expected.how == inflated::fine) comes_back(expected.text);
  return 0;
}
