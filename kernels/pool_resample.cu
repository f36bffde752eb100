// pool_resample.cu - a max-pool of stride 1, a border, a low-pass: one pass, in which the pooled map
// is made where it is read. Launched by: backend/cuda/PoolResampleCuda.java.
#include "resample.cuh"

struct PoolResampleParams {
  ResampleParams blur;  // x is what is pooled; h and w are the extents of the pooled map
  int xh, xw;           // the extents of x
  int kernelH, kernelW, padH, padW;
};

// The pooled map, one pixel at a time. A window always meets the map.
template <class T, int V>
struct PooledPixels {
  using Params = PoolResampleParams;
  const PoolResampleParams& p;
  const T* first;

  DEVICE PooledPixels(const PoolResampleParams& p, int channel)
      : p(p), first(static_cast<const T*>(p.blur.x) + channel) {}
  DEVICE void at(i64 image, int iy, int ix, float (&best)[V]) const {
    const T* x = first + image * p.xh * p.xw * p.blur.c;
#pragma unroll
    for (int e = 0; e < V; e++) best[e] = -__uint_as_float(0x7f800000u);
    for (int a = 0; a < p.kernelH; a++) {
      int y = iy - p.padH + a;
      if (y < 0 || y >= p.xh) continue;
      for (int b = 0; b < p.kernelW; b++) {
        int z = ix - p.padW + b;
        if (z < 0 || z >= p.xw) continue;
        float v[V];
        loadSome(x + (static_cast<i64>(y) * p.xw + z) * p.blur.c, v);
#pragma unroll
        for (int e = 0; e < V; e++) best[e] = maxOrNan(best[e], v[e]);
      }
    }
  }
};

template <class T, int V>
DEVICE void poolAny(const PoolResampleParams& p) {
  resampleAny<T, V, PooledPixels<T, V>>(p.blur, p);
}

KERNEL_BLOCKS(256, 1) pool_resample_f32(PoolResampleParams p) { poolAny<float, 1>(p); }
EXPORT(pool_resample_f32)
KERNEL_BLOCKS(256, 1) pool_resample_bf16(PoolResampleParams p) { poolAny<bf16, 1>(p); }
EXPORT(pool_resample_bf16)
KERNEL_BLOCKS(256, 1) pool_resample_pack_f32(PoolResampleParams p) { poolAny<float, 4>(p); }
EXPORT(pool_resample_pack_f32)
KERNEL_BLOCKS(256, 1) pool_resample_pack_bf16(PoolResampleParams p) { poolAny<bf16, 8>(p); }
EXPORT(pool_resample_pack_bf16)

// ---- for the low-pass that walks down: windows of K x K -------------------------------------------------

constexpr int POOL_STRIP = 2;  // outputs side by side that one thread makes

// Columns of a row of the pooled map. Where they lie side by side in x, the maxima of K rows are
// taken once for each column of x and shared by the windows that it is in; at a border, where
// columns jump, each window is read on its own.
template <class T, int K, int COLS>
struct PooledColumns {
  using Params = PoolResampleParams;
  // Less at once than elsewhere: each row is K rows of x, and registers are dear.
  static constexpr int OUT = POOL_STRIP, TOGETHER_ROWS = 1;
  static constexpr int N = Pack<T>::N;
  const T* image;
  int first;         // column of the pooled map, counted from sample 0
  int top;           // the first row of x under the window, which may lie outside
  bool sideBySide;   // whether all windows lie so, inside x
  float last[K - 1][N];  // maxima of the columns of x before the next

  DEVICE PooledColumns(const PoolResampleParams& p, int n, int channel, int first) {
    image = static_cast<const T*>(p.blur.x) + static_cast<i64>(n) * p.xh * p.xw * p.blur.c + channel;
    this->first = first;
    top = 0;
    sideBySide = first - p.padW >= 0 && first + COLS - 1 < p.blur.w &&
                 first - p.padW + COLS - 1 + K <= p.xw;
  }
  DEVICE bool together() const { return sideBySide; }
  DEVICE bool row(const PoolResampleParams& p, int i) {
    int iy = sampleAt(p.blur.rows, p.blur.mode, i, p.blur.h);
    top = iy - p.padH;
    return iy >= 0;
  }
  // The maximum of K rows of one column of x.
  DEVICE void tall(const PoolResampleParams& p, int ix, float (&best)[N]) const {
#pragma unroll
    for (int e = 0; e < N; e++) best[e] = -__uint_as_float(0x7f800000u);
#pragma unroll
    for (int a = 0; a < K; a++) {
      if (top + a < 0 || top + a >= p.xh) continue;
      float v[N];
      loadPack(image + (static_cast<i64>(top + a) * p.xw + ix) * p.blur.c, v);
#pragma unroll
      for (int e = 0; e < N; e++) best[e] = maxOrNan(best[e], v[e]);
    }
  }
  DEVICE void column(const PoolResampleParams& p, int j, float (&v)[N]) {
    if (j == 0) {
#pragma unroll
      for (int b = 0; b < K - 1; b++) tall(p, first - p.padW + b, last[b]);
    }
    float next[N];
    tall(p, first - p.padW + j + K - 1, next);
#pragma unroll
    for (int e = 0; e < N; e++) {
      v[e] = next[e];
#pragma unroll
      for (int b = K - 2; b >= 0; b--) v[e] = maxOrNan(last[b][e], v[e]);
#pragma unroll
      for (int b = 0; b < K - 2; b++) last[b][e] = last[b + 1][e];
      last[K - 2][e] = next[e];
    }
  }
  DEVICE void columnAlone(const PoolResampleParams& p, int j, float (&v)[N]) const {
    int col = sampleAt(p.blur.cols, p.blur.mode, first + j, p.blur.w);
#pragma unroll
    for (int e = 0; e < N; e++) v[e] = col < 0 ? 0 : -__uint_as_float(0x7f800000u);
    if (col < 0) return;
#pragma unroll 1
    for (int b = 0; b < K; b++) {
      int ix = col - p.padW + b;
      if (ix < 0 || ix >= p.xw) continue;
      float next[N];
      tall(p, ix, next);
#pragma unroll
      for (int e = 0; e < N; e++) v[e] = maxOrNan(v[e], next[e]);
    }
  }
};

template <class T, int K, int TAPS>
DEVICE void poolLowpass(const PoolResampleParams& p) {
  constexpr int COLS = (POOL_STRIP - 1) * 2 + TAPS;
  lowpass<T, TAPS, 2, PooledColumns<T, K, COLS>>(p.blur, p);
}

// pool_resample_K_TAPS_dtype, all at stride 2
#define POOL_LOWPASS(K, TAPS)                                               \
  KERNEL_BLOCKS(128, 1) pool_resample_##K##_##TAPS##_f32(PoolResampleParams p) {   \
    poolLowpass<float, K, TAPS>(p);                                         \
  }                                                                         \
  EXPORT(pool_resample_##K##_##TAPS##_f32)                                  \
  KERNEL_BLOCKS(128, 1) pool_resample_##K##_##TAPS##_bf16(PoolResampleParams p) {  \
    poolLowpass<bf16, K, TAPS>(p);                                          \
  }                                                                         \
  EXPORT(pool_resample_##K##_##TAPS##_bf16)

POOL_LOWPASS(2, 2)
POOL_LOWPASS(2, 3)
POOL_LOWPASS(2, 4)
POOL_LOWPASS(2, 5)
POOL_LOWPASS(2, 6)
POOL_LOWPASS(2, 7)
POOL_LOWPASS(3, 2)
POOL_LOWPASS(3, 3)
POOL_LOWPASS(3, 4)
POOL_LOWPASS(3, 5)
POOL_LOWPASS(3, 6)
POOL_LOWPASS(3, 7)
