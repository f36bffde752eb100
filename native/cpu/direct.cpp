// A convolution of few pixels, sum by sum: where there are too few for tiles of a transform, or for a
// library's call to be small beside them. A chunk of a stream has 1 to some dozens.
//
// The weights lie as the sums take them, [block of out-channels][tap and in-channel][channel of the
// block]. Pixels are taken in their order over rows and maps, so that a batch of short rows fills the
// registers too. Every sum is taken tap by tap and channel by channel: a pixel's result is the same
// bits whichever pixels are computed with it.
#include "kernel.h"

namespace {

// Pixels that are summed together, where a block has so many registers.
constexpr int pixels_beside(int registers) {
  return W == 16 ? (registers == 4 ? 6 : 8) : (registers == 2 ? 6 : 8);
}

} // namespace

struct DirectConv {
  const float* x;
  const float* v; // from direct_weights
  float* y;
  const float* shift;    // of each channel of the result, or null
  const float* residual; // like the result, or null
  int64_t pixels;        // of all results
  int64_t group;         // pixels of a task
  int32_t h, w, c;
  int32_t run; // numbers of a tap: its channels, or a row of taps that lie together
  int32_t out_h, out_w, k;
  int32_t kernel_h, kernel_w; // where a row of taps is one run, it counts as one
  int32_t stride_h, stride_w, dilation_h, dilation_w, top, left;
  int32_t registers; // of a block
  int32_t relu;
};

namespace {

// R pixels from `pixel` on, and the V registers of channels from k on.
template <int V, int R>
INLINE void sums(const DirectConv& p, const float* v, const float* zeros, int64_t pixel, int64_t k) {
  const float* origin[R]; // of the window, perhaps outside of the map
  int row[R], column[R];
  int64_t line = pixel / p.out_w, n = line / p.out_h;
  int oy = static_cast<int>(line % p.out_h), ox = static_cast<int>(pixel % p.out_w);
  for (int r = 0; r < R; r++) {
    row[r] = oy * p.stride_h - p.top;
    column[r] = ox * p.stride_w - p.left;
    origin[r] = p.x + ((n * p.h + row[r]) * p.w + column[r]) * p.c;
    if (++ox == p.out_w) {
      ox = 0;
      if (++oy == p.out_h) oy = 0, n++;
    }
  }
  vec sum[R][V] = {};
  for (int i = 0; i < p.kernel_h; i++) {
    for (int j = 0; j < p.kernel_w; j++) {
      int down = i * p.dilation_h, right = j * p.dilation_w;
      int64_t step = (static_cast<int64_t>(down) * p.w + right) * p.c;
      const float* at[R];
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        bool inside = static_cast<uint32_t>(row[r] + down) < static_cast<uint32_t>(p.h) &&
                      static_cast<uint32_t>(column[r] + right) < static_cast<uint32_t>(p.w);
        at[r] = inside ? origin[r] + step : zeros;
      }
      for (int64_t c = 0; c < p.run; c++, v += V * W) {
        vec weights[V];
#pragma GCC unroll 4
        for (int l = 0; l < V; l++) weights[l] = load(v + l * W);
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) {
          vec a = all(at[r][c]);
#pragma GCC unroll 4
          for (int l = 0; l < V; l++) sum[r][l] += a * weights[l];
        }
      }
    }
  }
#pragma GCC unroll 4
  for (int l = 0; l < V; l++) {
    int lanes = static_cast<int>(min(W, p.k - k - l * W));
    if (lanes <= 0) break;
    vec shift = p.shift ? load(p.shift + k + l * W, lanes) : vec{};
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      int64_t to = (pixel + r) * p.k + k + l * W;
      vec value = sum[r][l] + shift;
      if (p.residual) value += load(p.residual + to, lanes);
      store(p.y + to, p.relu ? relu(value) : value, lanes);
    }
  }
}

// All pixels of a task, in pieces of R and what is left in one.
template <int V, int R>
void block(const DirectConv& p, const float* v, const float* zeros, int64_t pixel, int64_t end, int64_t k) {
  if constexpr (R > 0) {
    for (; pixel + R <= end; pixel += R) sums<V, R>(p, v, zeros, pixel, k);
    block<V, R - 1>(p, v, zeros, pixel, end, k);
  }
}

} // namespace

KERNEL(direct_conv, DirectConv) {
  int64_t groups = (p.pixels + p.group - 1) / p.group;
  int64_t number = task / groups, pixel = task % groups * p.group;
  int64_t end = min(p.pixels, pixel + p.group);
  float* zeros = reinterpret_cast<float*>(scratch);
  for (int64_t i = 0; i < p.run; i += W) store(zeros + i, vec{});
  int64_t width = static_cast<int64_t>(p.registers) * W;
  const float* v = p.v + number * p.kernel_h * p.kernel_w * p.run * width;
  int64_t k = number * width;
  switch (p.registers) {
    case 1: return block<1, pixels_beside(1)>(p, v, zeros, pixel, end, k);
    case 2: return block<2, pixels_beside(2)>(p, v, zeros, pixel, end, k);
#if defined(__AVX512F__)
    case 3: return block<3, pixels_beside(3)>(p, v, zeros, pixel, end, k);
    case 4: return block<4, pixels_beside(4)>(p, v, zeros, pixel, end, k);
#endif
  }
}

// Weights (out, taps and in) as direct_conv reads them, with zeros for channels beyond the last.
struct DirectWeights {
  const float* w;
  float* v;
  const float* factors; // of each channel of the result, or null
  int32_t row;          // taps and in-channels
  int32_t k;
  int32_t registers;
};

KERNEL(direct_weights, DirectWeights) {
  int64_t width = static_cast<int64_t>(p.registers) * W, k0 = task * width;
  float* v = p.v + task * p.row * width;
  for (int l = 0; l < p.registers; l++) {
    for (int64_t i = 0; i < p.row; i += W) {
      int count = static_cast<int>(min(W, p.row - i));
      vec r[W];
      for (int lane = 0; lane < W; lane++) {
        int64_t k = k0 + l * W + lane;
        r[lane] = k < p.k ? load(p.w + k * p.row + i, count) : vec{};
        if (p.factors && k < p.k) r[lane] *= p.factors[k];
      }
      transpose<1>(r);
      for (int j = 0; j < count; j++) store(v + (i + j) * width + l * W, r[j]);
    }
  }
}
