// maths.h - device functions that <math.h> lacks. Correctly rounded where a device is within an ulp
// or two, so tests compare with tolerances.
#pragma once
#include <math.h>

#include "types.h"

namespace emulator {
// Bits as they are: a union, because memcpy would be a call that ThreadSanitizer watches.
template <class To, class From>
inline To bitCast(From from) {
  static_assert(sizeof(To) == sizeof(From), "a reinterpretation");
  union {
    From from;
    To to;
  } bits = {from};
  return bits.to;
}
}  // namespace emulator

inline u32 __float_as_uint(float v) { return emulator::bitCast<u32>(v); }
inline int __float_as_int(float v) { return emulator::bitCast<int>(v); }
inline float __uint_as_float(u32 v) { return emulator::bitCast<float>(v); }
inline float __int_as_float(int v) { return emulator::bitCast<float>(v); }
inline i64 __double_as_longlong(double v) { return emulator::bitCast<i64>(v); }
inline double __longlong_as_double(i64 v) { return emulator::bitCast<double>(v); }

inline int min(int a, int b) { return b < a ? b : a; }
inline u32 min(u32 a, u32 b) { return b < a ? b : a; }
inline i64 min(i64 a, i64 b) { return b < a ? b : a; }
inline u64 min(u64 a, u64 b) { return b < a ? b : a; }
inline float min(float a, float b) { return fminf(a, b); }
inline double min(double a, double b) { return fmin(a, b); }
inline int max(int a, int b) { return a < b ? b : a; }
inline u32 max(u32 a, u32 b) { return a < b ? b : a; }
inline i64 max(i64 a, i64 b) { return a < b ? b : a; }
inline u64 max(u64 a, u64 b) { return a < b ? b : a; }
inline float max(float a, float b) { return fmaxf(a, b); }
inline double max(double a, double b) { return fmax(a, b); }

inline float rsqrtf(float v) { return static_cast<float>(1 / sqrt(static_cast<double>(v))); }
inline double rsqrt(double v) { return 1 / sqrt(v); }
// Exact at multiples of a half, which sinf(pi * v) is not.
inline double sinpi(double v) { return sin(M_PI * fmod(v, 2)); }
inline double cospi(double v) { return cos(M_PI * fmod(v, 2)); }
inline float sinpif(float v) {
  float r = fmodf(v, 2);
  if (r == 0 || r == 1 || r == -1) return copysignf(0, v);
  return static_cast<float>(sinpi(r));
}
inline float cospif(float v) {
  float r = fabsf(fmodf(v, 2));
  if (r == 0.5f || r == 1.5f) return 0;
  return static_cast<float>(cospi(r));
}
inline void sincospif(float v, float* sine, float* cosine) {
  *sine = sinpif(v);
  *cosine = cospif(v);
}

inline float __expf(float v) { return expf(v); }
inline float __logf(float v) { return logf(v); }
inline float __sinf(float v) { return sinf(v); }
inline float __cosf(float v) { return cosf(v); }
inline float __powf(float v, float e) { return powf(v, e); }
inline float __fdividef(float a, float b) { return a / b; }
inline float __frcp_rn(float v) { return 1 / v; }
inline float __fsqrt_rn(float v) { return sqrtf(v); }
inline float __fdiv_rn(float a, float b) { return a / b; }
// Never contracted into fma, on either side (-ffp-contract=off here).
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
inline float __saturatef(float v) { return v > 0 ? (v < 1 ? v : 1) : 0; }  // NaN becomes 0

inline int __popc(u32 v) { return __builtin_popcount(v); }
inline int __popcll(u64 v) { return __builtin_popcountll(v); }
inline int __clz(int v) { return v ? __builtin_clz(static_cast<u32>(v)) : 32; }
inline int __clzll(i64 v) { return v ? __builtin_clzll(static_cast<u64>(v)) : 64; }
inline int __ffs(int v) { return __builtin_ffs(v); }
inline int __ffsll(i64 v) { return __builtin_ffsll(v); }
inline u32 __brev(u32 v) {
  u32 r = 0;
  for (int i = 0; i < 32; i++) r |= ((v >> i) & 1u) << (31 - i);
  return r;
}
inline u32 __umulhi(u32 a, u32 b) { return static_cast<u32>((static_cast<u64>(a) * b) >> 32); }
inline int __mulhi(int a, int b) { return static_cast<int>((static_cast<i64>(a) * b) >> 32); }
inline u64 __umul64hi(u64 a, u64 b) {
  return static_cast<u64>((static_cast<unsigned __int128>(a) * b) >> 64);
}
inline u32 __funnelshift_l(u32 low, u32 high, u32 shift) {
  return static_cast<u32>(((static_cast<u64>(high) << 32 | low) << (shift & 31)) >> 32);
}
inline u32 __funnelshift_r(u32 low, u32 high, u32 shift) {
  return static_cast<u32>((static_cast<u64>(high) << 32 | low) >> (shift & 31));
}

inline float __int2float_rn(int v) { return static_cast<float>(v); }
inline float __uint2float_rn(u32 v) { return static_cast<float>(v); }
inline int __float2int_rn(float v) { return static_cast<int>(nearbyintf(v)); }
inline int __float2int_rd(float v) { return static_cast<int>(floorf(v)); }

template <class T>
inline T __ldg(const T* p) {
  return *p;
}
