// resample.cuh - zero-stuff by `up`, correlate with `taps`, keep every `down`-th sample, an axis at
// a time, of a map with a border. What it means: graph/op/Resample.java. The kernels: resample.cu,
// resample_fold.cu (the transpose with a border), pool_resample.cu and norm_act_resample.cu (of a
// map that is made on load).
//
// Spaces of an axis, forward:  in  - padded - up (zero-stuffed) - out
//   up = out * down + k - before,   padded = up / factor,   in = padded - padBefore, by the border
// A sum has one order, in every variant: along W within a row by rising k, then rows by rising k.
// So plain and fast kernels give the same bits.
#pragma once
#include "common.cuh"

struct Axis {
  int count, up, down, before;   // the resampler, over the padded axis
  int padBefore, padAfter;       // the border, in samples of the axis inside
  float taps[16];
};

struct ResampleParams {
  const void* x;  // (n, h, w, c)
  void* y;        // (n, ho, wo, c)
  int n, h, w, c, ho, wo;
  int mode;  // of the border, a Boundary
  int run;   // for variants that walk: how many turns a thread takes
  Axis rows, cols;
};

// The sample at position i of an axis of n samples, counted from sample 0; -1 where there is none.
DEVICE int sampleAt(const Axis& axis, int mode, int i, int n) {
  return -axis.padBefore <= i && i < n + axis.padAfter ? boundaryIndex(mode, i, n) : -1;
}

// ---- a map as it lies in memory ----------------------------------------------------------------------

// What resampleAny reads: V channels of a map, one pixel at a time. Others make their values on load.
template <class T, int V>
struct PlainPixels {
  using Params = ResampleParams;
  const ResampleParams& p;
  const T* x;

  DEVICE PlainPixels(const ResampleParams& p, int channel)
      : p(p), x(static_cast<const T*>(p.x) + channel) {}
  DEVICE void at(i64 image, int iy, int ix, float (&v)[V]) const {
    loadSome(x + ((image * p.h + iy) * p.w + ix) * p.c, v);
  }
};

// ---- any taps and factors ------------------------------------------------------------------------------

// One thread, one output of V channels; neighbours differ in c, so every access is coalesced.
template <class T, int V, class Pixels>
DEVICE void resampleAny(const ResampleParams& p, const typename Pixels::Params& more) {
  i64 total = static_cast<i64>(p.n) * p.ho * p.wo * (p.c / V);
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int pack, ox, oy;
    i64 image = split(split(split(i, p.c / V, pack), p.wo, ox), p.ho, oy);
    int firstY = oy * p.rows.down - p.rows.before;
    int firstX = ox * p.cols.down - p.cols.before;
    Pixels pixels(more, pack * V);
    float sum[V] = {};
    // taps between real samples meet zeros, so both loops step by `up`
#pragma unroll 1
    for (int j = floorMod(-firstY, p.rows.up); j < p.rows.count; j += p.rows.up) {
      int iy = sampleAt(p.rows, p.mode, (firstY + j) / p.rows.up - p.rows.padBefore, p.h);
      if (iy < 0) continue;
      float line[V] = {};
#pragma unroll 1
      for (int k = floorMod(-firstX, p.cols.up); k < p.cols.count; k += p.cols.up) {
        int ix = sampleAt(p.cols, p.mode, (firstX + k) / p.cols.up - p.cols.padBefore, p.w);
        if (ix < 0) continue;
        float v[V];
        pixels.at(image, iy, ix, v);
#pragma unroll
        for (int e = 0; e < V; e++) line[e] = fmaf(p.cols.taps[k], v[e], line[e]);
      }
#pragma unroll
      for (int e = 0; e < V; e++) sum[e] = fmaf(p.rows.taps[j], line[e], sum[e]);
    }
    storeSome(static_cast<T*>(p.y) + i * V, sum);
  }
}

// ---- a low-pass of TAPS x TAPS taps at stride STRIDE ---------------------------------------------------

// Outputs side by side that one thread makes: as many as 16 accumulators hold.
template <class T>
struct Strip {
  static constexpr int OUT = 16 / Pack<T>::N;
};

// The reader of a thread that walks down: columns of one row, left to right. `first` is the position
// under tap 0 of the thread's first output, counted from sample 0.
template <class T, int COLS>
struct PlainColumns {
  using Params = ResampleParams;
  static constexpr int OUT = Strip<T>::OUT;
  static constexpr int TOGETHER_ROWS = 2;  // rows whose loads may be under way at once
  static constexpr int N = Pack<T>::N;
  const T* image;
  const T* line;
  int col[COLS];  // offset of each column in its row, -1 where it is zero

  DEVICE PlainColumns(const ResampleParams& p, int n, int channel, int first) {
    image = static_cast<const T*>(p.x) + static_cast<i64>(n) * p.h * p.w * p.c + channel;
    line = image;
#pragma unroll
    for (int j = 0; j < COLS; j++) {
      int ix = sampleAt(p.cols, p.mode, first + j, p.w);
      col[j] = ix < 0 ? -1 : ix * p.c;
    }
  }
  // Goes to row i, counted from sample 0; false where all of it is zero.
  DEVICE bool row(const ResampleParams& p, int i) {
    int iy = sampleAt(p.rows, p.mode, i, p.h);
    if (iy >= 0) line = image + static_cast<i64>(iy) * p.w * p.c;
    return iy >= 0;
  }
  // Whether this thread reads its columns by column(), each in turn and j known at compile time, or
  // by columnAlone(). Here always: where a column lies was settled at the start.
  DEVICE static constexpr bool together() { return true; }
  DEVICE void columnAlone(const ResampleParams&, int, float (&)[N]) const {}
  DEVICE void column(const ResampleParams&, int j, float (&v)[N]) {
    if (col[j] >= 0) {
      loadPack(line + col[j], v);
    } else {
#pragma unroll
      for (int e = 0; e < N; e++) v[e] = 0;
    }
  }
};

// One thread: a pack of channels, a strip of outputs along W, walking down H. Each row is read once
// and filtered along W; it then belongs to up to AGES outputs below each other, whose sums stay in
// registers until the last of their rows has come.
template <class T, int TAPS, int STRIDE, class Columns>
DEVICE void lowpass(const ResampleParams& p, const typename Columns::Params& more) {
  constexpr int N = Pack<T>::N, OUT = Columns::OUT, AGES = (TAPS + STRIDE - 1) / STRIDE;
  constexpr int COLS = (OUT - 1) * STRIDE + TAPS;
  u32 packs = p.c / N, strips = ceilDiv(p.wo, OUT), runs = ceilDiv(p.ho, p.run);
  u32 i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= packs * strips * runs * p.n) return;
  int channel = static_cast<int>(i % packs) * N;
  int left = static_cast<int>(i / packs % strips) * OUT;
  int top = static_cast<int>(i / packs / strips % runs) * p.run;
  int image = static_cast<int>(i / packs / strips / runs);
  int bottom = top + p.run < p.ho ? top + p.run : p.ho;

  Columns columns(more, image, channel, left * STRIDE - p.cols.before - p.cols.padBefore);
  T* y = static_cast<T*>(p.y) + static_cast<i64>(image) * p.ho * p.wo * p.c + channel;
  int row = top * STRIDE - p.rows.before - p.rows.padBefore;
  float sum[AGES][OUT][N] = {};  // of output done + AGES - 1 - age
#pragma unroll 1
  for (int done = top - AGES + 1; done < bottom; done++) {  // the output that this turn completes
#pragma unroll Columns::TOGETHER_ROWS
    for (int u = 0; u < STRIDE; u++) {
      constexpr int LAST = TAPS - 1;
      int oldest = done + AGES - 1 - (LAST - u) / STRIDE;  // that this row belongs to
      if (oldest < bottom && columns.row(more, row + u)) {
        float line[OUT][N] = {};
        if (columns.together()) {
#pragma unroll
          for (int j = 0; j < COLS; j++) {
            float v[N];
            columns.column(more, j, v);
#pragma unroll
            for (int o = 0; o < OUT; o++) {
              int k = j - o * STRIDE;
              if (k < 0 || k >= TAPS) continue;
#pragma unroll
              for (int e = 0; e < N; e++) line[o][e] = fmaf(p.cols.taps[k], v[e], line[o][e]);
            }
          }
        } else {  // the same, in little code
#pragma unroll 1
          for (int j = 0; j < COLS; j++) {
            float v[N];
            columns.columnAlone(more, j, v);
#pragma unroll
            for (int o = 0; o < OUT; o++) {
              int k = j - o * STRIDE;
              if (k < 0 || k >= TAPS) continue;
#pragma unroll
              for (int e = 0; e < N; e++) line[o][e] = fmaf(p.cols.taps[k], v[e], line[o][e]);
            }
          }
        }
#pragma unroll
        for (int age = 0; age < AGES; age++) {
          int k = age * STRIDE + u;
          if (k >= TAPS) continue;
#pragma unroll
          for (int o = 0; o < OUT; o++)
#pragma unroll
            for (int e = 0; e < N; e++)
              sum[age][o][e] = fmaf(p.rows.taps[k], line[o][e], sum[age][o][e]);
        }
      }
    }
    row += STRIDE;
    if (done >= top) {
      T* to = y + (static_cast<i64>(done) * p.wo + left) * p.c;
#pragma unroll
      for (int o = 0; o < OUT; o++)
        if (left + o < p.wo) storePack(to + static_cast<i64>(o) * p.c, sum[AGES - 1][o]);
    }
#pragma unroll
    for (int age = AGES - 1; age >= 0; age--)
#pragma unroll
      for (int o = 0; o < OUT; o++)
#pragma unroll
        for (int e = 0; e < N; e++) sum[age][o][e] = age > 0 ? sum[age > 0 ? age - 1 : 0][o][e] : 0;
  }
}
