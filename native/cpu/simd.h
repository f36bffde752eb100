// One vector register of floats, as wide as the machine that this file is compiled for has them, and
// what every kernel does with it. Plain operators work on it: a * b + c becomes one instruction.
#pragma once

#include <immintrin.h>

#include <cstdint>

#if defined(__AVX512F__)
constexpr int W = 16; // floats in a register
typedef float vec __attribute__((vector_size(64)));
typedef float vec_anywhere __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t veci __attribute__((vector_size(64)));
typedef double vecd __attribute__((vector_size(64))); // half as many
#elif defined(__AVX2__)
constexpr int W = 8;
typedef float vec __attribute__((vector_size(32)));
typedef float vec_anywhere __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t veci __attribute__((vector_size(32)));
typedef double vecd __attribute__((vector_size(32)));
#else
#error "compile for x86-64-v3 or v4: other machines take the kernels in Java"
#endif

#define INLINE inline __attribute__((always_inline))

static INLINE vec load(const float* p) { return *reinterpret_cast<const vec_anywhere*>(p); }
static INLINE void store(float* p, vec v) { *reinterpret_cast<vec_anywhere*>(p) = v; }

// The first n <= W floats; the rest of the register is 0, the rest of the memory is left alone.
#if defined(__AVX512F__)
static INLINE vec all(float x) { return (vec)_mm512_set1_ps(x); }
static INLINE __mmask16 first(int n) { return static_cast<__mmask16>((1u << n) - 1); }
static INLINE vec load(const float* p, int n) { return (vec)_mm512_maskz_loadu_ps(first(n), p); }
static INLINE void store(float* p, vec v, int n) { _mm512_mask_storeu_ps(p, first(n), (__m512)v); }
#else
static INLINE vec all(float x) { return (vec)_mm256_set1_ps(x); }
static INLINE __m256i first(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static INLINE vec load(const float* p, int n) { return (vec)_mm256_maskload_ps(p, first(n)); }
static INLINE void store(float* p, vec v, int n) { _mm256_maskstore_ps(p, first(n), (__m256)v); }
#endif

// The sum of a register's floats, and its first n with 0 behind them.
static INLINE float total8(__m256 v) {
  __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
#if defined(__AVX512F__)
static INLINE float total(vec v) {
  auto low = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
  return total8((__m256)(low + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15)));
}
static INLINE vec only(vec v, int n) { return (vec)_mm512_maskz_mov_ps(first(n), (__m512)v); }
#else
static INLINE float total(vec v) { return total8((__m256)v); }
static INLINE vec only(vec v, int n) {
  return (vec)_mm256_and_ps((__m256)v, _mm256_castsi256_ps(first(n)));
}
#endif

// Past the caches, for results too large to stay in them: the line is not read first. p is a whole
// register's address; fence() before another thread reads.
#if defined(__AVX512F__)
static INLINE void stream(float* p, vec v) { _mm512_stream_ps(p, (__m512)v); }
#else
static INLINE void stream(float* p, vec v) { _mm256_stream_ps(p, (__m256)v); }
#endif
static INLINE void fence() { _mm_sfence(); }

// A NaN in x stays, as in the reference.
static INLINE vec relu(vec x) { return x < 0.0f ? vec{} : x; }

static INLINE int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
static INLINE int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

// Lane l of register r changes places with lane r of register l: bit S of both, then the next.
template <int S>
static INLINE void transpose(vec (&r)[W]) {
  if constexpr (S < W) {
    veci low, high;
    for (int l = 0; l < W; l++) {
      low[l] = (l & S) ? W + l - S : l;
      high[l] = (l & S) ? W + l : l + S;
    }
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) {
      if (!(i & S)) {
        vec a = r[i], b = r[i + S];
        r[i] = __builtin_shuffle(a, b, low);
        r[i + S] = __builtin_shuffle(a, b, high);
      }
    }
    transpose<2 * S>(r);
  }
}
