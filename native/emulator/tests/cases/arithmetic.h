// arithmetic.h - small launches of kernels/arithmetic.cu, against plain loops.
#include "arithmetic.cu"
#include "elementwise_ways.h"

template <class T>
static void checkArithmetic(const char* type) {
  test::Buffer<T> number(1);
  number.data[0] = fromFloat<T>(1.5f);
  int code = sizeof(T) == 2 ? TYPE_BF16 : TYPE_F32;
  Numbers numbers = {{number, nullptr}, {-0.75, 0, 0, 0}, {code, 0}};
  auto add = ways<T, T, 2>("add", type, [](const double* v) { return v[0] + v[1]; });
  auto mul = ways<T, T, 2>("mul", type, [](const double* v) { return v[0] * v[1]; });
  auto addNumber =
      ways<T, T, 1>("add_number", type, [](const double* v) { return v[0] + 1.5; }, numbers);
  auto mulNumber =
      ways<T, T, 1>("mul_number", type, [](const double* v) { return v[0] * 1.5; }, numbers);
  auto scale = ways<T, T, 1>("scale", type, [](const double* v) { return v[0] * -0.75; }, numbers);
  add.runAlone(), add.runMany(THREADS);
  mul.runAlone(), mul.runMany(32);
  addNumber.runAlone(), addNumber.runMany(32);
  mulNumber.runAlone(), mulNumber.runMany(32);
  scale.runAlone(), scale.runMany(32);
}
CASE(sumsAndProducts) {
  checkArithmetic<float>("f32");
  checkArithmetic<bf16>("bf16");
}

CASE(casts) {
  auto same = [](const double* v) { return v[0]; };
  auto down = ways<float, bf16, 1>("cast", "f32_bf16", same);
  auto up = ways<bf16, float, 1>("cast", "bf16_f32", same);
  down.runAlone(), down.runMany(32);
  up.runAlone(), up.runMany(32);
  ways<int, float, 1>("cast", "i32_f32", same).runAlone();
  ways<int, bf16, 1>("cast", "i32_bf16", same).runAlone();
  ways<u8, float, 1>("cast", "u8_f32", same).runAlone();
  ways<u8, bf16, 1>("cast", "u8_bf16", same).runAlone();
}
CASE(copies) {
  checkMoves("copy", noNumbers(), 0);
  checkMoves("copy", noNumbers(), -1);
}

// ---- stretched operands -------------------------------------------------------------------------

struct Extent {
  i64 extent, stepA, stepB;
};

// Where index i of the result is in an operand with these steps, outermost axis first.
static i64 placeOf(const Axes& axes, const i64* steps, i64 i) {
  i64 at = 0;
  for (int k = axes.count - 1; k >= 0; k--) {
    at += i % axes.extent[k] * steps[k];
    i /= axes.extent[k];
  }
  return at;
}

// OP as in the kernels.
template <int OP, class T>
static void checkStretch(const char* kernel, std::initializer_list<Extent> extents, dim3 grid) {
  Axes axes = {{1, 1, 1, 1, 1, 1}, {}, {}, 0};
  i64 n = 1, sizeA = 1, sizeB = 1;
  for (const Extent& e : extents) {
    axes.extent[axes.count] = e.extent;
    axes.stepA[axes.count] = e.stepA;
    axes.stepB[axes.count++] = e.stepB;
    n *= e.extent;
    sizeA += (e.extent - 1) * e.stepA;
    sizeB += (e.extent - 1) * e.stepB;
  }
  Values<T> a(sizeA, 1), b(sizeB, 2);
  test::Buffer<T> y(n);
  const void* operandB = OP == 2 ? a.data : b.data;  // as ArithmeticCuda packs it
  test::launch(kernel, grid, {32}, 0, StretchParams{a, operandB, y, n, axes, 0.75f});
  for (i64 i = 0; i < n; i++) {
    double u = load<T>(a, placeOf(axes, axes.stepA, i));
    double v = OP == 2 ? 0.75 : load<T>(b, placeOf(axes, axes.stepB, i));
    EXPECT_NEAR(load<T>(y, i), OP == 0 ? u + v : u * v, room<T>(u * v));
  }
}

template <int OP, class T>
static void checkStretches(const char* stem, const char* type) {
  constexpr int N = Pack<T>::N;
  test::Name any("%s_stretched_%s", stem, type);
  test::Name rows("%s_rows_%s", stem, type);
  test::Name periodic("%s_periodic_%s", stem, type);

  checkStretch<OP, T>(any, {{1, 1, 1}}, {1});
  checkStretch<OP, T>(any, {{3, 7, 0}, {7, 1, 1}}, {1});
  checkStretch<OP, T>(any, {{2, 3, 0}, {3, 1, 0}, {5, 0, 1}}, {2});
  checkStretch<OP, T>(any, {{2, 4, 0}, {2, 0, 4}, {2, 2, 0}, {2, 0, 2}, {2, 1, 0}, {2, 0, 1}}, {1});
  // packs along the inner axis: of both, of b alone, of a alone
  checkStretch<OP, T>(rows, {{3, 3 * N, 0}, {3 * N, 1, 1}}, {1});
  checkStretch<OP, T>(rows, {{9, 1, 0}, {N, 0, 1}}, {1});
  checkStretch<OP, T>(rows, {{2, 7 * 2 * N, 7}, {7, 2 * N, 1}, {2 * N, 1, 0}}, {2});
  if (OP == 2) return;
  // the period: whole packs, ragged, one that a stride of the grid passes several times
  checkStretch<OP, T>(periodic, {{5, 2 * N, 0}, {2 * N, 1, 1}}, {1});
  checkStretch<OP, T>(periodic, {{33, 7, 0}, {7, 1, 1}}, {1});
  checkStretch<OP, T>(periodic, {{3, 3, 0}, {3, 1, 1}}, {2});
  checkStretch<OP, T>(periodic, {{2, 33 * N + 1, 0}, {33 * N + 1, 1, 1}}, {1});
}
CASE(stretchedSums) {
  checkStretches<0, float>("add", "f32");
  checkStretches<0, bf16>("add", "bf16");
}
CASE(stretchedProducts) {
  checkStretches<1, float>("mul", "f32");
  checkStretches<1, bf16>("mul", "bf16");
}
CASE(expansions) {
  checkStretches<2, float>("expand", "f32");
  checkStretches<2, bf16>("expand", "bf16");
}
