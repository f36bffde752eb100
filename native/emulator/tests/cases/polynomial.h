// polynomial.h - small launches of kernels/polynomial.cu, against plain loops.
#include "columns_grid.h"
#include "polynomial.cu"
#include "values.h"

constexpr double IN = 0.5, OUT = -1.5;

template <class T>
static void checkPolynomial(int rows, int c, int degree, int shared, int slabs) {
  const char* type = sizeof(T) == 2 ? "bf16" : "f32";
  int count = degree + 1, own = shared ? 1 : c;
  Values<T> x(rows * c, 1), dy(rows * c, 2);
  Values<float> a(own * count, 3);
  Grid grid = Grid::of<T>(1, rows, c, slabs), flat = Grid::of<T>(1, rows, c, 1);
  char kernel[60];
  auto params = [&](const Grid& g, void* y, float* partial) {
    return PolynomialParams{x, a, dy, y, partial, g.walk, degree, shared, IN, OUT};
  };
  auto launch = [&](const char* stem, const Grid& g, void* y, float* partial) {
    snprintf(kernel, sizeof kernel, "%s_%sd%d_%s", stem, g.any(), degree, type);
    test::launch(kernel, g.blocks, {256}, 0, params(g, y, partial));
  };
  auto launchSimple = [&](const char* stem, void* y) {
    snprintf(kernel, sizeof kernel, "%s_simple_%s", stem, type);
    test::launch(kernel, {1}, {64}, 0, params(flat, y, nullptr));
  };

  test::Buffer<T> y(rows * c), fastY(rows * c), dx(rows * c), fastDx(rows * c), both(rows * c);
  launchSimple("polynomial", y);
  launchSimple("polynomial_grad", dx);
  bool packed = grid.pack > 1;
  if (packed) {
    launch("polynomial", grid, fastY, nullptr);
    launch("polynomial_grad", grid, fastDx, nullptr);
  }
  test::Buffer<float> partial(grid.slabs * count * c), together(grid.slabs * count * c);
  launch("coefficients", grid, nullptr, partial);
  if (degree > 1) launch("polynomial_backward", grid, both, together);

  for (int i = 0; i < rows * c; i++) {
    double v = IN * load<T>(x, i), value = 0, slope = 0, size = 1;
    for (int k = 0; k <= degree; k++) {
      double each = a[(shared ? 0 : i % c) * count + k];
      value += each * pow(v, k);
      size += fabs(each * pow(v, k)) * (k + 1);
      if (k) slope += k * each * pow(v, k - 1);
    }
    double room = size * 8 * (sizeof(T) == 2 ? 1.0 / 128 : 1e-5);
    double grad = OUT * IN * slope * load<T>(dy, i);
    EXPECT_NEAR(load<T>(y, i), OUT * value, room);
    EXPECT_NEAR(load<T>(dx, i), grad, room);
    if (packed) EXPECT_NEAR(load<T>(fastY, i), OUT * value, room);
    if (packed) EXPECT_NEAR(load<T>(fastDx, i), grad, room);
    if (degree > 1) EXPECT_NEAR(load<T>(both, i), grad, room);
  }

  test::Buffer<float> simple(own * count), finished(own * count);
  snprintf(kernel, sizeof kernel, "coefficients_simple_%s", type);
  test::launch(kernel, {1}, {32}, 0,
               CoefficientsParams{x, dy, simple, rows, c, degree, shared, IN, OUT});
  u32 blocks = static_cast<u32>(shared ? count : ceilDiv(c * count, 32));
  test::launch(shared ? "coefficients_finish_shared" : "coefficients_finish_columns", {blocks},
               {256}, 0,
               CoefficientsFinishParams{partial, finished, grid.slabs, c, degree, IN, OUT});
  for (int j = 0; j < own * count; j++) {
    double right = 0, size = 1;
    for (int i = 0; i < rows * c; i++) {
      if (!shared && i % c != j / count) continue;
      double term = OUT * pow(IN * load<T>(x, i), j % count) * load<T>(dy, i);
      right += term;
      size += fabs(term);
    }
    EXPECT_NEAR(simple[j], right, 1e-6 * size);
    EXPECT_NEAR(finished[j], right, 1e-6 * size);
  }
  for (i64 i = 0; degree > 1 && i < partial.count; i++) EXPECT_EQUAL(together[i], partial[i]);
}
// Channels that fill packs and channels that do not; coefficients of each and of all.
static void checkDegree(int degree) {
  checkPolynomial<float>(9, 8, degree, 0, 2);
  checkPolynomial<float>(5, 7, degree, 1, 1);
  checkPolynomial<bf16>(9, 8, degree, 1, 2);
  checkPolynomial<bf16>(5, 3, degree, 0, 1);
}
CASE(degree1) { checkDegree(1); }
CASE(degree2) { checkDegree(2); }
CASE(degree3) { checkDegree(3); }
CASE(degree4) { checkDegree(4); }
