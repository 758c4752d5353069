// What masking and UTF-8 validation cost, by size and kind of text.
// The key is zero, though the compiler cannot know: so a text stays one however often it is
// unmasked in place.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "wire/mask.hpp"
#include "wire/mask_scalar.hpp"
#include "wire/mask_vector.hpp"
#include "wire/utf8.hpp"
#include "wire/utf8_scalar.hpp"

namespace {

namespace wire = adieu::wire;

constexpr std::string_view ascii = "All that is said in plain letters goes as fast as memory. ";
constexpr std::string_view mixed = "Grüße aus dem Süden, wo man schöne Lieder über Bäume hört. ";
constexpr std::string_view dense = "再见,我的朋友。До свидания, друзья! Αντίο, φίλε μου!";

// Copies of a text of `size` bytes: a sample repeated, cut at the end of a character and filled up
// with full stops. They lie as masked payloads lie in a receive buffer, each behind a head of six
// bytes. Enough of them that a text is not read right after it was written, when the processor
// would have to wait for its own stores.
class payloads {
 public:
  payloads(std::string_view sample, std::size_t size)
      : stride_(head + size), count_(size < 512 ? 16384 / stride_ : 1) {
    std::string text;
    while (text.size() < size) text += sample;
    text.resize(size);
    const auto* data        = reinterpret_cast<const std::byte*>(text.data());
    const std::size_t whole = size - wire::utf8_unfinished(data, size);
    for (std::size_t n = 0; n < count_; ++n) {
      bytes_.insert(bytes_.end(), head, std::byte{});
      bytes_.insert(bytes_.end(), data, data + whole);
      bytes_.insert(bytes_.end(), size - whole, std::byte{'.'});
    }
  }

  std::byte* next() {
    at_ = at_ + 1 < count_ ? at_ + 1 : 0;
    return bytes_.data() + at_ * stride_ + head;
  }

 private:
  static constexpr std::size_t head = 6;
  std::vector<std::byte> bytes_;
  std::size_t stride_, count_, at_ = 0;
};

template <class Operation>
void measure(benchmark::State& state, std::string_view sample, Operation operation) {
  auto size = static_cast<std::size_t>(state.range(0));
  payloads texts(sample, size);
  wire::mask_key key = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(size);
    benchmark::DoNotOptimize(key);
    if (!operation(texts.next(), size, key)) state.SkipWithError("the text was refused");
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
}

bool nothing(std::byte* data, std::size_t, wire::mask_key) {
  benchmark::DoNotOptimize(data);
  return true;
}

bool mask(std::byte* data, std::size_t size, wire::mask_key key) {
  wire::apply_mask(data, size, key);
  return true;
}

bool mask_scalar(std::byte* data, std::size_t size, wire::mask_key key) {
  wire::scalar::copy_masked(data, data, size, key);
  return true;
}

#if defined(__x86_64__)
bool mask_sse2(std::byte* data, std::size_t size, wire::mask_key key) {
  wire::sse2::copy_masked(data, data, size, key);
  return true;
}
#endif

std::byte elsewhere[1 << 20];

bool mask_to_elsewhere(std::byte* data, std::size_t size, wire::mask_key key) {
  wire::copy_masked(elsewhere + 14, data, size, key);
  return true;
}

bool validate(std::byte* data, std::size_t size, wire::mask_key) {
  return wire::is_utf8(data, size);
}

bool validate_scalar(std::byte* data, std::size_t size, wire::mask_key) {
  return wire::scalar::is_utf8(data, size);
}

bool feed(std::byte* data, std::size_t size, wire::mask_key) {
  wire::utf8_state state;
  return wire::utf8_feed(state, data, size);
}

bool one_pass(std::byte* data, std::size_t size, wire::mask_key key) {
  return wire::unmask_utf8_whole(data, size, key);
}

bool one_pass_piece(std::byte* data, std::size_t size, wire::mask_key key) {
  wire::utf8_state state;
  return wire::unmask_utf8(state, data, size, key);
}

bool two_passes(std::byte* data, std::size_t size, wire::mask_key key) {
  wire::apply_mask(data, size, key);
  return wire::is_utf8(data, size);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int size : {20, 60, 125, 1 << 10, 16 << 10, 512 << 10}) benchmark->Arg(size);
}

BENCHMARK_CAPTURE(measure, nothing, ascii, nothing)->Arg(20);
BENCHMARK_CAPTURE(measure, mask, ascii, mask)->Apply(sizes);
BENCHMARK_CAPTURE(measure, mask_scalar, ascii, mask_scalar)->Apply(sizes);
#if defined(__x86_64__)
BENCHMARK_CAPTURE(measure, mask_sse2, ascii, mask_sse2)->Apply(sizes);
#endif
BENCHMARK_CAPTURE(measure, mask_to_elsewhere, ascii, mask_to_elsewhere)->Apply(sizes);
BENCHMARK_CAPTURE(measure, validate_ascii, ascii, validate)->Apply(sizes);
BENCHMARK_CAPTURE(measure, validate_mixed, mixed, validate)->Apply(sizes);
BENCHMARK_CAPTURE(measure, validate_dense, dense, validate)->Apply(sizes);
BENCHMARK_CAPTURE(measure, validate_scalar_ascii, ascii, validate_scalar)->Apply(sizes);
BENCHMARK_CAPTURE(measure, validate_scalar_mixed, mixed, validate_scalar)->Apply(sizes);
BENCHMARK_CAPTURE(measure, validate_scalar_dense, dense, validate_scalar)->Apply(sizes);
BENCHMARK_CAPTURE(measure, feed_dense, dense, feed)->Apply(sizes);
BENCHMARK_CAPTURE(measure, one_pass_ascii, ascii, one_pass)->Apply(sizes);
BENCHMARK_CAPTURE(measure, one_pass_mixed, mixed, one_pass)->Apply(sizes);
BENCHMARK_CAPTURE(measure, one_pass_dense, dense, one_pass)->Apply(sizes);
BENCHMARK_CAPTURE(measure, one_pass_piece_ascii, ascii, one_pass_piece)->Apply(sizes);
BENCHMARK_CAPTURE(measure, one_pass_piece_dense, dense, one_pass_piece)->Apply(sizes);
BENCHMARK_CAPTURE(measure, two_passes_ascii, ascii, two_passes)->Apply(sizes);
BENCHMARK_CAPTURE(measure, two_passes_dense, dense, two_passes)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
