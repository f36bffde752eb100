// The forward convolution and its input gradient, which is a convolution by the flipped weights.
//
// A task transforms `group` tiles of its input and goes through its share of the result's channels, in
// blocks of two registers: 36 small matrix products from memory that is near, and the transform back.
#include "winograd.h"

using namespace winograd;

namespace {

// Rows of a product that are computed together: with BLOCK columns they fill the registers.
constexpr int ROWS = W == 16 ? 12 : 6;

// m (R x BLOCK) = u (R x c) v (c x BLOCK). A row of u lies in chunks, `chunk` floats apart.
template <int R>
INLINE void multiply(const float* u, int64_t chunk, const float* v, int64_t c, float* m) {
  vec sum[R][2] = {};
  for (; c > 0; c -= CHUNK, u += chunk) {
    int64_t n = min(c, CHUNK);
    for (int64_t i = 0; i < n; i++, v += BLOCK) {
      vec v0 = load(v), v1 = load(v + W);
#pragma GCC unroll 12
      for (int r = 0; r < R; r++) {
        vec a = all(u[r * CHUNK + i]);
        sum[r][0] += a * v0;
        sum[r][1] += a * v1;
      }
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < R; r++) {
    store(m + r * BLOCK, sum[r][0]);
    store(m + r * BLOCK + W, sum[r][1]);
  }
}

} // namespace

struct WinogradConv {
  const float* x;
  const float* v; // from winograd_weights
  float* y;
  const float* shift;    // of each channel of the result, or null
  const float* residual; // like the result, or null
  int32_t n, h, w, c;
  int32_t out_h, out_w, k;
  int32_t top, left; // padding
  int32_t circular;
  int32_t group;  // tiles of a task
  int32_t blocks; // blocks of the result's channels of a task
  int32_t relu;
};

KERNEL(winograd_conv, WinogradConv) {
  int tiles_w = (p.out_w + TILE - 1) / TILE, tiles_h = (p.out_h + TILE - 1) / TILE;
  int64_t tiles = static_cast<int64_t>(p.n) * tiles_h * tiles_w;
  int64_t groups = (tiles + p.group - 1) / p.group;
  int64_t first = task % groups * p.group, count = min(p.group, tiles - first);
  int64_t block = task / groups * p.blocks;
  int64_t blocks = min((p.k + BLOCK - 1) / BLOCK, block + p.blocks);

  // scratch: zeros for what lies beyond the edge, transformed tiles, their products
  int64_t chunks = (p.c + CHUNK - 1) / CHUNK, width = chunks * CHUNK;
  int64_t chunk = static_cast<int64_t>(p.group) * CHUNK; // floats between a row's chunks
  int64_t point = chunks * chunk + W; // points in different sets of the first cache level
  float* zeros = reinterpret_cast<float*>(scratch);
  float* u = zeros + width;
  float* m = u + ALL * point;
  int64_t product = static_cast<int64_t>(p.group) * BLOCK + W;
  for (int64_t i = 0; i < width; i += W) store(zeros + i, vec{});

  Map x{p.x, p.n, p.h, p.w, p.c};
  for (int64_t t = 0; t < count; t++) {
    int64_t tile = first + t;
    int tw = static_cast<int>(tile % tiles_w), th = static_cast<int>(tile / tiles_w % tiles_h);
    const float* at[ALL];
    window(x, tile / tiles_w / tiles_h, th * TILE - p.top, tw * TILE - p.left, p.circular, zeros, at);
    for (int64_t c = 0, i = 0; c < p.c; c += CHUNK, i++) {
      transform(at, c, min(CHUNK, p.c - c), u + i * chunk + t * CHUNK, point);
    }
  }

  for (; block < blocks; block++) {
    for (int q = 0; q < ALL; q++) {
      const float* v = p.v + (block * ALL + q) * weights_of_a_point(p.c);
      int64_t t = 0;
      for (; t + ROWS <= count; t += ROWS) {
        multiply<ROWS>(u + q * point + t * CHUNK, chunk, v, p.c, m + q * product + t * BLOCK);
      }
      for (; t + 4 <= count; t += 4) {
        multiply<4>(u + q * point + t * CHUNK, chunk, v, p.c, m + q * product + t * BLOCK);
      }
      for (; t < count; t++) {
        multiply<1>(u + q * point + t * CHUNK, chunk, v, p.c, m + q * product + t * BLOCK);
      }
    }
    for (int64_t t = 0; t < count; t++) {
      int64_t tile = first + t;
      int64_t n = tile / tiles_w / tiles_h;
      int left = static_cast<int>(tile % tiles_w) * TILE, top = static_cast<int>(tile / tiles_w % tiles_h) * TILE;
      int rows = static_cast<int>(min(TILE, p.out_h - top)), columns = static_cast<int>(min(TILE, p.out_w - left));
      for (int half = 0; half < 2; half++) {
        int64_t k = block * BLOCK + half * W;
        if (k >= p.k) break;
        const float* from = m + t * BLOCK + half * W;
        vec s[TILE][POINTS];
#pragma GCC unroll 6
        for (int j = 0; j < POINTS; j++) {
          vec d[6], o[4];
#pragma GCC unroll 6
          for (int i = 0; i < POINTS; i++) d[i] = load(from + (i * POINTS + j) * product);
          result(d, o);
#pragma GCC unroll 4
          for (int i = 0; i < TILE; i++) s[i][j] = o[i];
        }
        int64_t to = ((n * p.out_h + top) * p.out_w + left) * p.k + k;
        int lanes = static_cast<int>(min(W, p.k - k));
        vec shift = p.shift ? load(p.shift + k, lanes) : vec{};
#pragma GCC unroll 4
        for (int i = 0; i < TILE; i++) {
          vec o[4];
          result(s[i], o);
          if (i < rows) {
#pragma GCC unroll 4
            for (int j = 0; j < TILE; j++) {
              if (j < columns) {
                int64_t pixel = to + (static_cast<int64_t>(i) * p.out_w + j) * p.k;
                vec value = o[j] + shift;
                if (p.residual) value += load(p.residual + pixel, lanes);
                store(p.y + pixel, p.relu ? relu(value) : value, lanes);
              }
            }
          }
        }
      }
    }
  }
}

// Weights (out, 3, 3, in) at the points, as the products read them: [block][point][in][BLOCK of out].
struct WinogradWeights {
  const float* w;
  float* v;
  const float* factors; // of each channel of the result, or null
  int32_t c, k; // channels of the product's input and result: in and out, or out and in if flipped
  int32_t flipped;
  int32_t streamed; // there are too many for the caches
};

KERNEL(winograd_weights, WinogradWeights) {
  int64_t chunks = (p.c + CHUNK - 1) / CHUNK;
  int64_t block = task / chunks, from = task % chunks * CHUNK, to = min(p.c, from + CHUNK);
  int64_t k0 = block * BLOCK;
  int columns = static_cast<int>(min(BLOCK, p.k - k0));
  int64_t point = weights_of_a_point(p.c);
  float* v = p.v + block * ALL * point;
  alignas(64) float turned[9][W][BLOCK]; // W channels of the input, their taps for the block
  for (int64_t c = from; c < to; c++) {
    int lane = static_cast<int>((c - from) % W);
    if (!p.flipped && lane == 0) {
      int channels = static_cast<int>(min(W, to - c));
      for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 9; i++) {
          vec r[W];
          for (int l = 0; l < W; l++) {
            int64_t k = k0 + half * W + l;
            r[l] = k < p.k ? load(p.w + (k * 9 + i) * p.c + c, channels) : vec{};
            if (p.factors && k < p.k) r[l] *= p.factors[k];
          }
          transpose<1>(r);
          for (int l = 0; l < W; l++) store(&turned[i][l][half * W], r[l]);
        }
      }
    }
    for (int half = 0; half < 2; half++) {
      vec g[9];
      int count = static_cast<int>(max(0, min(W, columns - half * W)));
      for (int i = 0; i < 9; i++) { // the input gradient: weights (c, 3, 3, k), turned around
        g[i] = p.flipped ? load(p.w + (c * 9 + 8 - i) * p.k + k0 + half * W, count) : load(&turned[i][lane][half * W]);
      }
      vec t[6][3];
      for (int j = 0; j < 3; j++) {
        vec d[3] = {g[j], g[3 + j], g[6 + j]}, o[6];
        taps(d, o);
        for (int i = 0; i < 6; i++) t[i][j] = o[i];
      }
      for (int i = 0; i < 6; i++) {
        vec o[6];
        taps(t[i], o);
        for (int j = 0; j < 6; j++) {
          float* to = v + (i * POINTS + j) * point + c * BLOCK + half * W;
          if (p.streamed) {
            stream(to, o[j]);
          } else {
            store(to, o[j]);
          }
        }
      }
    }
  }
  fence();
}
