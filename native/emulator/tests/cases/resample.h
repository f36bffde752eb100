// resample.h - small launches of kernels/resample.cu, against the sum that its first line names.
#include "resample.cu"
#include "borders.h"

template <class T>
static void checkResample(const char* kernel, int c, int h, int w, int mode, Axis rows, Axis cols,
                          bool walks) {
  int n = 2, ho = outputs(rows, h), wo = outputs(cols, w);
  Values<T> x(n * h * w * c, 1);
  test::Buffer<T> y(n * ho * wo * c);
  ResampleParams p = {x, y, n, h, w, c, ho, wo, mode, 2, rows, cols};
  // the others stride: fewer threads than outputs in some, more in others
  test::launch(kernel, walks ? walkers<T>(p, wo, ho) : dim3{3}, {32}, 0, p);
  expectBlur<T>(p, y, [&](int image, int iy, int ix, int channel) {
    return load<T>(x, ((image * h + iy) * w + ix) * c + channel);
  });
}

template <class T>
static void checkAny(const char* kernel, int c) {
  checkResample<T>(kernel, c, 5, 9, ZERO, axisOf(3, 1, 1, 1), axisOf(4, 1, 2, 1), false);
  checkResample<T>(kernel, c, 3, 4, ZERO, axisOf(6, 2, 1, 3), axisOf(5, 3, 2, 2), false);
  checkResample<T>(kernel, c, 1, 1, ZERO, axisOf(16, 2, 1, 8), axisOf(1, 1, 1, 0), false);
  checkResample<T>(kernel, c, 4, 3, REFLECT, axisOf(4, 1, 2, 0, 1, 2), axisOf(3, 2, 1, 1, 1, 1),
                   false);
}

CASE(resampleAnyTaps) {
  checkAny<float>("resample_f32", 3);
  checkAny<bf16>("resample_bf16", 3);
  checkAny<float>("resample_pack_f32", 4);
  checkAny<bf16>("resample_pack_bf16", 16);
}

template <class T>
static void checkLowpasses() {
  for (int taps = 2; taps <= 7; taps++)
    for (int stride = 1; stride <= 2; stride++) {
      char kernel[64];
      snprintf(kernel, sizeof kernel, "resample_%d_%d_%s", taps, stride, dtypeOf<T>());
      int before = (taps - 1) / 2, after = taps - 1 - before;
      Axis bordered = axisOf(taps, 1, stride, 0, before, after);
      checkResample<T>(kernel, Pack<T>::N, 5, 4, REFLECT, bordered, bordered, true);
      checkResample<T>(kernel, 2 * Pack<T>::N, 3, 7, CIRCULAR, bordered, bordered, true);
      checkResample<T>(kernel, Pack<T>::N, 1, 1, REPLICATE, bordered, bordered, true);
      Axis zeros = axisOf(taps, 1, stride, after);
      checkResample<T>(kernel, Pack<T>::N, 7, 3, ZERO, zeros, zeros, true);
    }
}

CASE(resampleLowpasses) { checkLowpasses<float>(); }
CASE(resampleLowpassesBf16) { checkLowpasses<bf16>(); }
