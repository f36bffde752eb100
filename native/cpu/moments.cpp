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

struct ShiftedSums {
  static constexpr int most = W == 16 ? 8 : 4;
  const float* x;
  const float* shift;
  SumRows<2> sums; // of x - shift and its square

  template <int B, bool WHOLE>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    vec by[B], s[B], q[B];
    for (int i = 0; i < B; i++) {
      by[i] = get<WHOLE>(shift + c + i * W, n);
      s[i] = q[i] = vec{};
    }
    for (; rows > 0; rows--, at += sums.width)
      for (int i = 0; i < B; i++) {
        vec d = get<WHOLE>(x + at + i * W, n) - by[i];
        s[i] += d;
        q[i] += d * d;
      }
    for (int i = 0; i < B; i++) {
      sums.add(0, c + i * W, s[i]);
      sums.add(1, c + i * W, q[i]);
    }
  }

  INLINE void flush() { sums.flush(); }
};

KERNEL(moments_slab, Moments) {
  const Rows& r = p.rows;
  Stretch slab(r, task);
  SumRows<2> sums(r, reinterpret_cast<double*>(scratch));
  float* shift = sums.end();

  // near the mean: that of the first pixels
  int64_t near = min(16 * static_cast<int64_t>(r.channels), slab.to - slab.from);
  double* first = sums.sums;
  for (int64_t at = 0; at < near; at += r.channels)
    for (int c = 0; c < r.channels; c++) first[c] += p.x[slab.from + at + c];
  for (int c = 0; c < r.channels; c++) {
    auto mean = static_cast<float>(first[c] * r.channels / static_cast<double>(near));
    shift[c] = mean - mean == 0 ? mean : 0; // an infinite one would make all the others NaN
    first[c] = 0;
  }
  spread(r, shift);

  ShiftedSums all{p.x, shift, sums};
  sweep(r, slab.from, slab.to, all);
  const double* sum = all.sums.of(r, 0);
  const double* square = all.sums.of(r, 1);
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
