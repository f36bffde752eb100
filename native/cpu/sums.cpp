// Sums over pixels for each channel, and over the channels of each pixel.
#include "rows.h"

struct ChannelSums {
  const float* x;
  double* partial; // (tasks, channels)
  float* y; // (units, channels)
  double factor;
  Rows rows;
  int32_t block; // channels of a task that joins
};

struct PlainSums {
  static constexpr int most = 8;
  const float* x;
  SumRows<1> sums;

  template <int B, bool WHOLE>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    vec s[B] = {};
    for (; rows > 0; rows--, at += sums.width)
      for (int i = 0; i < B; i++) s[i] += get<WHOLE>(x + at + i * W, n);
    for (int i = 0; i < B; i++) sums.add(0, c + i * W, s[i]);
  }

  INLINE void flush() { sums.flush(); }
};

KERNEL(channel_sums_slab, ChannelSums) {
  const Rows& r = p.rows;
  Stretch slab(r, task);
  PlainSums all{p.x, SumRows<1>(r, reinterpret_cast<double*>(scratch))};
  sweep(r, slab.from, slab.to, all);
  const double* sums = all.sums.of(r, 0);
  for (int c = 0; c < r.channels; c++) p.partial[task * r.channels + c] = sums[c];
}

KERNEL(channel_sums_join, ChannelSums) {
  const Rows& r = p.rows;
  int blocks = (r.channels + p.block - 1) / p.block;
  int64_t unit = task / blocks;
  int from = static_cast<int>(task % blocks) * p.block;
  int n = static_cast<int>(min(p.block, r.channels - from));
  auto sum = reinterpret_cast<double*>(scratch);
  for (int c = 0; c < n; c++) sum[c] = 0;
  for (int64_t slab = 0; slab < r.tasks; slab++) {
    const double* part = p.partial + (unit * r.tasks + slab) * r.channels + from;
    for (int c = 0; c < n; c++) sum[c] += part[c];
  }
  float* y = p.y + unit * r.channels + from;
  for (int c = 0; c < n; c++) y[c] = static_cast<float>(p.factor * sum[c]);
}

struct PixelSums {
  const float* x;
  float* y;
  int64_t pixels;
  int64_t task; // pixels of a task
  float factor;
  int32_t channels;
};

KERNEL(pixel_sums, PixelSums) {
  int64_t end = min(p.pixels, (task + 1) * p.task);
  for (int64_t i = task * p.task; i < end; i++) {
    const float* x = p.x + i * p.channels;
    vec sum[2] = {};
    int c = 0;
    for (; c + 2 * W <= p.channels; c += 2 * W) {
      sum[0] += load(x + c);
      sum[1] += load(x + c + W);
    }
    for (; c < p.channels; c += W) sum[0] += load(x + c, static_cast<int>(min(W, p.channels - c)));
    p.y[i] = p.factor * total(sum[0] + sum[1]);
  }
}
