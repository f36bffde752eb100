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

static INLINE int64_t rowsOfChunk(int width) { return max(8, 8192 / width); }

// Runs k.run<B, true>(at, rows, column, W) on blocks of B registers side by side, whose numbers stay
// in registers over a chunk of rows that the first caches hold; and k.run<1, false> with n <= W on
// what is left of the last row.
template <int B, class K>
static INLINE void sweep(const Rows& r, int64_t from, int64_t to, K& k) {
  int64_t rows = (to - from) / r.width;
  int64_t chunk = rowsOfChunk(r.width);
  for (int64_t row = 0; row < rows; row += chunk) {
    int64_t n = min(chunk, rows - row);
    int64_t at = from + row * r.width;
    int c = 0;
    for (; c + B * W <= r.width; c += B * W) k.template run<B, true>(at + c, n, c, W);
    if (B > 2 && c + 2 * W <= r.width) {
      k.template run<2, true>(at + c, n, c, W);
      c += 2 * W;
    }
    for (; c < r.width; c += W) k.template run<1, true>(at + c, n, c, W);
  }
  int c = 0;
  for (int64_t at = from + rows * r.width; at < to; at += W, c += W)
    k.template run<1, false>(at, 1, c, static_cast<int>(min(W, to - at)));
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

// The sums of a row, one for each channel.
static INLINE void fold(const Rows& r, double* row) {
  for (int at = r.channels; at < r.width; at += r.channels)
    for (int c = 0; c < r.channels; c++) row[c] += row[at + c];
}

// Adds a register to a row of sums in double.
static INLINE void addTo(double* sums, vec v) {
  typedef double anywhere __attribute__((vector_size(sizeof(vec)), aligned(8), may_alias));
  auto to = reinterpret_cast<anywhere*>(sums);
  to[0] += low(v);
  to[1] += high(v);
}

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
