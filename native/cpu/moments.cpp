// Mean and biased variance of each channel, or of each group of channels in a sample.
//
// Float sums of at most some hundred terms around a shift near the mean, the rest in double: so a
// variance is good to 1e-6 even where the mean is a thousand times the deviation.
#include "rows.h"

struct Moments {
  const float* x;
  double* partial; // (tasks, 2, channels): means, and sums of squares around them
  float* y;
  int64_t sets;
  Rows rows;
  int32_t block; // channels of a task that joins
};

struct Sums {
  const float* x;
  double* sum;
  int64_t width;

  template <int B, bool WHOLE>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    vec s[B];
    for (int i = 0; i < B; i++) s[i] = vec{};
    for (; rows > 0; rows--, at += width)
      for (int i = 0; i < B; i++) s[i] += get<WHOLE>(x + at + i * W, n);
    for (int i = 0; i < B; i++) addTo(sum + c + i * W, s[i]);
  }
};

struct ShiftedSums {
  const float* x;
  const float* shift;
  double* sum;
  double* square;
  int64_t width;

  template <int B, bool WHOLE>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    vec by[B], s[B], q[B];
    for (int i = 0; i < B; i++) {
      by[i] = get<WHOLE>(shift + c + i * W, n);
      s[i] = q[i] = vec{};
    }
    for (; rows > 0; rows--, at += width)
      for (int i = 0; i < B; i++) {
        vec d = get<WHOLE>(x + at + i * W, n) - by[i];
        s[i] += d;
        q[i] += d * d;
      }
    for (int i = 0; i < B; i++) {
      addTo(sum + c + i * W, s[i]);
      addTo(square + c + i * W, q[i]);
    }
  }
};

KERNEL(moments_slab, Moments) {
  const Rows& r = p.rows;
  Stretch slab(r, task);
  auto sum = reinterpret_cast<double*>(scratch);
  double* square = sum + r.width;
  auto shift = reinterpret_cast<float*>(square + r.width);

  for (int c = 0; c < r.width; c++) sum[c] = square[c] = 0;
  int64_t first = min(slab.to - slab.from, rowsOfChunk(r.width) * r.width);
  Sums near{p.x, sum, r.width};
  sweep<4>(r, slab.from, slab.from + first, near);
  fold(r, sum);
  for (int c = 0; c < r.channels; c++) {
    auto mean = static_cast<float>(sum[c] * r.channels / static_cast<double>(first));
    shift[c] = mean - mean == 0 ? mean : 0; // an infinite one would make all the others NaN
  }
  spread(r, shift);

  for (int c = 0; c < r.width; c++) sum[c] = 0;
  ShiftedSums all{p.x, shift, sum, square, r.width};
  sweep<4>(r, slab.from, slab.to, all);
  fold(r, sum);
  fold(r, square);
  double count = static_cast<double>(slab.to - slab.from) / r.channels;
  double* mean = p.partial + 2 * task * r.channels;
  double* around = mean + r.channels;
  for (int c = 0; c < r.channels; c++) {
    double off = sum[c] / count;
    double rest = square[c] - sum[c] * off;
    mean[c] = shift[c] + off;
    around[c] = rest < 0 ? 0 : rest; // a NaN stays
  }
}

// Slabs in their order by the rule for the union of two sets, then the channels of a set.
KERNEL(moments_join, Moments) {
  const Rows& r = p.rows;
  int blocks = (r.channels + p.block - 1) / p.block;
  int64_t unit = task / blocks;
  int from = static_cast<int>(task % blocks) * p.block;
  int n = static_cast<int>(min(p.block, r.channels - from));
  auto mean = reinterpret_cast<double*>(scratch);
  double* around = mean + n;
  double total = 0;
  for (int c = 0; c < n; c++) mean[c] = around[c] = 0;
  for (int64_t slab = 0; slab < r.tasks; slab++) {
    const double* means = p.partial + 2 * (unit * r.tasks + slab) * r.channels + from;
    const double* squares = means + r.channels;
    double count = static_cast<double>(min(r.task, r.size - slab * r.task)) / r.channels;
    double share = count / (total + count), weight = total * share;
    for (int c = 0; c < n; c++) {
      double step = means[c] - mean[c];
      mean[c] += step * share;
      around[c] += squares[c] + step * step * weight;
    }
    total += count;
  }
  float* y = p.y + unit * (r.channels / r.perSet) + from / r.perSet;
  if (r.perSet == 1) {
    for (int c = 0; c < n; c++) {
      y[c] = static_cast<float>(mean[c]);
      y[p.sets + c] = static_cast<float>(around[c] / total);
    }
    return;
  }
  for (int c = 0; c < n; c += r.perSet, y++) {
    double sum = 0, square = 0;
    for (int i = 0; i < r.perSet; i++) sum += mean[c + i];
    double middle = sum / r.perSet;
    for (int i = 0; i < r.perSet; i++) {
      double step = mean[c + i] - middle;
      square += around[c + i] + step * step * total;
    }
    y[0] = static_cast<float>(middle);
    y[p.sets] = static_cast<float>(square / (total * r.perSet));
  }
}
