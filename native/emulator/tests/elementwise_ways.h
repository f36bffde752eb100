// elementwise_ways.h - for cases of the kernels that elementwise.cuh makes, after the kernel file:
// each way of a functor, at ragged sizes, against a plain loop in double.
#pragma once
#include "values.h"

template <class T>
static T valueOf(float v) {
  return static_cast<T>(v);
}
template <>
bf16 valueOf<bf16>(float v) {
  return fromFloat<bf16>(v);
}
template <>
u8 valueOf<u8>(float v) {
  return static_cast<u8>(v * 8 + 32);
}

// Inputs from -4 to 4, moved by `plus`.
template <class T>
struct Operands {
  Values<float> values;
  test::Buffer<T> x;
  Operands(i64 n, u32 seed, float plus) : values(n, seed), x(n) {
    for (i64 i = 0; i < n; i++) x.data[i] = valueOf<T>(values.data[i] + plus);
  }
};

// Half an ulp, and what functions may be off.
template <class T>
static double room(double expected) {
  return (fabs(expected) + 1) / (sizeof(T) == 2 ? 256 : 1 << 18);
}

static Numbers noNumbers() { return Numbers{{nullptr, nullptr}, {0, 0, 0, 0}, {0, 0}}; }

// f(values of the operands) -> the result, in double.
template <class In, class Out, int IN, class F>
struct Ways {
  const char *stem, *type;
  Numbers numbers;
  F f;
  float plus;

  struct Tensor {  // one step's, and what it should give
    Operands<In> a, b, c;
    test::Buffer<Out> y;
    test::Buffer<double> expected;
    Tensor(const Ways& ways, i64 n)
        : a(n, 1, ways.plus), b(n, 2, ways.plus), c(n, 3, ways.plus), y(n), expected(n) {
      for (i64 i = 0; i < n; i++) {
        double v[3] = {toFloat(a.x[i]), toFloat(b.x[i]), toFloat(c.x[i])};
        expected.data[i] = ways.f(v);
      }
    }
    Tensors tensors(void* result) const {
      return {{a.x, IN > 1 ? b.x.data : nullptr, IN > 2 ? c.x.data : nullptr}, result, y.count};
    }
    void check(const void* result) const {
      for (i64 i = 0; i < y.count; i++)
        EXPECT_NEAR(load<Out>(result, i), expected.data[i], room<Out>(expected.data[i]));
    }
  };

  void run(const char* way, i64 n, bool inPlace) const {
    test::Name kernel("%s_%s%s", stem, way, type);
    Tensor t(*this, n);
    void* y = inPlace ? static_cast<void*>(t.a.x.data) : t.y.data;
    test::launch(kernel, {2}, {32}, 0, ElementwiseParams{t.tensors(y), numbers});
    t.check(y);
  }

  // More elements than threads, so that all strides are taken; fewer than a pack beside the last.
  void runAlone() const {
    constexpr int N = Pack<Out>::N;
    run("", 1, false);
    run("", 75, sizeof(In) == sizeof(Out));
    run("v_", N, false);
    run("v_", 67 * N + N - 1, false);
    run("v_", 2 * N + 1, sizeof(In) == sizeof(Out));
  }

  // Tensors of one block, and of two where there are threads for that.
  void runMany(int threads) const {
    constexpr int N = Pack<Out>::N;
    i64 large = threads == THREADS ? (PACKS_OF_BLOCK + 1) * N + 1 : 9;
    Tensor one(*this, 1), two(*this, large), three(*this, 7 * N + 3);
    i64 blocks = large / N > PACKS_OF_BLOCK ? 2 : 1;
    test::Buffer<Entry> table(3);
    table.data[0] = {one.tensors(one.y), 0};
    table.data[1] = {two.tensors(two.y), 1};
    table.data[2] = {three.tensors(three.y), 1 + blocks};
    test::Name kernel("%s_many_%s", stem, type);
    u32 grid = static_cast<u32>(2 + blocks), block = static_cast<u32>(threads);
    test::launch(kernel, {grid}, {block}, 0, ManyParams{table, numbers, 3});
    one.check(one.y);
    two.check(two.y);
    three.check(three.y);
  }
};

template <class In, class Out, int IN, class F>
static Ways<In, Out, IN, F> ways(const char* stem, const char* type, F f,
                                 Numbers numbers = noNumbers(), float plus = 0) {
  return {stem, type, numbers, f, plus};
}

// What moves bytes: `from` is the operand that y must equal, -1 where y is operand 0 already.
static void checkMoves(const char* stem, const Numbers& numbers, int from) {
  const char* ways[] = {"", "v_", "many_"};
  for (const char* way : ways) {
    i64 n = 16 * 35 + 7;
    Operands<u8> a(n, 1, 0), b(n, 2, 0);
    test::Buffer<u8> y(n), before(n);
    for (i64 i = 0; i < n; i++) before.data[i] = (from == 1 ? b : a).x[i];
    Tensors t = {{a.x, b.x, nullptr}, from < 0 ? a.x.data : y.data, n};
    test::Name kernel("%s_%sbytes", stem, way);
    if (*way == 'm') {
      test::Buffer<Entry> table(1);
      table.data[0] = {t, 0};
      test::launch(kernel, {1}, {64}, 0, ManyParams{table, numbers, 1});
    } else {
      test::launch(kernel, {1}, {32}, 0, ElementwiseParams{t, numbers});
    }
    for (i64 i = 0; i < n; i++) EXPECT_EQUAL(static_cast<u8*>(t.y)[i], before[i]);
  }
}
