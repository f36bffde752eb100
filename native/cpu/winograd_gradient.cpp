// The weight gradient: a correlation of x with dy, whose tiles of 4x4 are the filters here, and whose
// 3x3 results are summed over all tiles at the points, before the one transform back.
//
// A task has a slab of the tiles, a block of out-channels and one of in-channels, and leaves a partial
// gradient; winograd_sum adds the slabs in their order.
#include "winograd.h"

using namespace winograd;

namespace {

constexpr int ROWS = W == 16 ? 8 : 4; // rows of a product that are computed together, by two registers

// d (CHUNK x CHUNK) += y (count x CHUNK) transposed, times x (count x CHUNK).
INLINE void accumulate(const float* y, const float* x, int64_t count, int64_t rows, int64_t columns, float* d) {
  for (int64_t r = 0; r < rows; r += ROWS) {
    for (int64_t c = 0; c < columns; c += BLOCK) {
      vec sum[ROWS][2];
      float* to = d + r * CHUNK + c;
#pragma GCC unroll 8
      for (int i = 0; i < ROWS; i++) {
        sum[i][0] = load(to + i * CHUNK);
        sum[i][1] = load(to + i * CHUNK + W);
      }
      const float* a = y + r;
      const float* b = x + c;
      for (int64_t t = 0; t < count; t++, a += CHUNK, b += CHUNK) {
        vec b0 = load(b), b1 = load(b + W);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++) {
          vec v = all(a[i]);
          sum[i][0] += v * b0;
          sum[i][1] += v * b1;
        }
      }
#pragma GCC unroll 8
      for (int i = 0; i < ROWS; i++) {
        store(to + i * CHUNK, sum[i][0]);
        store(to + i * CHUNK + W, sum[i][1]);
      }
    }
  }
}

} // namespace

struct WinogradGradient {
  const float* x;
  const float* dy;
  float* partial; // [slab][out][3][3][in]
  int32_t n, h, w, c;
  int32_t out_h, out_w, k;
  int32_t top, left;
  int32_t circular;
  int32_t slab;  // tiles of a task
  int32_t group; // tiles transformed at a time
};

KERNEL(winograd_gradient, WinogradGradient) {
  int tiles_w = (p.out_w + TILE - 1) / TILE, tiles_h = (p.out_h + TILE - 1) / TILE;
  int64_t tiles = static_cast<int64_t>(p.n) * tiles_h * tiles_w;
  int64_t chunks_c = (p.c + CHUNK - 1) / CHUNK, chunks_k = (p.k + CHUNK - 1) / CHUNK;
  int64_t slab = task / (chunks_c * chunks_k);
  int64_t c0 = task % chunks_c * CHUNK, k0 = task / chunks_c % chunks_k * CHUNK;
  int64_t channels = min(CHUNK, p.c - c0), rows = min(CHUNK, p.k - k0);
  int64_t end = min(tiles, (slab + 1) * p.slab);

  float* zeros = reinterpret_cast<float*>(scratch);
  int64_t width = ((p.c > p.k ? p.c : p.k) + CHUNK) / CHUNK * CHUNK;
  int64_t point = static_cast<int64_t>(p.group) * CHUNK + W;
  float* u = zeros + width;
  float* g = u + ALL * point;
  float* d = g + ALL * point;
  for (int64_t i = 0; i < width; i += W) store(zeros + i, vec{});
  for (int64_t i = 0; i < ALL * CHUNK * CHUNK; i += W) store(d + i, vec{});
  // what the last blocks of a product read beyond the channels
  for (int64_t i = 0; i < 2 * ALL * point; i += W) store(u + i, vec{});

  Map x{p.x, p.n, p.h, p.w, p.c};
  for (int64_t first = slab * p.slab; first < end; first += p.group) {
    int64_t count = min(p.group, end - first);
    for (int64_t t = 0; t < count; t++) {
      int64_t tile = first + t, n = tile / tiles_w / tiles_h;
      int left = static_cast<int>(tile % tiles_w) * TILE, top = static_cast<int>(tile / tiles_w % tiles_h) * TILE;
      const float* at[ALL];
      window(x, n, top - p.top, left - p.left, p.circular, zeros, at);
      transform(at, c0, channels, u + t * CHUNK, point);
      const float* dy[TILE][TILE];
      for (int i = 0; i < TILE; i++) {
        for (int j = 0; j < TILE; j++) {
          bool inside = top + i < p.out_h && left + j < p.out_w;
          dy[i][j] = inside ? p.dy + ((n * p.out_h + top + i) * p.out_w + left + j) * p.k + k0 : zeros;
        }
      }
      for (int64_t k = 0; k < rows; k += W) {
        int lanes = static_cast<int>(min(W, rows - k));
        vec s[POINTS][TILE];
#pragma GCC unroll 4
        for (int j = 0; j < TILE; j++) {
          vec v[4], o[6];
#pragma GCC unroll 4
          for (int i = 0; i < TILE; i++) v[i] = load(dy[i][j] + k, lanes);
          gradient(v, o);
#pragma GCC unroll 6
          for (int i = 0; i < POINTS; i++) s[i][j] = o[i];
        }
#pragma GCC unroll 6
        for (int i = 0; i < POINTS; i++) {
          vec o[6];
          gradient(s[i], o);
#pragma GCC unroll 6
          for (int j = 0; j < POINTS; j++) store(g + (i * POINTS + j) * point + t * CHUNK + k, o[j]);
        }
      }
    }
    for (int q = 0; q < ALL; q++) {
      accumulate(g + q * point, u + q * point, count, rows, channels, d + q * CHUNK * CHUNK);
    }
  }

  float* to = p.partial + slab * p.k * 9 * p.c;
  for (int64_t k = 0; k < rows; k++) {
    for (int64_t c = 0; c < channels; c += W) {
      int lanes = static_cast<int>(min(W, channels - c));
      vec s[3][POINTS];
#pragma GCC unroll 6
      for (int j = 0; j < POINTS; j++) {
        vec v[6], o[3];
#pragma GCC unroll 6
        for (int i = 0; i < POINTS; i++) v[i] = load(d + (i * POINTS + j) * CHUNK * CHUNK + k * CHUNK + c);
        weight(v, o);
#pragma GCC unroll 3
        for (int i = 0; i < 3; i++) s[i][j] = o[i];
      }
#pragma GCC unroll 3
      for (int i = 0; i < 3; i++) {
        vec o[3];
        weight(s[i], o);
#pragma GCC unroll 3
        for (int j = 0; j < 3; j++) {
          float* cell = to + ((k0 + k) * 9 + i * 3 + j) * p.c + c0 + c;
          store(cell, o[j], lanes);
        }
      }
    }
  }
}

struct WinogradSum {
  const float* partial;
  float* dw;
  int64_t size; // of dw
  int32_t slabs;
  int32_t task; // elements of a task, a multiple of W
};

KERNEL(winograd_sum, WinogradSum) {
  int64_t end = min(p.size, (task + 1) * p.task);
  for (int64_t at = task * p.task; at < end; at += W) {
    int n = static_cast<int>(min(W, end - at));
    vec sum = load(p.partial + at, n < W ? n : W);
    for (int64_t s = 1; s < p.slabs; s++) sum += load(p.partial + s * p.size + at, n);
    store(p.dw + at, sum, n);
  }
}
