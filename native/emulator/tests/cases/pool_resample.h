// pool_resample.h - small launches of kernels/pool_resample.cu, against a pool and a blur in loops.
#include "pool_resample.cu"
#include "borders.h"

template <class T>
static void checkPool(const char* kernel, int c, int xh, int xw, int size, int pad, int mode,
                      Axis axis, bool walks) {
  int n = 2, h = xh + 2 * pad - size + 1, w = xw + 2 * pad - size + 1;
  int ho = outputs(axis, h), wo = outputs(axis, w);
  Values<T> x(n * xh * xw * c, 1);
  test::Buffer<T> y(n * ho * wo * c);
  PoolResampleParams p = {{x, y, n, h, w, c, ho, wo, mode, 2, axis, axis}, xh, xw, size, size, pad,
                          pad};
  test::launch(kernel, walks ? walkers<T>(p.blur, wo, ho, POOL_STRIP) : dim3{3}, {32}, 0, p);
  expectBlur<T>(p.blur, y, [&](int image, int iy, int ix, int channel) {
    double largest = -1e30;
    for (int a = iy - pad; a < iy - pad + size; a++)
      for (int b = ix - pad; b < ix - pad + size; b++)
        if (0 <= a && a < xh && 0 <= b && b < xw)
          largest = fmax(largest, load<T>(x, ((image * xh + a) * xw + b) * c + channel));
    return largest;
  });
}

template <class T>
static void checkAny(const char* kernel, int c) {
  checkPool<T>(kernel, c, 5, 4, 2, 0, REFLECT, axisOf(4, 1, 2, 0, 1, 2), false);
  checkPool<T>(kernel, c, 3, 4, 3, 1, CIRCULAR, axisOf(5, 1, 1, 0, 2, 2), false);
}

CASE(poolAnyTaps) {
  checkAny<float>("pool_resample_f32", 3);
  checkAny<bf16>("pool_resample_bf16", 3);
  checkAny<float>("pool_resample_pack_f32", 4);
  checkAny<bf16>("pool_resample_pack_bf16", 16);
}

template <class T>
static void checkLowpasses() {
  for (int size = 2; size <= 3; size++)
    for (int taps = 2; taps <= 7; taps++) {
      char kernel[64];
      snprintf(kernel, sizeof kernel, "pool_resample_%d_%d_%s", size, taps, dtypeOf<T>());
      int before = (taps - 1) / 2, after = taps - 1 - before;
      Axis axis = axisOf(taps, 1, 2, 0, before, after);
      checkPool<T>(kernel, Pack<T>::N, 7, 6, size, 0, REFLECT, axis, true);
      checkPool<T>(kernel, Pack<T>::N, 4, 19, size, 1, CIRCULAR, axis, true);  // wide: columns shared
      checkPool<T>(kernel, Pack<T>::N, 3, 3, size, 0, REPLICATE, axis, true);
    }
}

CASE(poolLowpasses) { checkLowpasses<float>(); }
CASE(poolLowpassesBf16) { checkLowpasses<bf16>(); }
