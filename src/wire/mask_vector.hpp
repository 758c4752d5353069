// The vector versions of masking by name, for the dispatch and for the tests that compare them.
// Does not know which of them a processor can run.
#pragma once

#include <cstddef>

#include "wire/mask_key.hpp"

#if defined(__x86_64__)

namespace adieu::inline v1::wire::sse2 {

// For any size; `to` and `from` are the same place or do not overlap.
void copy_masked(std::byte* to, const std::byte* from, std::size_t size, mask_key key) noexcept;

}  // namespace adieu::inline v1::wire::sse2

namespace adieu::inline v1::wire::avx2 {

// For any size; `to` and `from` are the same place or do not overlap.
void copy_masked(std::byte* to, const std::byte* from, std::size_t size, mask_key key) noexcept;

}  // namespace adieu::inline v1::wire::avx2

#endif
