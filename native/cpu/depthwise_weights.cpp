// dw[c,a,b] = sum of dy[n,i,j,c] * x[n, i*s - top + a*d, j*s - left + b*d, c].
//
// Every slab of rows has its own partial sums, which are added in their order: slabs follow from the
// shape. Within a slab the sums of one kernel row over one row of dy are held in registers.
#include "depthwise.h"

namespace {
constexpr int LONG = W == 16 ? 14 : 7;
constexpr int SOME = 4;

// S outputs of a row: each x meets the K of dy that it was multiplied for.
template <int K, int S, int STRIDE, bool MAPPED, bool PART>
INLINE void window(vec (&sum)[K], const float* x, const float* dy, const int32_t* map, int64_t c, int n) {
  vec d[S];
#pragma GCC unroll 32
  for (int s = 0; s < S; s++) d[s] = PART ? load(dy + s * c, n) : load(dy + s * c);
  if (!MAPPED) x += map[0];
#pragma GCC unroll 64
  for (int i = 0; i < (S - 1) * STRIDE + K; i++) {
    if (MAPPED && map[i] < 0) continue;
    const float* from = x + (MAPPED ? map[i] : i * c);
    vec v = PART ? load(from, n) : load(from);
#pragma GCC unroll 8
    for (int b = 0; b < K; b++) {
      int s = (i - b) / STRIDE;
      if (i >= b && (i - b) % STRIDE == 0 && s < S) sum[b] += v * d[s];
    }
  }
}

template <int K, int STRIDE, bool PART>
__attribute__((noinline)) void line(const Depthwise& p, const float* x, const float* dy,
                                    const int32_t* map, float* sums, int n) {
  vec sum[K] = {};
  const int64_t c = p.channels;
  const int32_t inner = (p.inW + p.left - K + STRIDE) / STRIDE;
  int32_t j = 0;
  for (; j + LONG <= p.outW; j += LONG) {
    if (j * STRIDE >= p.left && j + LONG <= inner) {
      window<K, LONG, STRIDE, false, PART>(sum, x, dy + j * c, map + j * STRIDE, c, n);
    } else {
      window<K, LONG, STRIDE, true, PART>(sum, x, dy + j * c, map + j * STRIDE, c, n);
    }
  }
  for (; j + SOME <= p.outW; j += SOME) {
    window<K, SOME, STRIDE, true, PART>(sum, x, dy + j * c, map + j * STRIDE, c, n);
  }
  for (; j < p.outW; j++) {
    window<K, 1, STRIDE, true, PART>(sum, x, dy + j * c, map + j * STRIDE, c, n);
  }
#pragma GCC unroll 8
  for (int b = 0; b < K; b++) store(sums + b * W, load(sums + b * W) + sum[b]);
}

// Any window: one tap at a time, over the row, R registers of channels.
template <int R, bool PART>
void taps(const Depthwise& p, const float* x, const float* dy, const int32_t* map, float* sums, int n) {
  const int64_t c = p.channels;
  const int64_t kernel = p.kh * p.kw * W;
  for (int32_t b = 0; b < p.kw; b++) {
    vec sum[R] = {};
    const int32_t* at = map + b * p.dilationW;
    for (int32_t j = 0; j < p.outW; j++, at += p.strideW) {
      if (*at < 0) continue;
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        const float* d = dy + j * c + r * W;
        const float* v = x + *at + r * W;
        sum[r] += PART ? load(d, n) * load(v, n) : load(d) * load(v);
      }
    }
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      float* to = sums + r * kernel + b * W;
      store(to, load(to) + sum[r]);
    }
  }
}

// One kernel row over one row of dy, for all channels of the task.
template <int K>
void lines(const Depthwise& p, const Share& share, const float* x, const float* dy, const int32_t* map,
           float* sums, int32_t c) {
  int n = static_cast<int>(min(W, share.end - c));
  if (n == W) {
    (p.strideW == 1 ? line<K, 1, false> : line<K, 2, false>)(p, x + c, dy + c, map, sums, n);
  } else {
    (p.strideW == 1 ? line<K, 1, true> : line<K, 2, true>)(p, x + c, dy + c, map, sums, n);
  }
}
} // namespace

// p.y: (slabs, registers of channels, kh, kw, W)
KERNEL(depthwise_weight_slabs, Depthwise) {
  const Share share = shareOf(p, task);
  const bool dense = p.strideW <= 2 && p.dilationW == 1;
  auto* pairs = reinterpret_cast<int32_t*>(scratch);
  int32_t* map = pairs + 6 * p.kh;
  mapColumns(p, map);
  const int64_t kernel = p.kh * p.kw * W;
  const int64_t registers = (p.channels + W - 1) / W;
  float* slab = p.y + share.from / p.rows * registers * kernel;
  for (int32_t c = share.first; c < share.end; c += W) {
    float* sums = slab + c / W * kernel;
    for (int64_t i = 0; i < kernel; i += W) store(sums + i, vec{});
  }
  const int64_t rowFloats = static_cast<int64_t>(p.inW) * p.channels;
  for (int64_t row = share.from; row < share.to; row++) {
    const float* sample = p.x + row / p.outH * p.inH * rowFloats;
    const float* dy = p.w + row * p.outW * p.channels;
    int count = listTaps(rowAxis(p), static_cast<int32_t>(row % p.outH), pairs);
    for (int32_t c = share.first; c < share.end;) {
      int32_t left = share.end - c;
      int32_t taken = W;
      for (int t = 0; t < count; t++) {
        const float* x = sample + pairs[2 * t + 1] * rowFloats;
        if (dense) {
          // columns lie too far apart for the processor to foresee which are next
          const float* next = sample + (pairs[2 * count - 1] + 1) * rowFloats + c;
          for (int32_t j = p.outW * t / count; j < p.outW * (t + 1) / count; j++) {
            for (int32_t i = 0; i < p.strideW; i++) {
              const float* column = next + static_cast<int64_t>(j * p.strideW + i) * p.channels;
              for (int32_t r = 0; r < p.strideH; r++) __builtin_prefetch(column + r * rowFloats);
            }
            __builtin_prefetch(dy + static_cast<int64_t>(p.outW + j) * p.channels + c);
          }
        }
        float* sums = slab + c / W * kernel + pairs[2 * t] * (p.kw * W);
        if (dense && p.kw == 3) {
          lines<3>(p, share, x, dy, map, sums, c);
        } else if (dense && p.kw == 5) {
          lines<5>(p, share, x, dy, map, sums, c);
        } else if (dense && p.kw == 7) {
          lines<7>(p, share, x, dy, map, sums, c);
        } else if (left >= 4 * W) {
          taps<4, false>(p, x + c, dy + c, map, sums, W);
          taken = 4 * W;
        } else if (left >= W) {
          taps<1, false>(p, x + c, dy + c, map, sums, W);
        } else {
          taps<1, true>(p, x + c, dy + c, map, sums, left);
        }
      }
      c += taken;
    }
  }
}

struct DepthwiseSum {
  const float* partials; // (slabs, registers of channels, taps, W)
  float* dw;             // (channels, taps)
  int64_t slabs;
  int32_t channels;
  int32_t taps;
  int32_t group; // channels a task adds up, a multiple of 16
};

KERNEL(depthwise_weight_sum, DepthwiseSum) {
  const int64_t slab = (p.channels + W - 1) / W * static_cast<int64_t>(p.taps) * W;
  const int32_t end = static_cast<int32_t>(min(p.channels, (task + 1) * p.group));
  for (int32_t c = static_cast<int32_t>(task) * p.group; c < end; c += W) {
    int n = static_cast<int>(min(W, end - c));
    for (int32_t t = 0; t < p.taps; t++) {
      const float* from = p.partials + (static_cast<int64_t>(c) * p.taps + t * W);
      vec sum = load(from);
      for (int64_t s = 1; s < p.slabs; s++) sum += load(from + s * slab);
      for (int l = 0; l < n; l++) p.dw[static_cast<int64_t>(c + l) * p.taps + t] = sum[l];
    }
  }
}
