// ideal.h - small launches of kernels/ideal.cu, against plain loops.
#include "ideal.cu"
#include "values.h"

template <class T, class R>
static void checkAxis(const char* kernel, int outer, int inner, int from, int to, int transposed) {
  int in = transposed ? to : from, out = transposed ? from : to;
  Values<T> x(outer * in * inner, 1);
  Values<float> matrix(to * from, 2);
  test::Buffer<R> y(outer * out * inner);
  test::launch(kernel, {2}, {32}, 0, IdealParams{x, matrix, y, outer, inner, from, to, transposed});
  for (int a = 0; a < outer; a++)
    for (int o = 0; o < out; o++)
      for (int b = 0; b < inner; b++) {
        double sum = 0, size = 0;
        for (int i = 0; i < in; i++) {
          double term = matrix[transposed ? i * from + o : o * from + i] *
                        static_cast<double>(load<T>(x, (a * in + i) * inner + b));
          sum += term;
          size += fabs(term);
        }
        EXPECT_NEAR(load<R>(y, (a * out + o) * inner + b), sum, size * (sizeof(R) == 2 ? 1.0 / 128 : 1e-6));
      }
}

CASE(axes) {
  checkAxis<float, float>("ideal_axis_f32_f32", 1, 1, 1, 1, 0);
  checkAxis<float, float>("ideal_axis_f32_f32", 2, 3, 8, 4, 0);
  checkAxis<float, float>("ideal_axis_f32_f32", 2, 3, 8, 4, 1);
  checkAxis<bf16, float>("ideal_axis_bf16_f32", 1, 5, 7, 14, 0);
  checkAxis<float, bf16>("ideal_axis_f32_bf16", 3, 2, 5, 9, 1);
}
