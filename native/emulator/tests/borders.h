// borders.h - what the low-pass kernels mean, in double and the slow way: for their cases, included
// after the kernel file.
#pragma once
#include "values.h"

static Axis axisOf(int count, int up, int down, int before, int padBefore = 0, int padAfter = 0) {
  Axis axis = {count, up, down, before, padBefore, padAfter, {}};
  for (int k = 0; k < count; k++) axis.taps[k] = static_cast<float>(k + 1) / 8;
  return axis;
}

// Outputs of an axis of n samples.
static int outputs(const Axis& axis, int n) {
  int padded = n + axis.padBefore + axis.padAfter;
  return (padded * axis.up + 2 * axis.before - axis.count) / axis.down + 1;
}

// The sample that tap k of output o meets, or -1.
static int sampleUnder(const Axis& axis, int mode, int o, int k, int n) {
  int at = o * axis.down + k - axis.before;
  if (at < 0 || at % axis.up != 0 || at / axis.up >= n + axis.padBefore + axis.padAfter) return -1;
  return boundaryIndex(mode, at / axis.up - axis.padBefore, n);
}

// Kernel `name` made y of the map that `read` gives, image, row, column and channel.
template <class T, class Read>
static void expectBlur(const ResampleParams& p, const T* y, const Read& read) {
  for (int i = 0; i < p.n * p.ho * p.wo * p.c; i++) {
    int channel = i % p.c, ox = i / p.c % p.wo, oy = i / p.c / p.wo % p.ho;
    int image = i / p.c / p.wo / p.ho;
    double sum = 0, size = 0;
    for (int j = 0; j < p.rows.count; j++)
      for (int k = 0; k < p.cols.count; k++) {
        int iy = sampleUnder(p.rows, p.mode, oy, j, p.h);
        int ix = sampleUnder(p.cols, p.mode, ox, k, p.w);
        if (iy < 0 || ix < 0) continue;
        double term = static_cast<double>(p.rows.taps[j]) * p.cols.taps[k] *
                      read(image, iy, ix, channel);
        sum += term;
        size += fabs(term);
      }
    // the reader may cancel larger numbers than it gives
    EXPECT_NEAR(load<T>(y, i), sum, 1e-5 + (sizeof(T) == 2 ? size / 256 : size / (1 << 20)));
  }
}

// The transpose, by scattering: what the resampler writes at a place of the padded map goes to the
// sample that stands there.
template <class T>
static void expectFold(const ResampleParams& p, const T* x, const T* y) {
  test::Buffer<double> sum(p.n * p.ho * p.wo * p.c), size(sum.count);
  for (i64 i = 0; i < sum.count; i++) sum[i] = size[i] = 0;
  int tall = p.ho + p.rows.padBefore + p.rows.padAfter;
  int wide = p.wo + p.cols.padBefore + p.cols.padAfter;
  Axis rows = p.rows, cols = p.cols;  // of the resampler alone
  rows.padBefore = rows.padAfter = cols.padBefore = cols.padAfter = 0;
  for (int i = 0; i < p.n * tall * wide * p.c; i++) {
    int channel = i % p.c, qx = i / p.c % wide, qy = i / p.c / wide % tall;
    int image = i / p.c / wide / tall;
    int iy = boundaryIndex(p.mode, qy - p.rows.padBefore, p.ho);
    int ix = boundaryIndex(p.mode, qx - p.cols.padBefore, p.wo);
    if (iy < 0 || ix < 0) continue;
    int to = ((image * p.ho + iy) * p.wo + ix) * p.c + channel;
    for (int j = 0; j < rows.count; j++)
      for (int k = 0; k < cols.count; k++) {
        int sy = sampleUnder(rows, ZERO, qy, j, p.h), sx = sampleUnder(cols, ZERO, qx, k, p.w);
        if (sy < 0 || sx < 0) continue;
        double term = static_cast<double>(rows.taps[j]) * cols.taps[k] *
                      load<T>(x, ((image * p.h + sy) * p.w + sx) * p.c + channel);
        sum[to] += term;
        size[to] += fabs(term);
      }
  }
  for (i64 i = 0; i < sum.count; i++)
    EXPECT_NEAR(load<T>(y, i), sum[i], sizeof(T) == 2 ? size[i] / 256 : size[i] / (1 << 20));
}

// Blocks of 32 threads for a low-pass that walks down, `turns` in runs of `run`.
template <class T>
static dim3 walkers(const ResampleParams& p, int width, int turns, int strip = Strip<T>::OUT) {
  int threads = p.n * (p.c / Pack<T>::N) * ceilDiv(width, strip) * ceilDiv(turns, p.run);
  return {static_cast<u32>(ceilDiv(threads, 32))};
}

template <class T>
static const char* dtypeOf() {
  return sizeof(T) == 2 ? "bf16" : "f32";
}
