// Which version of masking runs for a long payload. Does not know how they work.
#include "wire/mask.hpp"

#include "wire/cpu.hpp"
#include "wire/mask_scalar.hpp"
#include "wire/mask_vector.hpp"

namespace adieu::inline v1::wire {

void copy_masked_long(std::byte* to, const std::byte* from, std::size_t size,
                      mask_key key) noexcept {
#if defined(__x86_64__)
  if (has_avx2()) return avx2::copy_masked(to, from, size, key);
  return sse2::copy_masked(to, from, size, key);
#else
  return scalar::copy_masked(to, from, size, key);
#endif
}

}  // namespace adieu::inline v1::wire
