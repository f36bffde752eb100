// Ideal resampling by a matrix for each axis. What it means: graph/op/IdealResample.java.
//
// A task has one sample and BLOCK channels of it: both products run over registers of channels, eight
// results at a time, and the map between them stays near.
#include "ideal.h"

using namespace ideal;

namespace {

constexpr int BLOCK = 2 * W; // channels of a task

// ROWS results of BLOCK channels: the weighted sum of `count` pixels that lie `stride` floats apart.
INLINE void panel(const float* weights, const float* x, int count, int64_t stride, int n0, int n1,
                  vec (&sum)[ROWS][2]) {
#pragma GCC unroll 8
  for (int r = 0; r < ROWS; r++) sum[r][0] = sum[r][1] = vec{};
  for (int i = 0; i < count; i++, x += stride, weights += ROWS) {
    vec a = load(x, n0), b = load(x + W, n1);
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; r++) {
      vec w = all(weights[r]);
      sum[r][0] += w * a;
      sum[r][1] += w * b;
    }
  }
}

} // namespace

struct IdealResample {
  const float* x;
  float* y;
  Axis rows, cols;
  int32_t c;
};

KERNEL(ideal_resample, IdealResample) {
  int64_t blocks = (p.c + BLOCK - 1) / BLOCK;
  int64_t n = task / blocks, c0 = task % blocks * BLOCK;
  int n0 = static_cast<int>(min(W, p.c - c0)), n1 = static_cast<int>(max(0, min(W, p.c - c0 - W)));
  int h = p.rows.in(), w = p.cols.in(), ho = p.rows.out(), wo = p.cols.out();

  float* row_weights = reinterpret_cast<float*>(scratch);
  float* col_weights = row_weights + p.rows.packed(ROWS);
  float* half = col_weights + p.cols.packed(ROWS); // [row of y][w][BLOCK]
  pack(p.rows, ROWS, row_weights);
  pack(p.cols, ROWS, col_weights);

  vec sum[ROWS][2];
  for (int o = 0; o < ho; o += ROWS) {
    for (int j = 0; j < w; j++) {
      panel(row_weights + static_cast<int64_t>(o) * h, p.x + ((n * h) * w + j) * p.c + c0, h,
            static_cast<int64_t>(w) * p.c, n0, n1, sum);
      for (int r = 0; r < ROWS && o + r < ho; r++) {
        float* to = half + (static_cast<int64_t>(o + r) * w + j) * BLOCK;
        store(to, sum[r][0]);
        store(to + W, sum[r][1]);
      }
    }
  }
  for (int o = 0; o < ho; o++) {
    for (int j = 0; j < wo; j += ROWS) {
      panel(col_weights + static_cast<int64_t>(j) * w, half + static_cast<int64_t>(o) * w * BLOCK, w, BLOCK, W, W,
            sum);
      for (int r = 0; r < ROWS && j + r < wo; r++) {
        float* to = p.y + ((n * ho + o) * wo + j + r) * p.c + c0;
        store(to, sum[r][0], n0);
        if (n1 > 0) store(to + W, sum[r][1], n1);
      }
    }
  }
}
