// normalize_grad.cu - the gradients of batch, group and layer norm. What they mean:
// graph/op/ChannelGradSums.java, NormalizeGrad.java. Launched by:
// backend/cuda/NormalizeGradCuda.java.
#include "normalize.cuh"

// The gradient in front of a ReLU, whose sign is computed again rather than read.
DEVICE float before(float dy, float x, float mean, float scale, float beta) {
  return apply(x, mean, scale, beta) > 0 ? dy : 0.0f;
}

// ---- gradients: sums for each channel -----------------------------------------------------------

struct ChannelSumsParams {
  const void* x;
  const float* statistics;
  const float *gamma, *beta;  // of the fused ReLU; null without one
  const void* dy;
  float* sums;     // (2, c): of dy, of dy * (x - mean) * r
  float* partial;  // (units, slabs, 2, c)
  Sets over;
  Columns walk;
  float epsilon;
};

// The oracle: a thread for a channel, in double.
template <class T>
DEVICE void channelSumsSimple(const ChannelSumsParams& p) {
  for (i64 c = globalThread(); c < p.walk.c; c += gridThreads()) {
    double plain = 0, weighted = 0;
    for (i64 pixel = 0; pixel < p.walk.rows;) {
      i64 set = setOf(p.over, pixel, static_cast<int>(c));
      float mean = p.statistics[set], r = inverse(p.statistics[p.over.sets + set], p.epsilon);
      for (i64 end = pixel + p.over.rows; pixel < end; pixel++) {
        i64 i = pixel * p.walk.c + c;
        float x = load<T>(p.x, i), dy = load<T>(p.dy, i);
        if (p.gamma) dy = before(dy, x, mean, p.gamma[c] * r, p.beta[c]);
        plain += dy;
        weighted += dy * ((x - mean) * r);
      }
    }
    p.sums[c] = static_cast<float>(plain);
    p.sums[p.walk.c + c] = static_cast<float>(weighted);
  }
}
KERNEL(256) channel_sums_simple_f32(ChannelSumsParams p) { channelSumsSimple<float>(p); }
EXPORT(channel_sums_simple_f32)
KERNEL(256) channel_sums_simple_bf16(ChannelSumsParams p) { channelSumsSimple<bf16>(p); }
EXPORT(channel_sums_simple_bf16)

// First stage; reduce_finish_columns is the second.
template <class T, int V, bool PIXELS, bool RELU>
DEVICE void channelSums(const ChannelSumsParams& p) {
  Walk<V> walk(p.walk);
  float mean[V] = {}, r[V] = {}, scale[V] = {}, beta[V] = {}, plain[V] = {}, weighted[V] = {};
  bool idle = walk.idle();
  if (!idle && !PIXELS) loadStatistics(p.over, p.statistics, walk.c, p.epsilon, mean, r);
  if (!idle && RELU) {
    loadN(p.gamma + walk.c, scale);
    loadN(p.beta + walk.c, beta);
    for (int i = 0; i < V; i++) scale[i] *= r[i];
  }
#pragma unroll 2
  for (i64 row = walk.row; row < walk.end; row += walk.lines) {
    float x[V], dy[V], m = 0, inv = 0;
    loadN(static_cast<const T*>(p.x) + row * p.walk.c + walk.c, x);
    loadN(static_cast<const T*>(p.dy) + row * p.walk.c + walk.c, dy);
    if (PIXELS) {
      m = p.statistics[row];
      inv = inverse(p.statistics[p.over.sets + row], p.epsilon);
    }
    for (int i = 0; i < V; i++) {
      if (RELU) dy[i] = before(dy[i], x[i], mean[i], scale[i], beta[i]);
      plain[i] += dy[i];
      float h = PIXELS ? (x[i] - m) * inv : (x[i] - mean[i]) * r[i];
      weighted[i] = fmaf(dy[i], h, weighted[i]);
    }
  }
  sumLines(walk, p.walk.lanes, plain);
  sumLines(walk, p.walk.lanes, weighted);
  if (walk.line > 0 || idle) return;
  i64 slab = blockIdx.z * static_cast<i64>(gridDim.y) + blockIdx.y;
  float* partial = p.partial + slab * 2 * p.walk.c + walk.c;
  storeN(partial, plain);
  storeN(partial + p.walk.c, weighted);
}
KERNEL_BLOCKS(256, 3) channel_sums_columns_f32(ChannelSumsParams p) {
  channelSums<float, 4, false, false>(p);
}
EXPORT(channel_sums_columns_f32)
KERNEL_BLOCKS(256, 3) channel_sums_columns_bf16(ChannelSumsParams p) {
  channelSums<bf16, 8, false, false>(p);
}
EXPORT(channel_sums_columns_bf16)
KERNEL_BLOCKS(256, 3) channel_sums_columns_any_f32(ChannelSumsParams p) {
  channelSums<float, 1, false, false>(p);
}
EXPORT(channel_sums_columns_any_f32)
KERNEL_BLOCKS(256, 3) channel_sums_columns_any_bf16(ChannelSumsParams p) {
  channelSums<bf16, 1, false, false>(p);
}
EXPORT(channel_sums_columns_any_bf16)
KERNEL(256) channel_sums_pixels_f32(ChannelSumsParams p) { channelSums<float, 4, true, false>(p); }
EXPORT(channel_sums_pixels_f32)
KERNEL(256) channel_sums_pixels_bf16(ChannelSumsParams p) { channelSums<bf16, 8, true, false>(p); }
EXPORT(channel_sums_pixels_bf16)
KERNEL(256) channel_sums_pixels_any_f32(ChannelSumsParams p) {
  channelSums<float, 1, true, false>(p);
}
EXPORT(channel_sums_pixels_any_f32)
KERNEL(256) channel_sums_pixels_any_bf16(ChannelSumsParams p) {
  channelSums<bf16, 1, true, false>(p);
}
EXPORT(channel_sums_pixels_any_bf16)
KERNEL(256) channel_sums_relu_f32(ChannelSumsParams p) { channelSums<float, 4, false, true>(p); }
EXPORT(channel_sums_relu_f32)
KERNEL(256) channel_sums_relu_bf16(ChannelSumsParams p) { channelSums<bf16, 8, false, true>(p); }
EXPORT(channel_sums_relu_bf16)
KERNEL(256) channel_sums_relu_any_f32(ChannelSumsParams p) {
  channelSums<float, 1, false, true>(p);
}
EXPORT(channel_sums_relu_any_f32)
KERNEL(256) channel_sums_relu_any_bf16(ChannelSumsParams p) {
  channelSums<bf16, 1, false, true>(p);
}
EXPORT(channel_sums_relu_any_bf16)

// ---- gradients: dx ------------------------------------------------------------------------------

struct NormalizeGradParams {
  const void* x;
  const float *statistics, *gamma;
  const float* beta;   // of the fused ReLU; null without one
  const float* sums;   // (2, c), of ChannelGradSums: BATCH
  const float* means;  // (2, sets), of g and g h: the others
  const void* dy;
  void* dx;
  Sets over;
  Columns walk;
  float epsilon;
  int live;
};

// Means of g = gamma dy and g h over a set, a thread each, in double.
struct SetMeansParams {
  const void* x;
  const float *statistics, *gamma;
  const void* dy;
  float* means;
  Sets over;
  float epsilon;
};
template <class T>
DEVICE void setMeansSimple(const SetMeansParams& p) {
  i64 count = static_cast<i64>(p.over.count);
  for (i64 set = globalThread(); set < p.over.sets; set += gridThreads()) {
    float mean = p.statistics[set], r = inverse(p.statistics[p.over.sets + set], p.epsilon);
    double plain = 0, weighted = 0;
    for (i64 k = 0; k < count; k++) {
      i64 i = elementOf(p.over, set, k);
      double g = p.gamma[i % p.over.c] * load<T>(p.dy, i);
      plain += g;
      weighted += g * ((load<T>(p.x, i) - mean) * r);
    }
    p.means[set] = static_cast<float>(plain / p.over.count);
    p.means[p.over.sets + set] = static_cast<float>(weighted / p.over.count);
  }
}
KERNEL(256) set_means_simple_f32(SetMeansParams p) { setMeansSimple<float>(p); }
EXPORT(set_means_simple_f32)
KERNEL(256) set_means_simple_bf16(SetMeansParams p) { setMeansSimple<bf16>(p); }
EXPORT(set_means_simple_bf16)

// The same from the partial sums of channel_sums_columns, whose units are the samples: a block for
// a set.
struct SetMeansFinishParams {
  const float* partial;  // (units, slabs, 2, c)
  const float* gamma;
  float* means;
  Sets over;
  int slabs;
};
KERNEL(256) set_means_finish(SetMeansFinishParams p) {
  i64 set = blockIdx.x;
  const float* unit = p.partial + set / p.over.groups * p.slabs * 2 * p.over.c;
  int first = static_cast<int>(set % p.over.groups) * p.over.run;
  double sums[2];
  foldBlock(static_cast<i64>(p.slabs) * p.over.run, sums, [&](i64 i, double(&s)[2]) {
    int c = first + static_cast<int>(i % p.over.run);
    const float* at = unit + i / p.over.run * 2 * p.over.c + c;
    s[0] += static_cast<double>(p.gamma[c]) * at[0];
    s[1] += static_cast<double>(p.gamma[c]) * at[p.over.c];
  });
  if (threadIdx.x > 0) return;
  p.means[set] = static_cast<float>(sums[0] / p.over.count);
  p.means[p.over.sets + set] = static_cast<float>(sums[1] / p.over.count);
}
EXPORT(set_means_finish)

// dx = scale * dy - flat - (x - mean) * slope: the constants of channel c in a set.
struct GradConstants {
  float mean, scale, flat, slope;
};
DEVICE GradConstants gradConstants(const NormalizeGradParams& p, i64 set, int c) {
  float r = inverse(p.statistics[p.over.sets + set], p.epsilon);
  GradConstants k = {p.statistics[set], p.gamma[c] * r, 0, 0};
  if (!p.live) return k;
  if (p.means) {
    k.flat = r * p.means[set];
    k.slope = r * r * p.means[p.over.sets + set];
  } else {
    k.flat = k.scale * (p.sums[c] * p.over.share);
    k.slope = k.scale * r * (p.sums[p.over.c + c] * p.over.share);
  }
  return k;
}

template <class T>
DEVICE void normalizeGradSimple(const NormalizeGradParams& p) {
  i64 total = p.walk.rows * p.walk.c;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int c = static_cast<int>(i % p.over.c);
    GradConstants k = gradConstants(p, setOf(p.over, i / p.over.c, c), c);
    float x = load<T>(p.x, i), dy = load<T>(p.dy, i);
    if (p.beta) dy = before(dy, x, k.mean, k.scale, p.beta[c]);
    float dx = k.scale * dy;
    if (p.live) dx -= fmaf(x - k.mean, k.slope, k.flat);
    store<T>(p.dx, i, dx);
  }
}
KERNEL(256) normalize_grad_simple_f32(NormalizeGradParams p) { normalizeGradSimple<float>(p); }
EXPORT(normalize_grad_simple_f32)
KERNEL(256) normalize_grad_simple_bf16(NormalizeGradParams p) { normalizeGradSimple<bf16>(p); }
EXPORT(normalize_grad_simple_bf16)

// BATCH and GROUPS; dx may be x or dy.
template <class T, int V, bool RELU>
DEVICE void normalizeGradColumns(const NormalizeGradParams& p) {
  Walk<V> walk(p.walk);
  if (walk.idle()) return;
  float mean[V], scale[V], flat[V], slope[V], beta[V];
  for (int i = 0; i < V; i++) {
    GradConstants k = gradConstants(p, setInBlock(p.over, walk.c + i), walk.c + i);
    mean[i] = k.mean;
    scale[i] = k.scale;
    flat[i] = k.flat;
    slope[i] = k.slope;
  }
  if (RELU) loadN(p.beta + walk.c, beta);
  auto load = [&](i64, i64 at, float(&v)[2 * V]) {
    float x[V] = {}, dy[V];
    if (RELU || p.live) loadN(static_cast<const T*>(p.x) + at, x);
    loadN(static_cast<const T*>(p.dy) + at, dy);
    for (int i = 0; i < V; i++) {
      v[i] = x[i];
      v[V + i] = dy[i];
    }
  };
  auto use = [&](i64, i64 at, float(&v)[2 * V]) {
    float dx[V];
    for (int i = 0; i < V; i++) {
      float dy = v[V + i];
      if (RELU) dy = before(dy, v[i], mean[i], scale[i], beta[i]);
      dx[i] = fmaf(scale[i], dy, -fmaf(v[i] - mean[i], slope[i], flat[i]));
    }
    storeN(static_cast<T*>(p.dx) + at, dx);
  };
  sweep<2 * V>(walk, p.walk, load, use);
}
KERNEL(256) normalize_grad_columns_f32(NormalizeGradParams p) {
  normalizeGradColumns<float, 4, false>(p);
}
EXPORT(normalize_grad_columns_f32)
KERNEL(256) normalize_grad_columns_bf16(NormalizeGradParams p) {
  normalizeGradColumns<bf16, 8, false>(p);
}
EXPORT(normalize_grad_columns_bf16)
KERNEL(256) normalize_grad_columns_any_f32(NormalizeGradParams p) {
  normalizeGradColumns<float, 1, false>(p);
}
EXPORT(normalize_grad_columns_any_f32)
KERNEL(256) normalize_grad_columns_any_bf16(NormalizeGradParams p) {
  normalizeGradColumns<bf16, 1, false>(p);
}
EXPORT(normalize_grad_columns_any_bf16)
KERNEL(256) normalize_grad_relu_f32(NormalizeGradParams p) {
  normalizeGradColumns<float, 4, true>(p);
}
EXPORT(normalize_grad_relu_f32)
KERNEL(256) normalize_grad_relu_bf16(NormalizeGradParams p) {
  normalizeGradColumns<bf16, 8, true>(p);
}
EXPORT(normalize_grad_relu_bf16)
KERNEL(256) normalize_grad_relu_any_f32(NormalizeGradParams p) {
  normalizeGradColumns<float, 1, true>(p);
}
EXPORT(normalize_grad_relu_any_f32)
KERNEL(256) normalize_grad_relu_any_bf16(NormalizeGradParams p) {
  normalizeGradColumns<bf16, 1, true>(p);
}
EXPORT(normalize_grad_relu_any_bf16)

// CHANNELS, live: a warp for a pixel takes its two means and then, from cache, applies them.
template <class T, int V>
DEVICE void normalizeGradPixels(const NormalizeGradParams& p) {
  int lane = threadIdx.x % 32;
  for (i64 row = globalThread() / 32; row < p.over.sets; row += gridThreads() / 32) {
    float mean = p.statistics[row], r = inverse(p.statistics[p.over.sets + row], p.epsilon);
    i64 first = row * p.over.c;
    float plain = 0, weighted = 0;
    for (int c = lane * V; c < p.over.c; c += 32 * V) {
      float x[V], dy[V], gamma[V];
      loadN(static_cast<const T*>(p.x) + first + c, x);
      loadN(static_cast<const T*>(p.dy) + first + c, dy);
      loadN(p.gamma + c, gamma);
      for (int i = 0; i < V; i++) {
        float g = gamma[i] * dy[i];
        plain += g;
        weighted = fmaf(g, (x[i] - mean) * r, weighted);
      }
    }
    plain = warpSum(plain) * p.over.share;
    weighted = warpSum(weighted) * p.over.share;
    for (int c = lane * V; c < p.over.c; c += 32 * V) {
      float x[V], dy[V], gamma[V];
      loadN(static_cast<const T*>(p.x) + first + c, x);
      loadN(static_cast<const T*>(p.dy) + first + c, dy);
      loadN(p.gamma + c, gamma);
      for (int i = 0; i < V; i++)
        x[i] = r * (fmaf(gamma[i], dy[i], -plain) - (x[i] - mean) * r * weighted);
      storeN(static_cast<T*>(p.dx) + first + c, x);
    }
  }
}
KERNEL(256) normalize_grad_pixels_f32(NormalizeGradParams p) { normalizeGradPixels<float, 4>(p); }
EXPORT(normalize_grad_pixels_f32)
KERNEL(256) normalize_grad_pixels_bf16(NormalizeGradParams p) { normalizeGradPixels<bf16, 8>(p); }
EXPORT(normalize_grad_pixels_bf16)
KERNEL(256) normalize_grad_pixels_any_f32(NormalizeGradParams p) {
  normalizeGradPixels<float, 1>(p);
}
EXPORT(normalize_grad_pixels_any_f32)
KERNEL(256) normalize_grad_pixels_any_bf16(NormalizeGradParams p) {
  normalizeGradPixels<bf16, 1>(p);
}
EXPORT(normalize_grad_pixels_any_bf16)
