// common.cuh - the dialect that every kernel is written in; nothing in it belongs to one op.
//
// A kernel file compiles alone, without any header of NVIDIA's: with nvcc into a fatbin, with NVRTC
// at run time, and with g++ against native/emulator/emulator.h, where every thread is a fiber.
// So: fixed-width names from here, by-value parameter structs, no __constant__, no atomics, no host
// code. A kernel takes exactly one struct, whose fields the launcher packs in the same order.
#pragma once

#ifdef __CUDACC__
typedef signed char i8;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
// 256 threads a block unless a kernel says otherwise. EXPORT, right after the kernel, is for the
// emulator's table; a real module has its symbols.
#define KERNEL(threads) extern "C" __global__ void __launch_bounds__(threads)
#define EXPORT(kernel)
// A kernel that must leave registers for `blocks` on an SM, and need not leave them for more: left
// to itself, ptxas may spill some to fit another block in.
#define KERNEL_BLOCKS(threads, blocks) \
  extern "C" __global__ void __launch_bounds__(threads, blocks)
#define DYN_SHARED(T, name)                                \
  extern __shared__ __align__(16) unsigned char dynShared[]; \
  T* const name = reinterpret_cast<T*>(dynShared)
#else
#include "emulator.h"
#define KERNEL_BLOCKS(threads, blocks) KERNEL(threads)
#endif

#define DEVICE __device__ __forceinline__

// ---- element types ---------------------------------------------------------------------------

struct bf16 {  // storage only: arithmetic is always float
  u16 bits;
};

DEVICE float toFloat(float v) { return v; }
DEVICE float toFloat(bf16 v) { return __uint_as_float(static_cast<u32>(v.bits) << 16); }

// Round to nearest even; a NaN stays one, whatever its payload.
DEVICE u16 bf16Bits(float v) {
  u32 u = __float_as_uint(v);
  if ((u & 0x7fffffffu) > 0x7f800000u) return static_cast<u16>((u >> 16) | 0x40u);
  return static_cast<u16>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

template <class T>
DEVICE T fromFloat(float v);
template <>
DEVICE float fromFloat<float>(float v) {
  return v;
}
template <>
DEVICE bf16 fromFloat<bf16>(float v) {
  return bf16{bf16Bits(v)};
}

template <class T>
DEVICE float load(const void* p, i64 i) {
  return toFloat(static_cast<const T*>(p)[i]);
}
template <class T>
DEVICE void store(void* p, i64 i, float v) {
  static_cast<T*>(p)[i] = fromFloat<T>(v);
}

// The larger one, or NaN where either is: a NaN must not hide.
DEVICE float maxOrNan(float a, float b) {
#ifdef __CUDACC__
  float r;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(r) : "f"(a), "f"(b));
  return r;
#else
  return b > a || b != b ? b : a;
#endif
}

// 16 bytes as floats: 4 of float, 8 of bf16. The address must be a multiple of 16; arena slots are
// (64), so element i is when i * sizeof(T) is.
template <class T>
struct Pack {
  static constexpr int N = 16 / static_cast<int>(sizeof(T));
};

#ifdef __CUDACC__
template <class T>
DEVICE T* aligned16(T* p) {
  return p;  // the device answers a misaligned vector with error 716, the emulator with the thread
}
#endif
DEVICE void loadPack(const float* p, float (&v)[4]) {
  uint4 w = *reinterpret_cast<const uint4*>(aligned16(p));
  v[0] = __uint_as_float(w.x);
  v[1] = __uint_as_float(w.y);
  v[2] = __uint_as_float(w.z);
  v[3] = __uint_as_float(w.w);
}
DEVICE void loadPack(const bf16* p, float (&v)[8]) {
  uint4 w = *reinterpret_cast<const uint4*>(aligned16(p));
  u32 words[4] = {w.x, w.y, w.z, w.w};
#pragma unroll
  for (int i = 0; i < 4; i++) {
    v[2 * i] = __uint_as_float(words[i] << 16);
    v[2 * i + 1] = __uint_as_float(words[i] & 0xffff0000u);
  }
}
DEVICE u32 pair(float low, float high) {
#ifdef __CUDACC__
  u32 r;  // one instruction from capability 8.0; the same rounding
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
#else
  return static_cast<u32>(bf16Bits(low)) | (static_cast<u32>(bf16Bits(high)) << 16);
#endif
}
DEVICE void storePack(float* p, const float (&v)[4]) {
  *reinterpret_cast<uint4*>(aligned16(p)) =
      uint4{__float_as_uint(v[0]), __float_as_uint(v[1]), __float_as_uint(v[2]),
            __float_as_uint(v[3])};
}
DEVICE void storePack(bf16* p, const float (&v)[8]) {
  *reinterpret_cast<uint4*>(aligned16(p)) =
      uint4{pair(v[0], v[1]), pair(v[2], v[3]), pair(v[4], v[5]), pair(v[6], v[7])};
}

// One element, or a pack, for kernels that are written once for both.
template <class T>
DEVICE void loadSome(const T* p, float (&v)[1]) {
  v[0] = toFloat(*p);
}
template <class T>
DEVICE void loadSome(const T* p, float (&v)[Pack<T>::N]) {
  loadPack(p, v);
}
template <class T>
DEVICE void storeSome(T* p, const float (&v)[1]) {
  *p = fromFloat<T>(v[0]);
}
template <class T>
DEVICE void storeSome(T* p, const float (&v)[Pack<T>::N]) {
  storePack(p, v);
}

// ---- indices -----------------------------------------------------------------------------------

DEVICE i64 globalThread() { return blockIdx.x * static_cast<i64>(blockDim.x) + threadIdx.x; }
DEVICE i64 gridThreads() { return gridDim.x * static_cast<i64>(blockDim.x); }

DEVICE int floorMod(int a, int n) {
  int r = a % n;
  return r < 0 ? r + n : r;
}
DEVICE int ceilDiv(int a, int n) { return (a + n - 1) / n; }
// i / n, and i % n in `rest`; in 32 bits where i allows it, which is several times faster.
DEVICE i64 split(i64 i, int n, int& rest) {
  if (i <= 0xffffffffLL) {
    u32 quotient = static_cast<u32>(i) / static_cast<u32>(n);
    rest = static_cast<int>(static_cast<u32>(i) - quotient * static_cast<u32>(n));
    return quotient;
  }
  rest = static_cast<int>(i % n);
  return i / n;
}

// signal/Boundary.java, in its order: the sample that stands at position i, or -1 where it is zero.
enum Boundary { ZERO = 0, REFLECT = 1, REPLICATE = 2, CIRCULAR = 3 };
DEVICE int boundaryIndex(int mode, int i, int n) {
  if (0 <= i && i < n) return i;
  if (mode == REFLECT) return i < 0 ? -i : 2 * (n - 1) - i;
  if (mode == REPLICATE) return i < 0 ? 0 : n - 1;
  if (mode == CIRCULAR) return floorMod(i, n);
  return -1;
}
// The transpose of boundaryIndex. Calls visit(q) for each position q of the border of an axis padded
// to before + n + after at which sample i stands, in rising order.
template <class Visit>
DEVICE void eachMirror(int mode, int before, int after, int n, int i, const Visit& visit) {
  int reach = before > after ? before : after;
  if (mode == ZERO || (reach < i && i < n - 1 - reach)) return;
  for (int k = 0; k < before + after; k++) {
    int q = k < before ? k : k + n;
    if (boundaryIndex(mode, q - before, n) == i) visit(q);
  }
}
// The same, sample i's own place first.
template <class Visit>
DEVICE void eachImage(int mode, int before, int after, int n, int i, const Visit& visit) {
  visit(before + i);
  eachMirror(mode, before, after, n, i, visit);
}

// ---- sums in a fixed order -----------------------------------------------------------------------

// Over the 32 lanes, a butterfly: every lane gets the same bits.
DEVICE float warpSum(float v) {
  for (int offset = 16; offset > 0; offset >>= 1) v += __shfl_xor_sync(0xffffffffu, v, offset);
  return v;
}
DEVICE double warpSum(double v) {
  for (int offset = 16; offset > 0; offset >>= 1) v += __shfl_xor_sync(0xffffffffu, v, offset);
  return v;
}
DEVICE float warpMax(float v) {
  for (int offset = 16; offset > 0; offset >>= 1)
    v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, offset));
  return v;
}

// Over a block of any multiple of 32 up to 1024 threads; every thread gets the sum. `warps` is 32
// elements of shared memory, free again after the next barrier, which is the caller's.
template <class T>
DEVICE T blockSum(T v, T* warps) {
  int warp = threadIdx.x / 32;
  v = warpSum(v);
  if (threadIdx.x % 32 == 0) warps[warp] = v;
  __syncthreads();
  T sum = 0;
  int count = static_cast<int>(blockDim.x) / 32;
  for (int i = 0; i < count; i++) sum += warps[i];  // the same order in every thread
  return sum;
}
