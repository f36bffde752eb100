// filtered_polynomial.h - small launches of kernels/filtered_polynomial.cu, against plain loops.
#include "filtered_polynomial.cu"
#include "values.h"

// Matrices of any numbers between 0 and 1/in: no sum of terms that cancel.
struct Weights : Values<float> {
  int out, in;
  bool transposed;
  Weights(int out, int in, u32 seed, bool transposed)
      : Values<float>(out * in, seed), out(out), in(in), transposed(transposed) {
    for (i64 i = 0; i < count; i++) data[i] = fabsf(data[i]) / static_cast<float>(4 * in);
  }
  double at(int o, int i) const { return data[transposed ? i * out + o : o * in + i]; }
};

// y[n, o, p, c] = sum over h, w of rows[o, h] cols[p, w] x[n, h, w, c]; of the transposes if `back`.
static void both(const double* x, double* y, const Weights& rows, const Weights& cols, bool back, int n, int c) {
  int h = back ? rows.out : rows.in, w = back ? cols.out : cols.in;
  int ho = back ? rows.in : rows.out, wo = back ? cols.in : cols.out;
  Zeros half(static_cast<i64>(n) * ho * w * c);
  for (int s = 0; s < n; s++)
    for (int o = 0; o < ho; o++)
      for (int i = 0; i < h; i++)
        for (int j = 0; j < w * c; j++)
          half.data[(s * ho + o) * w * c + j] += (back ? rows.at(i, o) : rows.at(o, i)) * x[(s * h + i) * w * c + j];
  for (int s = 0; s < n * ho; s++)
    for (int o = 0; o < wo; o++)
      for (int i = 0; i < w; i++)
        for (int j = 0; j < c; j++)
          y[(s * wo + o) * c + j] += (back ? cols.at(i, o) : cols.at(o, i)) * half[(s * w + i) * c + j];
}

template <class T>
static void expectClose(const T* y, const Zeros& right, double room) {
  double size = 0.25;  // of terms that may cancel
  for (i64 i = 0; i < right.count; i++) size = fmax(size, fabs(right[i]));
  for (i64 i = 0; i < right.count; i++) EXPECT_NEAR(load<T>(y, i), right[i], room * size);
}

struct Maps {
  int h, w, fineH, fineW, outH, outW;
};

template <class T, class M>
static void checkFiltered(const Maps& m, int n, int c, int degree, int shared, int units, int transposed) {
  int count = degree + 1, own = shared ? 1 : c;
  bool square = m.h == m.w;
  Values<T> x(n * m.h * m.w * c, 1), dy(n * m.outH * m.outW * c, 2);
  Values<float> a(own * count, 3);
  Weights upRows(m.fineH, m.h, 4, transposed & 1), downRows(m.outH, m.fineH, 6, transposed & 4);
  Weights upCols(m.fineW, m.w, square ? 4 : 5, transposed & 2), downCols(m.outW, m.fineW, square ? 6 : 7, transposed & 8);
  i64 fine = static_cast<i64>(n) * m.fineH * m.fineW * c;
  Zeros xs(x.count), dys(dy.count), u(fine), v(fine), g(fine), y(dy.count), dx(x.count), sums(n * count * c);
  for (i64 i = 0; i < x.count; i++) xs.data[i] = load<T>(x, i);
  for (i64 i = 0; i < dy.count; i++) dys.data[i] = load<T>(dy, i);
  both(xs, u, upRows, upCols, false, n, c);
  both(dys, g, downRows, downCols, true, n, c);
  for (i64 i = 0; i < fine; i++) {
    int channel = static_cast<int>(i % c), sample = static_cast<int>(i / (fine / n));
    double slope = 0;
    for (int k = 0; k < count; k++) {
      double each = a[(shared ? 0 : channel) * count + k];
      v.data[i] += each * pow(u[i], k);
      if (k) slope += k * each * pow(u[i], k - 1);
      sums.data[(sample * count + k) * c + channel] += g[i] * pow(u[i], k);
    }
    g.data[i] *= slope;
  }
  both(v, y, downRows, downCols, false, n, c);
  both(g, dx, upRows, upCols, true, n, c);

  // as FilteredPolynomialCuda measures it, generously: weights are below 1/in
  int longest = max(max(m.h, m.w), max(m.outH, m.outW)), size = longest <= 16 ? 1 : longest <= 32 ? 2 : 4;
  int tiles = ceilDiv(c, units * M::CHANNELS);
  FilteredPolynomialParams p = {x, a, dy, nullptr, nullptr, upRows, upCols, downRows, downCols, n * tiles, tiles,
                                c, degree, shared, m.h, m.w, m.fineH, m.fineW, m.outH, m.outW, transposed,
                                square, units, c % M::CHANNELS == 0, 2, 4, 2, 4, 2};
  const char* type = sizeof(T) == 2 ? "bf16" : "f32";
  double room = sizeof(T) == 2 ? 0.03 : 1e-6;
  test::Buffer<T> result(dy.count), grad(x.count);
  test::Buffer<float> partial(n * count * c);
  p.y = result;
  test::launch(test::Name("filtered_polynomial_%d_%s", size, type), {2}, {256}, 60000, p);
  expectClose<T>(result, y, room);
  p.y = grad;
  p.partial = partial;
  test::launch(test::Name("filtered_polynomial_backward_%d_%s", size, type), {2}, {256}, 90000, p);
  expectClose<T>(grad, dx, room);
  expectClose<float>(partial, sums, room);
}

CASE(filteredExact) {
  checkFiltered<float, Exact>({3, 5, 4, 8, 2, 6}, 2, 9, 2, 0, 2, 0);
  checkFiltered<float, Exact>({1, 1, 2, 2, 1, 1}, 1, 8, 1, 1, 1, 15);
  checkFiltered<float, Exact>({7, 17, 11, 26, 7, 18}, 1, 4, 3, 0, 1, 6);
  checkFiltered<float, Exact>({33, 2, 34, 3, 33, 2}, 1, 5, 2, 0, 1, 0);
}
CASE(filteredTrain) {
  checkFiltered<bf16, Train>({3, 5, 4, 8, 2, 6}, 2, 9, 2, 0, 1, 9);
  checkFiltered<bf16, Train>({4, 4, 6, 6, 4, 4}, 1, 24, 3, 1, 4, 0);
  checkFiltered<bf16, Train>({7, 17, 11, 26, 7, 18}, 1, 8, 2, 0, 1, 0);
  checkFiltered<bf16, Train>({33, 2, 34, 3, 33, 2}, 1, 5, 2, 0, 1, 0);
}
