// The largest of windows: beyond the edge nothing counts, a NaN wins over everything, and among
// equals the first in row-major order.
#pragma once

#include "kernel.h"

struct Window {
  int32_t h, w, c; // what is pooled
  int32_t ho, wo;
  int32_t kernelH, kernelW, strideH, strideW, padH, padW;
};

#if defined(__AVX512F__)
typedef __mmask16 lanes;
static INLINE lanes isNan(vec x) { return _mm512_cmp_ps_mask((__m512)x, (__m512)x, _CMP_UNORD_Q); }
static INLINE lanes above(vec x, vec y) {
  return _mm512_cmp_ps_mask((__m512)x, (__m512)y, _CMP_GT_OQ);
}
static INLINE vec pick(lanes m, vec yes, vec no) {
  return (vec)_mm512_mask_blend_ps(m, (__m512)no, (__m512)yes);
}
// y where neither is larger
static INLINE vec larger(vec x, vec y) { // with a mask, or GCC 12 warns of its own header
  return (vec)_mm512_maskz_max_ps(first(W), (__m512)x, (__m512)y);
}
#else
typedef veci lanes;
static INLINE lanes isNan(vec x) { return x != x; }
static INLINE lanes above(vec x, vec y) { return x > y; }
static INLINE vec pick(lanes m, vec yes, vec no) {
  return (vec)_mm256_blendv_ps((__m256)no, (__m256)yes, (__m256)m);
}
static INLINE vec larger(vec x, vec y) { return (vec)_mm256_max_ps((__m256)x, (__m256)y); }
#endif

// The best so far, and x after it.
static INLINE vec best(vec so_far, vec x) { return pick(isNan(x), x, larger(x, so_far)); }

// Of which samples of 0..n-1 a window that starts at `from` consists.
struct Span {
  int begin, end;
};

static INLINE Span spanOf(int from, int kernel, int n) {
  return {static_cast<int>(max(0, from)), static_cast<int>(min(n, from + kernel))};
}

// to[i] = the largest of down * across samples, `rowStride` and `pixelStride` apart. The row behind
// them is fetched for the next row of windows: a fifth less time where that comes from memory.
static INLINE void largest(float* to, const float* x, int down, int64_t rowStride, int across,
                           int64_t pixelStride, int64_t n) {
  int64_t i = 0;
  for (; i + 2 * W <= n; i += 2 * W) {
    vec a = load(x + i), b = load(x + i + W);
    __builtin_prefetch(x + down * rowStride + i, 0, 2);
    __builtin_prefetch(x + down * rowStride + i + W, 0, 2);
    for (int h = 0; h < down; h++)
      for (int w = h == 0; w < across; w++) {
        const float* at = x + h * rowStride + w * pixelStride + i;
        a = best(a, load(at));
        b = best(b, load(at + W));
      }
    store(to + i, a);
    store(to + i + W, b);
  }
  for (; i < n; i += W) {
    int m = static_cast<int>(min(W, n - i));
    vec a = load(x + i, m);
    for (int h = 0; h < down; h++)
      for (int w = h == 0; w < across; w++)
        a = best(a, load(x + h * rowStride + w * pixelStride + i, m));
    store(to + i, a, m);
  }
}

// Row `i` of the result, from an image.
static INLINE void pooledRow(const Window& p, const float* image, int i, float* y) {
  int64_t c = p.c, width = p.w * c;
  Span rows = spanOf(i * p.strideH - p.padH, p.kernelH, p.h);
  const float* x = image + rows.begin * width;
  int down = rows.end - rows.begin;
  for (int o = 0; o < p.wo;) {
    int from = o * p.strideW - p.padW;
    Span cols = spanOf(from, p.kernelW, p.w);
    int run = 1;
    // windows side by side are one long loop, as far as none is cut by the edge
    if (p.strideW == 1 && from >= 0)
      run = static_cast<int>(max(1, min(p.wo - o, p.w - p.kernelW - from + 1)));
    const float* first = x + cols.begin * c;
    if (down == 2 && cols.end - cols.begin == 2) {
      largest(y + o * c, first, 2, width, 2, c, run * c);
    } else {
      largest(y + o * c, first, down, width, cols.end - cols.begin, c, run * c);
    }
    o += run;
  }
}
