// normalize.cu - batch, group and layer norm: statistics and application. What they mean:
// graph/op/Moments.java, Normalize.java, NormalizeRelu.java. Launched by:
// backend/cuda/NormalizeCuda.java.
//
// Sums are taken in float around a value near the mean, and joined in double in an order that
// follows from the shape. Statistics, gamma, beta and their gradients are float whatever x is.
#include "normalize.cuh"

// ---- moments ------------------------------------------------------------------------------------

struct MomentsParams {
  const void* x;
  float* statistics;  // (2, sets)
  float* partial;     // (units, slabs, 3, c): a shift, sum and sum of squares around it
  Sets over;
  Columns walk;
  int packed;
};

// The oracle: a thread for a set, two passes, in double.
template <class T>
DEVICE void momentsSimple(const MomentsParams& p) {
  i64 count = static_cast<i64>(p.over.count);
  for (i64 set = globalThread(); set < p.over.sets; set += gridThreads()) {
    double mean = 0, square = 0;
    for (i64 k = 0; k < count; k++) mean += load<T>(p.x, elementOf(p.over, set, k));
    mean /= p.over.count;
    for (i64 k = 0; k < count; k++) {
      double d = load<T>(p.x, elementOf(p.over, set, k)) - mean;
      square += d * d;
    }
    p.statistics[set] = static_cast<float>(mean);
    p.statistics[p.over.sets + set] = static_cast<float>(square / p.over.count);
  }
}
KERNEL(256) moments_simple_f32(MomentsParams p) { momentsSimple<float>(p); }
EXPORT(moments_simple_f32)
KERNEL(256) moments_simple_bf16(MomentsParams p) { momentsSimple<bf16>(p); }
EXPORT(moments_simple_bf16)

// First stage over rows. The shift is the slab's first row: within a few deviations of the mean, so
// that the square of what is left of the mean takes no digits from the variance.
template <class T, int V>
DEVICE void momentsColumns(const MomentsParams& p) {
  Walk<V> walk(p.walk);
  const T* x = static_cast<const T*>(p.x) + walk.c;
  float shift[V] = {}, sum[V] = {}, square[V] = {};
  bool idle = walk.idle();
  if (!idle) loadN(x + (walk.row - walk.line) * p.walk.c, shift);
#pragma unroll 4
  for (i64 row = walk.row; row < walk.end; row += walk.lines) {
    float v[V];
    loadN(x + row * p.walk.c, v);
    for (int i = 0; i < V; i++) {
      float d = v[i] - shift[i];
      sum[i] += d;
      square[i] = fmaf(d, d, square[i]);
    }
  }
  sumLines(walk, p.walk.lanes, sum);
  sumLines(walk, p.walk.lanes, square);
  if (walk.line > 0 || idle) return;
  i64 slab = blockIdx.z * static_cast<i64>(gridDim.y) + blockIdx.y;
  float* partial = p.partial + slab * 3 * p.walk.c + walk.c;
  storeN(partial, shift);
  storeN(partial + p.walk.c, sum);
  storeN(partial + 2 * p.walk.c, square);
}
KERNEL(256) moments_columns_f32(MomentsParams p) { momentsColumns<float, 4>(p); }
EXPORT(moments_columns_f32)
KERNEL(256) moments_columns_bf16(MomentsParams p) { momentsColumns<bf16, 8>(p); }
EXPORT(moments_columns_bf16)
KERNEL(256) moments_columns_any_f32(MomentsParams p) { momentsColumns<float, 1>(p); }
EXPORT(moments_columns_any_f32)
KERNEL(256) moments_columns_any_bf16(MomentsParams p) { momentsColumns<bf16, 1>(p); }
EXPORT(moments_columns_any_bf16)

struct MomentsFinishParams {
  const float* partial;
  float* statistics;
  Sets over;
  i64 perSlab;
  int slabs;
};

// Adds a slab of a channel to the set's sums around `shift`.
DEVICE void addSlab(const MomentsFinishParams& p, const float* unit, i64 slab, int channel,
                    double shift, double (&sums)[2]) {
  const float* at = unit + slab * 3 * p.over.c + channel;
  double n = static_cast<double>(min(p.perSlab, p.over.rows - slab * p.perSlab));
  double step = at[0] - shift, sum = at[p.over.c], square = at[2 * p.over.c];
  sums[0] += sum + n * step;
  sums[1] += square + step * (2 * sum + n * step);
}
DEVICE void storeMoments(float* statistics, i64 sets, i64 set, double shift, double count,
                         const double (&sums)[2]) {
  double off = sums[0] / count;
  double variance = sums[1] / count - off * off;
  statistics[set] = static_cast<float>(shift + off);
  statistics[sets + set] = static_cast<float>(variance < 0 ? 0 : variance);  // a NaN stays one
}

// Sets of one channel: 32 of them a block.
KERNEL(256) moments_finish_columns(MomentsFinishParams p) {
  i64 set = blockIdx.x * 32ll + threadIdx.x % 32;
  bool on = set < p.over.sets;
  const float* unit = p.partial + set / p.over.groups * p.slabs * 3 * p.over.c;
  int channel = static_cast<int>(set % p.over.groups);
  double shift = on ? unit[channel] : 0, sums[2];
  foldColumns(on, p.slabs, sums,
              [&](i64 slab, double(&s)[2]) { addSlab(p, unit, slab, channel, shift, s); });
  if (on && threadIdx.x < 32)
    storeMoments(p.statistics, p.over.sets, set, shift, p.over.count, sums);
}
EXPORT(moments_finish_columns)

// Sets of several channels: a block each.
KERNEL(256) moments_finish_sets(MomentsFinishParams p) {
  i64 set = blockIdx.x;
  const float* unit = p.partial + set / p.over.groups * p.slabs * 3 * p.over.c;
  int channel = static_cast<int>(set % p.over.groups) * p.over.run;
  double shift = unit[channel], sums[2];
  foldBlock(static_cast<i64>(p.slabs) * p.over.run, sums, [&](i64 i, double(&s)[2]) {
    addSlab(p, unit, i / p.over.run, channel + static_cast<int>(i % p.over.run), shift, s);
  });
  if (threadIdx.x == 0) storeMoments(p.statistics, p.over.sets, set, shift, p.over.count, sums);
}
EXPORT(moments_finish_sets)

// Elements of a row that belong to one lane of a warp, in packs where the row allows.
template <class T, class Each>
DEVICE void eachOfRow(const T* x, int c, int packed, Each each) {
  constexpr int V = Pack<T>::N;
  int lane = threadIdx.x % 32;
  if (packed) {
    for (int i = lane * V; i < c; i += 32 * V) {
      float v[V];
      loadN(x + i, v);
      for (int j = 0; j < V; j++) each(v[j]);
    }
  } else {
    for (int i = lane; i < c; i += 32) each(toFloat(x[i]));
  }
}

// A warp for a pixel's channels: two passes, the second from cache, with what rounding left of the
// mean taken out again.
template <class T>
DEVICE void momentsRows(const MomentsParams& p) {
  for (i64 row = globalThread() / 32; row < p.over.sets; row += gridThreads() / 32) {
    const T* x = static_cast<const T*>(p.x) + row * p.over.c;
    float sum = 0, off = 0, square = 0;
    eachOfRow(x, p.over.c, p.packed, [&](float v) { sum += v; });
    float mean = warpSum(sum) * p.over.share;
    eachOfRow(x, p.over.c, p.packed, [&](float v) {
      float d = v - mean;
      off += d;
      square = fmaf(d, d, square);
    });
    off = warpSum(off) * p.over.share;
    square = warpSum(square) * p.over.share;
    if (threadIdx.x % 32 == 0) {
      p.statistics[row] = mean + off;
      float variance = square - off * off;
      p.statistics[p.over.sets + row] = variance < 0 ? 0.0f : variance;
    }
  }
}
KERNEL(256) moments_rows_f32(MomentsParams p) { momentsRows<float>(p); }
EXPORT(moments_rows_f32)
KERNEL(256) moments_rows_bf16(MomentsParams p) { momentsRows<bf16>(p); }
EXPORT(moments_rows_bf16)

// From a convolution's epilogue: (tiles, 2, c) sums and sums of squares around 0. A tile's sums are
// float, so the variance has lost (mean / deviation)^2 of float's precision times the roundings of
// one tile: harmless while a mean is below some 30 deviations, as it is behind a convolution; what
// may lie further out must use moments_columns.
struct MomentsFromSumsParams {
  const float* partial;
  float* statistics;  // (2, c)
  double count;       // elements of a channel
  i64 tiles;
  int c;
};
KERNEL(256) moments_from_sums(MomentsFromSumsParams p) {
  int c = static_cast<int>(blockIdx.x * 32 + threadIdx.x % 32);
  bool on = c < p.c;
  double sums[2];
  foldColumns(on, p.tiles, sums, [&](i64 tile, double(&s)[2]) {
    s[0] += p.partial[2 * tile * p.c + c];
    s[1] += p.partial[(2 * tile + 1) * p.c + c];
  });
  if (on && threadIdx.x < 32) storeMoments(p.statistics, p.c, c, 0, p.count, sums);
}
EXPORT(moments_from_sums)

// ---- application --------------------------------------------------------------------------------

struct NormalizeParams {
  const void* x;
  const float *statistics, *gamma, *beta;
  const void* residual;  // may be null
  void* y;
  Sets over;
  Columns walk;
  float epsilon;
  int relu;
};

template <class T>
DEVICE void normalizeSimple(const NormalizeParams& p) {
  i64 total = p.walk.rows * p.walk.c;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int c = static_cast<int>(i % p.over.c);
    i64 set = setOf(p.over, i / p.over.c, c);
    float r = inverse(p.statistics[p.over.sets + set], p.epsilon);
    float y = apply(load<T>(p.x, i), p.statistics[set], p.gamma[c] * r, p.beta[c]);
    if (p.residual) y += load<T>(p.residual, i);
    store<T>(p.y, i, p.relu ? relu(y) : y);
  }
}
KERNEL(256) normalize_simple_f32(NormalizeParams p) { normalizeSimple<float>(p); }
EXPORT(normalize_simple_f32)
KERNEL(256) normalize_simple_bf16(NormalizeParams p) { normalizeSimple<bf16>(p); }
EXPORT(normalize_simple_bf16)

// BATCH and GROUPS (a pixel's sets differ by channel, and stay with the thread), or CHANNELS
// (PIXELS: a set for each row).
template <class T, int V, bool PIXELS>
DEVICE void normalizeColumns(const NormalizeParams& p) {
  Walk<V> walk(p.walk);
  if (walk.idle()) return;
  float mean[V], scale[V], beta[V];
  loadN(p.gamma + walk.c, scale);
  loadN(p.beta + walk.c, beta);
  if (!PIXELS) {
    float r[V];
    loadStatistics(p.over, p.statistics, walk.c, p.epsilon, mean, r);
    for (int i = 0; i < V; i++) scale[i] *= r[i];
  }
  auto load = [&](i64, i64 at, float(&v)[2 * V]) {
    float x[V], residual[V] = {};
    loadN(static_cast<const T*>(p.x) + at, x);
    if (p.residual) loadN(static_cast<const T*>(p.residual) + at, residual);
    for (int i = 0; i < V; i++) {
      v[i] = x[i];
      v[V + i] = residual[i];
    }
  };
  auto use = [&](i64 row, i64 at, float(&v)[2 * V]) {
    float y[V], m = 0, r = 0;
    if (PIXELS) {
      m = p.statistics[row];
      r = inverse(p.statistics[p.over.sets + row], p.epsilon);
    }
    for (int i = 0; i < V; i++) {
      y[i] = PIXELS ? apply(v[i], m, scale[i] * r, beta[i])
                    : apply(v[i], mean[i], scale[i], beta[i]);
      y[i] += v[V + i];
      if (p.relu) y[i] = relu(y[i]);
    }
    storeN(static_cast<T*>(p.y) + at, y);
  };
  sweep<2 * V>(walk, p.walk, load, use);
}
KERNEL(256) normalize_columns_f32(NormalizeParams p) { normalizeColumns<float, 4, false>(p); }
EXPORT(normalize_columns_f32)
KERNEL(256) normalize_columns_bf16(NormalizeParams p) { normalizeColumns<bf16, 8, false>(p); }
EXPORT(normalize_columns_bf16)
KERNEL(256) normalize_columns_any_f32(NormalizeParams p) { normalizeColumns<float, 1, false>(p); }
EXPORT(normalize_columns_any_f32)
KERNEL(256) normalize_columns_any_bf16(NormalizeParams p) { normalizeColumns<bf16, 1, false>(p); }
EXPORT(normalize_columns_any_bf16)
KERNEL(256) normalize_pixels_f32(NormalizeParams p) { normalizeColumns<float, 4, true>(p); }
EXPORT(normalize_pixels_f32)
KERNEL(256) normalize_pixels_bf16(NormalizeParams p) { normalizeColumns<bf16, 8, true>(p); }
EXPORT(normalize_pixels_bf16)
KERNEL(256) normalize_pixels_any_f32(NormalizeParams p) { normalizeColumns<float, 1, true>(p); }
EXPORT(normalize_pixels_any_f32)
KERNEL(256) normalize_pixels_any_bf16(NormalizeParams p) { normalizeColumns<bf16, 1, true>(p); }
EXPORT(normalize_pixels_any_bf16)
