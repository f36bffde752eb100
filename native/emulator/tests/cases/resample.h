// resample.h - small launches of kernels/resample.cu, against the sum that its first line names.
#include "resample.cu"
#include "values.h"

static Axis axisOf(int count, int up, int down, int before) {
  Axis axis = {count, up, down, before, {}};
  for (int k = 0; k < count; k++) axis.taps[k] = static_cast<float>(k + 1) / 8;
  return axis;
}

// The zero-stuffed sample that tap k of output o meets, or -1.
static int sampleUnder(const Axis& axis, int o, int k, int n) {
  int at = o * axis.down + k - axis.before;
  return at >= 0 && at % axis.up == 0 && at / axis.up < n ? at / axis.up : -1;
}

template <class T>
static void checkResample(const char* kernel, Axis rows, Axis cols, int h, int w, int ho, int wo) {
  int n = 2, c = 3;
  Values<T> x(n * h * w * c, 1);
  test::Buffer<T> y(n * ho * wo * c);
  ResampleParams p = {x, y, n, h, w, c, ho, wo, rows, cols};
  test::launch(kernel, {3}, {64}, 0, p);  // fewer threads than outputs in some, more in others
  for (int i = 0; i < y.count; i++) {
    int channel = i % c, ox = i / c % wo, oy = i / c / wo % ho, image = i / c / wo / ho;
    double sum = 0;
    for (int j = 0; j < rows.count; j++)
      for (int k = 0; k < cols.count; k++) {
        int iy = sampleUnder(rows, oy, j, h), ix = sampleUnder(cols, ox, k, w);
        if (iy < 0 || ix < 0) continue;
        sum += static_cast<double>(rows.taps[j]) * cols.taps[k] *
               load<T>(x, ((image * h + iy) * w + ix) * c + channel);
      }
    EXPECT_NEAR(load<T>(y, i), sum, fabs(sum) / 128);  // half an ulp of bf16 and room
  }
}

CASE(resampleBlurs) {
  checkResample<float>("resample_f32", axisOf(3, 1, 1, 1), axisOf(4, 1, 2, 1), 5, 9, 5, 4);
  checkResample<bf16>("resample_bf16", axisOf(3, 1, 1, 1), axisOf(4, 1, 2, 1), 5, 9, 5, 4);
}
CASE(resampleUps) {
  checkResample<float>("resample_f32", axisOf(6, 2, 1, 3), axisOf(5, 3, 2, 2), 3, 4, 6, 6);
  checkResample<bf16>("resample_bf16", axisOf(16, 2, 1, 8), axisOf(1, 1, 1, 0), 1, 1, 2, 1);
}
