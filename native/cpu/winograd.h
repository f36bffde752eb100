// Convolution by 3x3 in tiles of 4x4 results, after Winograd and Toom-Cook (Lavin and Gray 2016, "Fast
// Algorithms for Convolutional Neural Networks", F(4x4, 3x3)): 36 products in place of 144.
//
// The points are 0, +-1/sqrt(2), +-sqrt(2) and infinity. They cost nothing over the usual 0, +-1, +-2,
// and the error of float32 is 1.9 times that of the plain sum in place of 4.5 times (64 channels, normal
// numbers; computed in numpy).
#pragma once

#include "kernel.h"

namespace winograd {

constexpr int TILE = 4;    // results of a tile, along one axis
constexpr int POINTS = 6;  // and the inputs they need: also the number of points
constexpr int ALL = POINTS * POINTS;
constexpr int CHUNK = 64;  // channels that lie together in a transformed map
constexpr int BLOCK = 2 * W; // channels of a result that are computed together

// Floats from one point to the next of `c` rows of transformed weights: never a power of two, or the
// 36 places that are written together would share one set of the caches.
static INLINE int64_t weights_of_a_point(int64_t c) { return c * BLOCK + 2 * W; }

constexpr float HALF_ROOT = 0.70710678118654752f;
constexpr float ROOT = 1.41421356237309505f;

// The values at the points of the polynomial that the inputs are, with the Lagrange numerators.
static INLINE void input(const vec (&d)[6], vec (&o)[6]) {
  vec even1 = d[4] - 2.0f * d[2], odd1 = HALF_ROOT * (d[3] - 2.0f * d[1]);
  vec even2 = d[4] - 0.5f * d[2], odd2 = ROOT * (d[3] - 0.5f * d[1]);
  o[0] = d[0] - 2.5f * d[2] + d[4];
  o[1] = even1 + odd1;
  o[2] = even1 - odd1;
  o[3] = even2 + odd2;
  o[4] = even2 - odd2;
  o[5] = d[1] - 2.5f * d[3] + d[5];
}

// Three taps at the points, with the Lagrange denominators.
static INLINE void taps(const vec (&g)[3], vec (&o)[6]) {
  vec even1 = (g[0] + 0.5f * g[2]) * (-2.0f / 3), odd1 = g[1] * (HALF_ROOT * -2.0f / 3);
  vec even2 = (g[0] + 2.0f * g[2]) * (1.0f / 6), odd2 = g[1] * (ROOT / 6);
  o[0] = g[0];
  o[1] = even1 + odd1;
  o[2] = even1 - odd1;
  o[3] = even2 + odd2;
  o[4] = even2 - odd2;
  o[5] = g[2];
}

// Four numbers at the points: a tile of the gradient, which is the filter of the weight gradient.
static INLINE void gradient(const vec (&g)[4], vec (&o)[6]) {
  vec even1 = (g[0] + 0.5f * g[2]) * (-2.0f / 3);
  vec odd1 = (g[1] + 0.5f * g[3]) * (HALF_ROOT * -2.0f / 3);
  vec even2 = (g[0] + 2.0f * g[2]) * (1.0f / 6);
  vec odd2 = (g[1] + 2.0f * g[3]) * (ROOT / 6);
  o[0] = g[0];
  o[1] = even1 + odd1;
  o[2] = even1 - odd1;
  o[3] = even2 + odd2;
  o[4] = even2 - odd2;
  o[5] = g[3];
}

// Four results from the products at the points.
static INLINE void result(const vec (&m)[6], vec (&o)[4]) {
  vec sum1 = m[1] + m[2], difference1 = m[1] - m[2];
  vec sum2 = m[3] + m[4], difference2 = m[3] - m[4];
  o[0] = m[0] + sum1 + sum2;
  o[1] = HALF_ROOT * difference1 + ROOT * difference2;
  o[2] = 0.5f * sum1 + 2.0f * sum2;
  o[3] = 0.5f * HALF_ROOT * difference1 + 2.0f * ROOT * difference2 + m[5];
}

// Three results of the weight gradient from the same.
static INLINE void weight(const vec (&m)[6], vec (&o)[3]) {
  vec sum1 = m[1] + m[2], difference1 = m[1] - m[2];
  vec sum2 = m[3] + m[4], difference2 = m[3] - m[4];
  o[0] = m[0] + sum1 + sum2;
  o[1] = HALF_ROOT * difference1 + ROOT * difference2;
  o[2] = 0.5f * sum1 + 2.0f * sum2 + m[5];
}

// A map and how tiles lie on it.
struct Map {
  const float* data;
  int32_t n, h, w, c;
};

// The 36 pixels under the window of the tile of results that begins at (top, left); what lies beyond
// the edge is `zeros`, or comes round from the other side.
static inline void window(const Map& x, int64_t n, int top, int left, int circular, const float* zeros,
                          const float* (&at)[ALL]) {
  for (int i = 0; i < POINTS; i++) {
    int row = top + i;
    if (circular) row = row < 0 ? row + x.h : row >= x.h ? row % x.h : row;
    for (int j = 0; j < POINTS; j++) {
      int column = left + j;
      if (circular) column = column < 0 ? column + x.w : column >= x.w ? column % x.w : column;
      bool inside = row >= 0 && row < x.h && column >= 0 && column < x.w;
      at[i * POINTS + j] = inside ? x.data + ((n * x.h + row) * x.w + column) * x.c : zeros;
    }
  }
}

// `count` channels from `c` of the window, transformed: point q lies at u + q * stride.
static INLINE void transform(const float* const (&at)[ALL], int64_t c, int64_t count, float* u, int64_t stride) {
  for (int64_t k = 0; k < count; k += W) {
    vec t[POINTS][POINTS];
    int n = static_cast<int>(min(W, count - k));
#pragma GCC unroll 6
    for (int j = 0; j < POINTS; j++) {
      vec d[6], o[6];
#pragma GCC unroll 6
      for (int i = 0; i < POINTS; i++) d[i] = load(at[i * POINTS + j] + c + k, n);
      input(d, o);
#pragma GCC unroll 6
      for (int i = 0; i < POINTS; i++) t[i][j] = o[i];
    }
#pragma GCC unroll 6
    for (int i = 0; i < POINTS; i++) {
      vec o[6];
      input(t[i], o);
#pragma GCC unroll 6
      for (int j = 0; j < POINTS; j++) store(u + (i * POINTS + j) * stride + k, o[j]);
    }
  }
}

} // namespace winograd
