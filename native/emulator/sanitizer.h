// sanitizer.h - what AddressSanitizer and ThreadSanitizer must be told, and nothing where the
// library is built without them. The runtime itself is never instrumented, only the kernels are:
// so memory is filled and copied here by loops that the compiler may not turn into calls that a
// sanitizer watches (-fno-tree-loop-distribute-patterns).
#pragma once
#include <stddef.h>

#if EMULATOR_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if EMULATOR_TSAN
extern "C" {
void* __tsan_get_current_fiber(void);
void* __tsan_create_fiber(unsigned flags);
void __tsan_set_fiber_name(void* fiber, const char* name);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
}
#endif

namespace emulator {

#if EMULATOR_TSAN
constexpr bool raceCheck = true;
#else
constexpr bool raceCheck = false;
#endif
#if EMULATOR_ASAN || EMULATOR_TSAN
constexpr size_t stackBytes = 256 << 10;
#else
constexpr size_t stackBytes = 64 << 10;
#endif
#if EMULATOR_ASAN
constexpr bool addressCheck = true;
#else
constexpr bool addressCheck = false;
#endif

// The two ends of an ordering edge: what happened before release(token) is seen after
// acquire(token). ThreadSanitizer believes in no other order between CUDA threads.
inline void release(void* token) {
#if EMULATOR_TSAN
  __tsan_release(token);
#else
  (void)token;
#endif
}
inline void acquire(void* token) {
#if EMULATOR_TSAN
  __tsan_acquire(token);
#else
  (void)token;
#endif
}

inline void fill(void* at, unsigned char value, size_t bytes) {
  __asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(value) : "memory");
}

}  // namespace emulator
