// norm_act_resample.h - small launches of kernels/norm_act_resample.cu, against loops.
#include "norm_act_resample.cu"
#include "borders.h"

template <class T>
static void checkNormAct(const char* kernel, int c, int h, int w, int mode, Axis axis, bool walks) {
  int n = 2, ho = outputs(axis, h), wo = outputs(axis, w);
  Values<T> x(n * h * w * c, 1);
  Values<float> statistics(2 * c, 2), gamma(c, 3), beta(c, 4);
  for (int i = 0; i < c; i++) statistics[c + i] = fabsf(statistics[c + i]) + 0.25f;
  test::Buffer<T> y(n * ho * wo * c);
  NormActResampleParams p = {{x, y, n, h, w, c, ho, wo, mode, 2, axis, axis},
                             statistics, gamma, beta, 0.125f};
  test::launch(kernel, walks ? walkers<T>(p.blur, wo, ho) : dim3{3}, {32}, 0, p);
  expectBlur<T>(p.blur, y, [&](int image, int iy, int ix, int channel) {
    double value = load<T>(x, ((image * h + iy) * w + ix) * c + channel);
    double deviation = sqrt(static_cast<double>(statistics[c + channel]) + 0.125);
    return fmax(0.0, gamma[channel] * (value - statistics[channel]) / deviation + beta[channel]);
  });
}

CASE(normActAnyTaps) {
  Axis axis = axisOf(4, 1, 2, 0, 1, 2);
  checkNormAct<float>("norm_act_resample_f32", 3, 4, 5, REFLECT, axis, false);
  checkNormAct<bf16>("norm_act_resample_bf16", 3, 4, 5, CIRCULAR, axis, false);
  checkNormAct<float>("norm_act_resample_pack_f32", 8, 4, 5, REPLICATE, axis, false);
  checkNormAct<bf16>("norm_act_resample_pack_bf16", 8, 4, 5, ZERO, axis, false);
}

template <class T>
static void checkLowpasses() {
  for (int taps = 2; taps <= 7; taps++) {
    char kernel[64];
    snprintf(kernel, sizeof kernel, "norm_act_resample_%d_%s", taps, dtypeOf<T>());
    int before = (taps - 1) / 2, after = taps - 1 - before;
    checkNormAct<T>(kernel, Pack<T>::N, 7, 6, REFLECT, axisOf(taps, 1, 2, 0, before, after), true);
    checkNormAct<T>(kernel, 2 * Pack<T>::N, 3, 5, ZERO, axisOf(taps, 1, 2, after), true);
  }
}

CASE(normActLowpasses) { checkLowpasses<float>(); }
CASE(normActLowpassesBf16) { checkLowpasses<bf16>(); }
