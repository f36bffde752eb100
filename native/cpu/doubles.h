// The halves of a register in double, for sums of many terms.
#pragma once

#include "simd.h"

#if defined(__AVX512F__)
static INLINE vecd low(vec v) {
  auto half = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  return (vecd)_mm512_maskz_cvtps_pd(0xff, (__m256)half);
}
static INLINE vecd high(vec v) {
  auto half = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  return (vecd)_mm512_maskz_cvtps_pd(0xff, (__m256)half);
}
#else
static INLINE vecd low(vec v) {
  return (vecd)_mm256_cvtps_pd((__m128)__builtin_shufflevector(v, v, 0, 1, 2, 3));
}
static INLINE vecd high(vec v) {
  return (vecd)_mm256_cvtps_pd((__m128)__builtin_shufflevector(v, v, 4, 5, 6, 7));
}
#endif
