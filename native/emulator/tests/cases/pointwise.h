// pointwise.h - small launches of kernels/pointwise.cu, against the C library's functions.
#include "pointwise.cu"
#include "elementwise_ways.h"

// A function and its derivative, which reads x, or y as Fn.fromOutput says.
template <class F, class D>
static void checkFunction(const char* stem, F f, D slope, float plus = 0) {
  auto y = [f](const double* v) { return f(v[0]); };
  auto dx = [slope](const double* v) { return slope(v[0]) * v[1]; };
  test::Name grad("%s_grad", stem);
  ways<float, float, 1>(stem, "f32", y, noNumbers(), plus).runAlone();
  ways<bf16, bf16, 1>(stem, "bf16", y, noNumbers(), plus).runAlone();
  ways<float, float, 2>(grad, "f32", dx, noNumbers(), plus).runAlone();
  ways<bf16, bf16, 2>(grad, "bf16", dx, noNumbers(), plus).runAlone();
}

static double gaussian(double x) { return erfc(-x * M_SQRT1_2) / 2; }
static double logistic(double x) { return 1 / (1 + exp(-x)); }
static double bend(double x) { return tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)); }

CASE(relus) {
  checkFunction("relu", [](double x) { return x > 0 ? x : 0; },
                [](double y) { return y > 0 ? 1.0 : 0.0; });
  checkFunction("relu6", [](double x) { return x > 0 ? x < 6 ? x : 6 : 0; },
                [](double y) { return y > 0 && y < 6 ? 1.0 : 0.0; }, 3);
}
CASE(gelus) {
  checkFunction("gelu", [](double x) { return x * gaussian(x); },
                [](double x) { return gaussian(x) + x * exp(-x * x / 2) / sqrt(2 * M_PI); });
  checkFunction("gelu_tanh", [](double x) { return x * (1 + bend(x)) / 2; },
                [](double x) {
                  double t = bend(x), slope = sqrt(2 / M_PI) * (1 + 3 * 0.044715 * x * x);
                  return (1 + t) / 2 + x / 2 * (1 - t * t) * slope;
                });
}
CASE(sigmoids) {
  checkFunction("silu", [](double x) { return x * logistic(x); },
                [](double x) { return logistic(x) * (1 + x * (1 - logistic(x))); });
  checkFunction("sigmoid", logistic, [](double y) { return y * (1 - y); });
  checkFunction("tanh", [](double x) { return tanh(x); }, [](double y) { return 1 - y * y; });
}
CASE(powers) {
  checkFunction("exp", [](double x) { return exp(x); }, [](double y) { return y; });
  checkFunction("log", [](double x) { return log(x); }, [](double x) { return 1 / x; }, 4.125f);
  auto square = [](double x) { return x * x; };
  checkFunction("square", square, [](double x) { return 2 * x; });
  ways<float, float, 1>("square", "f32", [](const double* v) { return v[0] * v[0]; }).runMany(32);
}

CASE(finite) {
  checkFunction("is_finite", [](double) { return 1.0; }, [](double) { return 0.0; });
  float worst[] = {NAN, INFINITY, -INFINITY, 3.402823466e38f, 0};
  test::Buffer<float> x(5), y(5);
  for (int i = 0; i < 5; i++) x.data[i] = worst[i];
  test::launch("is_finite_f32", {1}, {32}, 0,
               ElementwiseParams{{{x, nullptr, nullptr}, y, 5}, noNumbers()});
  for (int i = 0; i < 5; i++) EXPECT_EQUAL(y[i], i > 2);
}

// ---- dropout ------------------------------------------------------------------------------------

// The rate is a half: what is kept is doubled. One draw decides for its neighbours.
template <class T>
static void checkDropout(const char* kernel, dim3 grid, i64 n, i64 perDraw, bool inPlace) {
  Values<T> x(n, 1), before(n, 1);
  test::Buffer<T> result(n);
  test::Buffer<int> counter(2);
  counter.data[0] = -7, counter.data[1] = 3;
  T* y = inPlace ? x.data : result.data;
  DropoutParams p = {x, y, counter, n, perDraw, 0x123456789abcdefull, 1 << 23, 2};
  test::launch(kernel, grid, {32}, 0, p);
  int kept = 0, draws = 0;
  for (i64 i = 0; i < n; i++) {
    bool keep = keeps(p, dropoutStream(p), i / perDraw);
    EXPECT_EQUAL(load<T>(y, i), keep ? 2 * load<T>(before, i) : 0);
    if (i % perDraw == 0) kept += keep, draws++;
  }
  if (draws > 30) EXPECT_NEAR(kept, draws / 2.0, draws / 4.0);
}

template <class T>
static void checkDropouts(const char* type) {
  constexpr int N = Pack<T>::N;
  test::Name plain("dropout_%s", type);
  test::Name vector("dropout_v_%s", type);
  test::Name sample("dropout_sample_%s", type);
  checkDropout<T>(plain, {2}, 75, 1, false);
  checkDropout<T>(plain, {1}, 33, 11, true);
  checkDropout<T>(vector, {1}, 33 * N + N - 1, 1, false);
  checkDropout<T>(vector, {2}, 3 * N + 1, 1, true);
  checkDropout<T>(sample, {2, 3}, 3 * 67 * N, 67 * N, false);
  checkDropout<T>(sample, {1, 40}, 40 * N, N, true);
}
CASE(dropouts) {
  checkDropouts<float>("f32");
  checkDropouts<bf16>("bf16");
}
