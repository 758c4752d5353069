// The vector versions of UTF-8 validation by name, for the dispatch and for the tests that compare
// them with the scalar one. Does not know whether a processor can run them.
#pragma once

#include <cstddef>

#include "wire/mask_key.hpp"

#if defined(__x86_64__)

namespace adieu::inline v1::wire::avx2 {

// Whole texts of any size.
bool is_utf8(const std::byte* data, std::size_t size) noexcept;

// Unmasks all of `data` and validates it as it passes by.
bool unmask_utf8(std::byte* data, std::size_t size, mask_key key) noexcept;

}  // namespace adieu::inline v1::wire::avx2

#endif
