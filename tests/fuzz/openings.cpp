// Both sides of the opening, given any bytes: whole and cut into pieces they must come to the same
// verdict and take the same bytes.
#include "protocol/client_opening.hpp"
#include "protocol/server_opening.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace adieu;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Feeds pieces of `piece` bytes until there is a verdict; says how many bytes were used.
template <typename Opening>
auto fed(Opening& opening, std::span<const std::byte> bytes, std::size_t piece, std::size_t& used) {
  using verdict = typename Opening::verdict;
  used          = 0;
  while (used < bytes.size()) {
    std::size_t taken = 0;
    const auto next   = bytes.subspan(used, std::min(piece, bytes.size() - used));
    const verdict v   = opening.receive(next, taken);
    require(taken <= next.size());
    used += taken;
    if (v != verdict::incomplete) return v;
    require(taken == next.size());
  }
  return verdict::incomplete;
}

protocol::client_opening asking() {
  const auto to = http::parse_url("ws://127.0.0.1/");
  return {*to.value, {}, {}};
}

template <typename Make>
void agree(Make make, std::span<const std::byte> bytes) {
  auto whole = make(), cut = make();
  std::size_t used_whole = 0, used_cut = 0;
  const auto verdict = fed(whole, bytes, bytes.size() + 1, used_whole);
  require(verdict == fed(cut, bytes, 1, used_cut));
  if (verdict != decltype(whole)::verdict::refused) require(used_whole == used_cut);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  agree([] { return protocol::server_opening(); }, bytes);
  agree(asking, bytes);
  return 0;
}
