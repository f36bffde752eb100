// A tensor whose numbers go by channel, seen as rows of whole registers: some pixels side by side, so
// that 3 or 100 channels are swept as fast as 64. Numbers of a channel are repeated over a row.
//
// A tensor is one unit, or one of each sample where the numbers change from sample to sample; a unit
// is cut into tasks of whole rows, but for its end.
#pragma once

#include "doubles.h"
#include "kernel.h"

struct Rows {
  int64_t size; // elements of a unit
  int64_t task; // elements of a task
  int32_t tasks; // of a unit
  int32_t channels;
  int32_t width; // of a row: whole pixels, whole registers
  int32_t perSet; // channels that share mean and variance
};

struct Stretch {
  int64_t unit;
  int64_t from;
  int64_t to;

  INLINE Stretch(const Rows& r, int64_t task) {
    unit = task / r.tasks;
    int64_t at = task % r.tasks * r.task;
    from = unit * r.size + at;
    to = unit * r.size + min(r.size, at + r.task);
  }
};

// Rows whose sums are float, before they go to double: so many terms.
constexpr int64_t RUN = 64;

// Memory is read in its order, whatever that costs: rows of one block keep the block's numbers in
// registers all the way down, wider ones fetch them for every row. Wide rows in blocks that keep
// their numbers for some rows, each time a step to the next row, took twice as long (512 channels,
// degree 2, forwards and backwards; two rows at a time no better than sixteen).
//
// Runs k.run<B, true>(at, rows, column, W) on blocks of B registers side by side, and
// k.run<1, false> with n <= W on what is left of the last row; k.flush() at least every RUN rows.
template <int B, class K>
static INLINE void narrow(const Rows& r, int64_t at, int64_t rows, K& k) {
  for (; rows > 0; rows -= RUN, at += RUN * r.width) {
    k.template run<B, true>(at, min(RUN, rows), 0, W);
    k.flush();
  }
}

template <class K>
static INLINE void wide(const Rows& r, int64_t at, int64_t rows, K& k) {
  for (int64_t row = 0; row < rows; row++, at += r.width) {
    int c = 0;
    for (; c + 4 * W <= r.width; c += 4 * W) k.template run<4, true>(at + c, 1, c, W);
    for (; c < r.width; c += W) k.template run<1, true>(at + c, 1, c, W);
    if (row % RUN == RUN - 1) k.flush();
  }
  k.flush();
}

template <class K>
static INLINE void sweep(const Rows& r, int64_t from, int64_t to, K& k) {
  int64_t rows = (to - from) / r.width;
  int blocks = r.width / W;
  if (blocks == 4) narrow<4>(r, from, rows, k);
  else if (blocks == 6 && K::most >= 6) narrow<6>(r, from, rows, k);
  else if (blocks == 8 && K::most >= 8) narrow<8>(r, from, rows, k);
  else wide(r, from, rows, k);
  int c = 0;
  for (int64_t at = from + rows * r.width; at < to; at += W, c += W)
    k.template run<1, false>(at, 1, c, static_cast<int>(min(W, to - at)));
  k.flush();
}

template <bool WHOLE>
static INLINE vec get(const float* p, int n) {
  return WHOLE ? load(p) : load(p, n);
}

template <bool WHOLE>
static INLINE void put(float* p, vec v, int n, bool streams) {
  if (!WHOLE) store(p, v, n);
  else if (streams) stream(p, v);
  else store(p, v);
}

// The numbers of the channels over the rest of a row.
static INLINE void spread(const Rows& r, float* row) {
  for (int c = r.channels; c < r.width; c++) row[c] = row[c - r.channels];
}

// N rows of sums, float and double; all 0 to begin with.
template <int N>
struct SumRows {
  float* runs;
  double* sums;
  int64_t width;

  INLINE SumRows(const Rows& r, double* at) : sums(at), width(r.width) {
    runs = reinterpret_cast<float*>(sums + N * width);
    for (int64_t i = 0; i < N * width; i++) sums[i] = runs[i] = 0;
  }

  // What lies behind them in a task's scratch memory.
  INLINE float* end() const { return runs + N * width; }

  INLINE void add(int row, int c, vec v) {
    float* to = runs + row * width + c;
    store(to, load(to) + v);
  }

  INLINE void flush() {
    typedef double anywhere __attribute__((vector_size(sizeof(vec)), aligned(8), may_alias));
    for (int64_t i = 0; i < N * width; i += W) {
      auto to = reinterpret_cast<anywhere*>(sums + i);
      vec run = load(runs + i);
      to[0] += low(run);
      to[1] += high(run);
      store(runs + i, vec{});
    }
  }

  // The sums of row k, one for each channel.
  INLINE const double* of(const Rows& r, int k) {
    double* row = sums + k * width;
    for (int at = r.channels; at < r.width; at += r.channels)
      for (int c = 0; c < r.channels; c++) row[c] += row[at + c];
    return row;
  }
};

// Means and 1 / sqrt(variance + epsilon) of a unit's channels; `statistics` are (2, sets).
static INLINE void inverses(const Rows& r, const float* statistics, int64_t sets, double epsilon,
    int64_t unit, float* mean, double* inverse) {
  int64_t first = unit * (r.channels / r.perSet);
  const float* means = statistics + first;
  const float* variances = statistics + sets + first;
  if (r.perSet == 1) {
    for (int c = 0; c < r.channels; c++) mean[c] = means[c];
    for (int c = 0; c < r.channels; c++) inverse[c] = 1 / __builtin_sqrt(variances[c] + epsilon);
    return;
  }
  for (int c = 0; c < r.channels; means++, variances++) {
    double root = 1 / __builtin_sqrt(*variances + epsilon);
    for (int i = 0; i < r.perSet; i++, c++) {
      mean[c] = *means;
      inverse[c] = root;
    }
  }
}
