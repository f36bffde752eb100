// emulator.h - what nvcc brings by itself, for g++: a kernel file includes this through common.cuh
// and then runs on the CPU, a fiber a thread (block.cpp), a block at a time (launch.cpp).
//
// Every unit, one .cu file, is compiled inside an unnamed namespace (unit.cpp.in): two kernel files
// may define different things under one name, as separate device modules may. This header stands
// outside of it, so it is included first.
#pragma once
#include "maths.h"
#include "types.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __restrict__ __restrict

// One launch at a time in the whole library, so plain variables will do: no thread-local storage,
// of which a library that a JVM opens late gets little.
extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
constexpr int warpSize = 32;

// ---- shared memory ------------------------------------------------------------------------------

// Before each block, all shared arrays of a unit are filled with 0xFF, a NaN as float and as bf16.
// `noinit` gathers them in a section of their own, of which these two tell the unit's part. (The
// attribute `section` would say it plainly, but g++ 12 drops it from statics of templates.)
#define __shared__ static __attribute__((noinit))
__asm__(
    ".pushsection .noinit,\"aw\"\n"
    ".subsection 8000\n"  // after all variables, wherever in the file they stand
    ".LemulatorSharedEnd:\n"
    ".popsection");
static inline char* emulatorSharedBegin() {
  char* at;
  __asm__("leaq .noinit(%%rip), %0" : "=r"(at));
  return at;
}
static inline char* emulatorSharedEnd() {
  char* at;
  __asm__("leaq .LemulatorSharedEnd(%%rip), %0" : "=r"(at));
  return at;
}

// A heap block of exactly the bytes of the launch, so that AddressSanitizer sees its end.
#define DYN_SHARED(T, name) T* const name = static_cast<T*>(emulator::dynamicShared())

// ---- kernels by name ----------------------------------------------------------------------------

namespace emulator {

struct Kernel {
  const char* name;
  const char* unit;
  void (*run)(void** params);  // as for cuLaunchKernel; params[0] points at the struct
  u32 parameterBytes, maxThreads;
  char *sharedBegin, *sharedEnd;
  u64 launches;
  Kernel* next;

  Kernel(const char* name, const char* unit, void (*run)(void**), u32 parameterBytes,
         u32 maxThreads, char* sharedBegin, char* sharedEnd);
};

template <class P>
constexpr u32 parameterBytes(void (*)(P)) {
  static_assert(__is_trivially_copyable(P), "a device copies the struct byte by byte");
  return sizeof(P);
}
template <class P>
inline const P& parameter(void (*)(P), void** params) {
  return *static_cast<const P*>(params[0]);
}

template <int>
struct Index {};

void* dynamicShared();

}  // namespace emulator

#ifndef EMULATOR_UNIT
#define EMULATOR_UNIT kernels
#endif
#define EMULATOR_TEXT2(a) #a
#define EMULATOR_TEXT(a) EMULATOR_TEXT2(a)

// The bound stands in KERNEL, the name in EXPORT: a counter ties them, so that an EXPORT anywhere
// but right after its KERNEL finds no bound and does not compile.
#define KERNEL(threads) EMULATOR_KERNEL(threads, __COUNTER__)
#define EMULATOR_KERNEL(threads, counter)                                        \
  constexpr u32 boundOfTheKernelRightBefore(emulator::Index<counter>) {          \
    return threads;                                                              \
  }                                                                              \
  extern "C" void
#define EXPORT(kernel) EMULATOR_EXPORT(kernel, __COUNTER__)
#define EMULATOR_EXPORT(kernel, counter)                                             \
  static void kernel##_run(void** params) {                                          \
    kernel(emulator::parameter(kernel, params));                                     \
  }                                                                                  \
  static emulator::Kernel kernel##_entry(                                            \
      #kernel, EMULATOR_TEXT(EMULATOR_UNIT), kernel##_run,                           \
      emulator::parameterBytes(kernel),                                              \
      boundOfTheKernelRightBefore(emulator::Index<counter - 1>()),                   \
      emulatorSharedBegin(), emulatorSharedEnd());

// ---- barriers -----------------------------------------------------------------------------------

// The default arguments are the caller's file and line: errors name them.
void __syncthreads(const char* file = __builtin_FILE(), int line = __builtin_LINE());

// ---- vectors ------------------------------------------------------------------------------------

namespace emulator {
[[noreturn]] void misaligned(const void* p, const char* file, int line);
}
// A misaligned vector access is an error on the device; here it would be a crash of the JVM.
template <class T>
inline T* aligned16(T* p, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  if (reinterpret_cast<__UINTPTR_TYPE__>(p) % 16) emulator::misaligned(p, file, line);
  return p;
}

#include "copy_async.h"
#include "tensor_core.h"
#include "warp.h"
