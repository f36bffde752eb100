// ideal.h - small launches of kernels/ideal.cu, against plain loops.
#include "ideal.cu"
#include "values.h"

template <class T, class R>
static void checkAxis(const char* types, int outer, int inner, int from, int to, int transposed, bool lines = false) {
  int in = transposed ? to : from, out = transposed ? from : to;
  Values<T> x(outer * in * inner, 1);
  Values<float> matrix(to * from, 2);
  test::Buffer<R> y(outer * out * inner);
  if (lines) {
    IdealLinesParams p = {x, matrix, y, outer, inner, ceilDiv(inner, 64), in, out, transposed, inner % 4 == 0};
    test::launch(test::Name("ideal_lines_%s", types), {2, static_cast<u32>(ceilDiv(out, 64))}, {256}, 90000, p);
  } else {
    test::launch(test::Name("ideal_axis_%s", types), {2}, {32}, 0,
                 IdealParams{x, matrix, y, outer, inner, from, to, transposed});
  }
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
  checkAxis<float, float>("f32_f32", 1, 1, 1, 1, 0);
  checkAxis<float, float>("f32_f32", 2, 3, 8, 4, 0);
  checkAxis<float, float>("f32_f32", 2, 3, 8, 4, 1);
  checkAxis<bf16, float>("bf16_f32", 1, 5, 7, 14, 0);
  checkAxis<float, bf16>("f32_bf16", 3, 2, 5, 9, 1);
}

template <class T>
static void checkPlanes(int size, int n, int c, int h, int w, int outH, int outW, int transposed, int units) {
  Values<T> x(n * h * w * c, 1);
  Values<float> rows(outH * h, 2), cols(outW * w, 3);
  test::Buffer<T> y(n * outH * outW * c);
  int square = h == w, tiles = ceilDiv(c, 4 * units);
  IdealPlanesParams p = {x, rows, square ? rows : cols, y, n * tiles, tiles, c, h, w, outH, outW, transposed,
                         square, units, c % 4 == 0};
  test::launch(test::Name("ideal_planes_%d_%s", size, sizeof(T) == 2 ? "bf16" : "f32"), {2}, {256}, 60000, p);
  for (int s = 0; s < n; s++)
    for (int at = 0; at < outH * outW * c; at++) {
      int o = at / c / outW, q = at / c % outW, channel = at % c;
      double sum = 0, all = 0;
      for (int i = 0; i < h; i++)
        for (int j = 0; j < w; j++) {
          double term = rows[transposed & 1 ? i * outH + o : o * h + i];
          term *= p.cols[transposed & 2 ? j * outW + q : q * w + j] *
                  load<T>(x, ((s * h + i) * w + j) * c + channel);
          sum += term;
          all += fabs(term);
        }
      EXPECT_NEAR(load<T>(y, s * outH * outW * c + at), sum, all * 1e-6 + fabs(sum) * (sizeof(T) == 2 ? 1.0 / 256 : 0));
    }
}

CASE(planes) {
  checkPlanes<float>(1, 2, 9, 3, 5, 7, 4, 0, 2);
  checkPlanes<bf16>(1, 1, 8, 6, 6, 3, 3, 3, 1);
  checkPlanes<float>(2, 1, 4, 17, 3, 9, 5, 1, 1);
  checkPlanes<bf16>(2, 1, 3, 5, 4, 3, 17, 2, 1);
  checkPlanes<float>(4, 1, 4, 34, 2, 17, 1, 0, 1);
  checkPlanes<bf16>(4, 1, 5, 2, 3, 2, 33, 0, 1);
}

CASE(lines) {
  checkAxis<float, float>("f32_f32", 2, 5, 3, 70, 0, true);
  checkAxis<float, float>("f32_f32", 1, 68, 7, 66, 1, true);
  checkAxis<bf16, float>("bf16_f32", 1, 8, 67, 3, 0, true);
  checkAxis<float, bf16>("f32_bf16", 3, 4, 5, 17, 1, true);
}
