// The allocator, with a scale on it. malloc() and its kin are wrapped by the linker (--wrap), as
// the library's byte_buffer uses realloc().
#include "simulator/memory.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

namespace simulator {

thread_local std::int64_t memory_of::held[2]  = {};
thread_local std::int64_t* memory_of::current = nullptr;

namespace {

void weigh(void* p, int sign) noexcept {
  if (memory_of::current && p)
    *memory_of::current += sign * static_cast<std::int64_t>(malloc_usable_size(p));
}

}  // namespace
}  // namespace simulator

extern "C" {

void* __real_realloc(void* p, std::size_t n);
void __real_free(void* p);

void* __wrap_realloc(void* p, std::size_t n) {
  const std::int64_t was =
      simulator::memory_of::current && p ? static_cast<std::int64_t>(malloc_usable_size(p)) : 0;
  void* const q = __real_realloc(p, n);
  if (simulator::memory_of::current && q) {
    *simulator::memory_of::current -= was;
    simulator::weigh(q, +1);
  }
  return q;
}

void __wrap_free(void* p) {
  simulator::weigh(p, -1);
  __real_free(p);
}

}  // extern "C"

#if SIMULATOR_WEIGHS
void* operator new(std::size_t n) {
  void* const p = std::malloc(n != 0 ? n : 1);
  if (!p) throw std::bad_alloc();
  simulator::weigh(p, +1);
  return p;
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
  void* const p = std::malloc(n != 0 ? n : 1);
  simulator::weigh(p, +1);
  return p;
}
void operator delete(void* p) noexcept {
  simulator::weigh(p, -1);
  __real_free(p);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }
#endif
