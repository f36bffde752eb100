// update.h - small launches of kernels/update.cu, against the formulas of its comments.
#include "update.cu"
#include "elementwise_ways.h"

template <int IN, class F>
static void checkUpdate(const char* stem, const Numbers& numbers, F f, float plus = 0) {
  ways<float, float, IN>(stem, "f32", f, numbers, plus).runAlone();
  ways<float, float, IN>(stem, "f32", f, numbers, plus).runMany(32);
}

template <class T>
struct Number : test::Buffer<T> {
  explicit Number(T v) : test::Buffer<T>(1) { this->data[0] = v; }
};

CASE(selects) {
  Number<float> half(0.5f), zero(0);
  Number<u8> yes(1), no(0);
  checkMoves("select", {{half, nullptr}, {}, {TYPE_F32, 0}}, 0);
  checkMoves("select", {{zero, nullptr}, {}, {TYPE_F32, 0}}, 1);
  checkMoves("select", {{no, nullptr}, {}, {TYPE_U8, 0}}, 1);
  checkMoves("select", {{yes, nullptr}, {}, {TYPE_U8, 0}}, -1);
}

CASE(lerps) {
  Number<bf16> t(fromFloat<bf16>(0.25f));
  checkUpdate<2>("lerp", {{t, nullptr}, {}, {TYPE_BF16, 0}},
                 [](const double* v) { return v[0] + 0.25 * (v[1] - v[0]); });
}

CASE(sgd) {
  Number<float> rate(0.125f);
  Numbers numbers = {{rate, nullptr}, {0.75, 0.0625, 0, 0}, {TYPE_F32, 0}};
  auto next = [](const double* v) { return 0.75 * v[2] + 0.0625 * v[0] + v[1]; };
  checkUpdate<3>("momentum", numbers, next);
  checkUpdate<2>("sgd", numbers, [](const double* v) { return v[0] - 0.125 * v[1]; });
  checkUpdate<3>("nesterov", numbers, [=](const double* v) { return v[0] - 0.125 * next(v); });
}

// v is not negative: all operands are from 0.125 on.
CASE(adamw) {
  Number<float> rate(0.125f);
  Number<int> step(3);
  Numbers numbers = {{rate, step}, {0.5, 0.75, 1e-8, 0.25}, {TYPE_F32, TYPE_I32}};
  auto next = [](const double* v) {
    double m = v[1] / (1 - 0.125), s = v[2] / (1 - 0.421875);
    return v[0] * (1 - 0.125 * 0.25) - 0.125 * m / (sqrt(s) + 1e-8);
  };
  checkUpdate<3>("adamw", numbers, next, 4.125f);
  ways<float, float, 3>("adamw", "f32", next, numbers, 4.125f).runMany(THREADS);
}

CASE(clipFactor) {
  float squares[] = {16, 1, 0, NAN};
  float factors[] = {0.5f, 1, 1, NAN};
  for (int i = 0; i < 4; i++) {
    Number<float> squared(squares[i]);
    test::Buffer<float> y(1);
    test::launch("clip_factor_f32", {1}, {32}, 0, ClipFactorParams{squared, y, 2});
    if (factors[i] == factors[i]) {
      EXPECT_NEAR(*y, factors[i], 1e-6);
    } else {
      EXPECT(*y != *y);
    }
  }
}
