// resample_fold.h - small launches of kernels/resample_fold.cu, against a scattering loop.
#include "resample_fold.cu"
#include "borders.h"

// y is (2, ho, wo, c); x is as large as the resampler needs to write the padded map.
template <class T>
static void checkFold(const char* kernel, int c, int ho, int wo, int mode, Axis rows, Axis cols,
                      int up) {
  int n = 2;
  int h = ceilDiv(ho + rows.padBefore + rows.padAfter, rows.up);
  int w = ceilDiv(wo + cols.padBefore + cols.padAfter, cols.up);
  Values<T> x(n * h * w * c, 1);
  test::Buffer<T> y(n * ho * wo * c);
  ResampleParams p = {x, y, n, h, w, c, ho, wo, mode, 2, rows, cols};
  dim3 grid = {3};
  if (up > 0)  // walks, in groups of `up`, which may begin one before the first output
    grid = walkers<T>(p, wo + floorMod(cols.padBefore - cols.before, up),
                      ceilDiv(ho + floorMod(rows.padBefore - rows.before, up), up));
  test::launch(kernel, grid, {32}, 0, p);
  expectFold<T>(p, x, y);
}

template <class T>
static void checkAny(const char* kernel, int c) {
  checkFold<T>(kernel, c, 4, 3, REFLECT, axisOf(4, 2, 1, 3, 1, 2), axisOf(3, 1, 1, 2, 1, 1), 0);
  checkFold<T>(kernel, c, 1, 2, REPLICATE, axisOf(5, 2, 1, 4, 2, 2), axisOf(6, 3, 2, 5, 2, 3), 0);
  checkFold<T>(kernel, c, 3, 3, CIRCULAR, axisOf(7, 2, 1, 6, 3, 3), axisOf(4, 2, 1, 3, 1, 2), 0);
}

CASE(foldAnyTaps) {
  checkAny<float>("resample_fold_f32", 3);
  checkAny<bf16>("resample_fold_bf16", 3);
  checkAny<float>("resample_fold_pack_f32", 4);
  checkAny<bf16>("resample_fold_pack_bf16", 16);
}

template <class T>
static void checkLowpasses() {
  for (int taps = 2; taps <= 7; taps++)
    for (int up = 1; up <= 2; up++) {
      char kernel[64];
      snprintf(kernel, sizeof kernel, "resample_fold_%d_%d_%s", taps, up, dtypeOf<T>());
      int before = (taps - 1) / 2, after = taps - 1 - before;
      Axis axis = axisOf(taps, up, 1, taps - 1, before, after);
      checkFold<T>(kernel, Pack<T>::N, 5, 6, REFLECT, axis, axis, up);
      checkFold<T>(kernel, 2 * Pack<T>::N, 7, 4, CIRCULAR, axis, axis, up);
      checkFold<T>(kernel, Pack<T>::N, 1, 2, REPLICATE, axis, axis, up);
      Axis zeros = axisOf(taps, up, 1, before);
      checkFold<T>(kernel, Pack<T>::N, 3, 7, ZERO, zeros, zeros, up);
    }
}

CASE(foldLowpasses) { checkLowpasses<float>(); }
CASE(foldLowpassesBf16) { checkLowpasses<bf16>(); }
