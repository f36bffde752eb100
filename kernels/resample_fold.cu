// resample_fold.cu - the transpose of a low-pass with a border: Resample, then Fold, as one gather.
// Without a border it is the transposed low-pass itself. Launched by:
// backend/cuda/ResampleFoldCuda.java.
//
// A sample inside collects from every place it was shown at: its own, and its mirrors in the border.
// Here x is the cotangent (n, h, w, c) and y (n, ho, wo, c) the map inside; rows and cols are
// resamplers that write the padded map.
#include "resample.cuh"

// One thread, one output of V channels; any taps, factors and border.
template <class T, int V>
DEVICE void foldAny(const ResampleParams& p) {
  i64 total = static_cast<i64>(p.n) * p.ho * p.wo * (p.c / V);
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int pack, ox, oy;
    i64 image = split(split(split(i, p.c / V, pack), p.wo, ox), p.ho, oy);
    PlainPixels<T, V> pixels(p, pack * V);
    float sum[V] = {};
    eachImage(p.mode, p.rows.padBefore, p.rows.padAfter, p.ho, oy, [&](int qy) {
      int firstY = qy * p.rows.down - p.rows.before;
#pragma unroll 1
      for (int j = floorMod(-firstY, p.rows.up); j < p.rows.count; j += p.rows.up) {
        int iy = (firstY + j) / p.rows.up;
        if (iy < 0 || iy >= p.h) continue;
        float line[V] = {};
        eachImage(p.mode, p.cols.padBefore, p.cols.padAfter, p.wo, ox, [&](int qx) {
          int firstX = qx * p.cols.down - p.cols.before;
#pragma unroll 1
          for (int k = floorMod(-firstX, p.cols.up); k < p.cols.count; k += p.cols.up) {
            int ix = (firstX + k) / p.cols.up;
            if (ix < 0 || ix >= p.w) continue;
            float v[V];
            pixels.at(image, iy, ix, v);
#pragma unroll
            for (int e = 0; e < V; e++) line[e] = fmaf(p.cols.taps[k], v[e], line[e]);
          }
        });
#pragma unroll
        for (int e = 0; e < V; e++) sum[e] = fmaf(p.rows.taps[j], line[e], sum[e]);
      }
    });
    storeSome(static_cast<T*>(p.y) + i * V, sum);
  }
}

KERNEL_BLOCKS(256, 1) resample_fold_f32(ResampleParams p) { foldAny<float, 1>(p); }
EXPORT(resample_fold_f32)
KERNEL_BLOCKS(256, 1) resample_fold_bf16(ResampleParams p) { foldAny<bf16, 1>(p); }
EXPORT(resample_fold_bf16)
KERNEL_BLOCKS(256, 1) resample_fold_pack_f32(ResampleParams p) { foldAny<float, 4>(p); }
EXPORT(resample_fold_pack_f32)
KERNEL_BLOCKS(256, 1) resample_fold_pack_bf16(ResampleParams p) { foldAny<bf16, 8>(p); }
EXPORT(resample_fold_pack_bf16)

// ---- the transpose of a low-pass of TAPS x TAPS taps at stride UP --------------------------------------

// Outputs come in groups of UP: the first of a group meets taps 0, UP, 2 UP .. under the samples
// from `base` on, the next one taps UP - 1, 2 UP - 1 .. under the samples from base + 1 on; together
// they read REACH samples. Groups are laid so that base goes up by one from group to group.
template <int TAPS, int UP>
struct Group {
  static constexpr int REACH = UP == 1 ? TAPS : TAPS / 2 + 1;
};

// The filtered line of one row of x under one thread's strip: own places, then mirrors.
template <class T, int TAPS, int UP>
struct FoldedLine {
  static constexpr int N = Pack<T>::N, OUT = Strip<T>::OUT;
  static constexpr int REACH = Group<TAPS, UP>::REACH, COLS = OUT / UP + REACH - 1;
  const T* image;
  int left, base;  // the first output, which may be -1; the first column of x
  bool mirrored;   // whether any of these outputs may have mirrors

  DEVICE FoldedLine(const ResampleParams& p, int n, int channel, int firstOutput) {
    image = static_cast<const T*>(p.x) + static_cast<i64>(n) * p.h * p.w * p.c + channel;
    left = firstOutput;
    base = (left + p.cols.padBefore - p.cols.before) / UP;  // exact
    int reach = p.cols.padBefore > p.cols.padAfter ? p.cols.padBefore : p.cols.padAfter;
    mirrored = p.mode != ZERO && (left <= reach || left + OUT - 1 >= p.wo - 1 - reach);
  }

  DEVICE void read(const ResampleParams& p, int iy, float (&line)[OUT][N]) const {
#pragma unroll
    for (int o = 0; o < OUT; o++)
#pragma unroll
      for (int e = 0; e < N; e++) line[o][e] = 0;
    if (iy < 0 || iy >= p.h) return;
    const T* row = image + static_cast<i64>(iy) * p.w * p.c;
#pragma unroll
    for (int j = 0; j < COLS; j++) {
      if (base + j < 0 || base + j >= p.w) continue;
      float v[N];
      loadPack(row + (base + j) * p.c, v);
#pragma unroll
      for (int o = 0; o < OUT; o++) {
        int k = (j - o / UP) * UP - o % UP;
        if (k < 0 || k >= TAPS) continue;
#pragma unroll
        for (int e = 0; e < N; e++) line[o][e] = fmaf(p.cols.taps[k], v[e], line[o][e]);
      }
    }
    if (!mirrored) return;
#pragma unroll
    for (int o = 0; o < OUT; o++) {
      if (left + o < 0 || left + o >= p.wo) continue;
      eachMirror(p.mode, p.cols.padBefore, p.cols.padAfter, p.wo, left + o, [&](int q) {
        int first = q - p.cols.before;
#pragma unroll 1
        for (int k = floorMod(-first, UP); k < TAPS; k += UP) {
          int ix = (first + k) / UP;
          if (ix < 0 || ix >= p.w) continue;
          float v[N];
          loadPack(row + ix * p.c, v);
#pragma unroll
          for (int e = 0; e < N; e++) line[o][e] = fmaf(p.cols.taps[k], v[e], line[o][e]);
        }
      });
    }
  }
};

// One thread: a pack of channels, a strip of outputs along W, walking down H with the last REACH
// filtered lines in registers; each new one completes UP rows of outputs. Rows with mirrors read the
// lines under those again: a few rows at the two ends.
template <class T, int TAPS, int UP>
DEVICE void foldLowpass(const ResampleParams& p) {
  constexpr int N = Pack<T>::N, OUT = Strip<T>::OUT, REACH = Group<TAPS, UP>::REACH;
  // groups begin `shift` before output 0, so that a first one meets tap 0
  int shiftY = floorMod(p.rows.padBefore - p.rows.before, UP);
  int shiftX = floorMod(p.cols.padBefore - p.cols.before, UP);
  int groups = ceilDiv(p.ho + shiftY, UP);
  u32 packs = p.c / N, strips = ceilDiv(p.wo + shiftX, OUT), runs = ceilDiv(groups, p.run);
  u32 i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= packs * strips * runs * p.n) return;
  int channel = static_cast<int>(i % packs) * N;
  int left = static_cast<int>(i / packs % strips) * OUT - shiftX;
  int from = static_cast<int>(i / packs / strips % runs) * p.run;
  int image = static_cast<int>(i / packs / strips / runs);
  int to = from + p.run < groups ? from + p.run : groups;

  FoldedLine<T, TAPS, UP> lines(p, image, channel, left);
  T* y = static_cast<T*>(p.y) + static_cast<i64>(image) * p.ho * p.wo * p.c + channel;
  int base = (p.rows.padBefore - p.rows.before - shiftY) / UP;  // exact: of group 0
  float ring[REACH][OUT][N] = {};  // lines base + group .. base + group + REACH - 1
#pragma unroll 1
  for (int group = from - REACH + 1; group < to; group++) {
#pragma unroll
    for (int r = 0; r + 1 < REACH; r++)
#pragma unroll
      for (int o = 0; o < OUT; o++)
#pragma unroll
        for (int e = 0; e < N; e++) ring[r][o][e] = ring[r + 1][o][e];
    lines.read(p, base + group + REACH - 1, ring[REACH - 1]);
    if (group < from) continue;
#pragma unroll
    for (int u = 0; u < UP; u++) {
      int oy = group * UP + u - shiftY;
      if (oy < 0 || oy >= p.ho) continue;
      float sum[OUT][N] = {};
#pragma unroll
      for (int r = 0; r < REACH; r++) {
        int k = r * UP - u;
        if (k < 0 || k >= TAPS) continue;
#pragma unroll
        for (int o = 0; o < OUT; o++)
#pragma unroll
          for (int e = 0; e < N; e++) sum[o][e] = fmaf(p.rows.taps[k], ring[r][o][e], sum[o][e]);
      }
      eachMirror(p.mode, p.rows.padBefore, p.rows.padAfter, p.ho, oy, [&](int q) {
        int first = q - p.rows.before;
#pragma unroll 1
        for (int k = floorMod(-first, UP); k < TAPS; k += UP) {
          int iy = (first + k) / UP;
          if (iy < 0 || iy >= p.h) continue;
          float line[OUT][N];
          lines.read(p, iy, line);
#pragma unroll
          for (int o = 0; o < OUT; o++)
#pragma unroll
            for (int e = 0; e < N; e++) sum[o][e] = fmaf(p.rows.taps[k], line[o][e], sum[o][e]);
        }
      });
      T* row = y + (static_cast<i64>(oy) * p.wo + left) * p.c;
#pragma unroll
      for (int o = 0; o < OUT; o++)
        if (0 <= left + o && left + o < p.wo) storePack(row + static_cast<i64>(o) * p.c, sum[o]);
    }
  }
}

// resample_fold_TAPS_UP_dtype
#define FOLD_LOWPASS(TAPS, UP)                                              \
  KERNEL_BLOCKS(128, 1) resample_fold_##TAPS##_##UP##_f32(ResampleParams p) {      \
    foldLowpass<float, TAPS, UP>(p);                                        \
  }                                                                         \
  EXPORT(resample_fold_##TAPS##_##UP##_f32)                                 \
  KERNEL_BLOCKS(128, 1) resample_fold_##TAPS##_##UP##_bf16(ResampleParams p) {     \
    foldLowpass<bf16, TAPS, UP>(p);                                         \
  }                                                                         \
  EXPORT(resample_fold_##TAPS##_##UP##_bf16)

FOLD_LOWPASS(2, 1)
FOLD_LOWPASS(3, 1)
FOLD_LOWPASS(4, 1)
FOLD_LOWPASS(5, 1)
FOLD_LOWPASS(6, 1)
FOLD_LOWPASS(7, 1)
FOLD_LOWPASS(2, 2)
FOLD_LOWPASS(3, 2)
FOLD_LOWPASS(4, 2)
FOLD_LOWPASS(5, 2)
FOLD_LOWPASS(6, 2)
FOLD_LOWPASS(7, 2)
