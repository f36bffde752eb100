// arithmetic.cu - sums and products with stretched operands, multiples, casts and copies. Launched
// by: backend/cuda/ArithmeticCuda.java.
#include "elementwise.cuh"

struct Sum {
  static constexpr int IN = 2;
  DEVICE explicit Sum(const Numbers&) {}
  DEVICE float operator()(const float (&v)[2]) const { return v[0] + v[1]; }
};
struct Product {
  static constexpr int IN = 2;
  DEVICE explicit Product(const Numbers&) {}
  DEVICE float operator()(const float (&v)[2]) const { return v[0] * v[1]; }
};
struct SumWithNumber {
  static constexpr int IN = 1;
  float b;
  DEVICE explicit SumWithNumber(const Numbers& s) : b(number(s, 0)) {}
  DEVICE float operator()(const float (&v)[1]) const { return v[0] + b; }
};
struct ProductWithNumber {
  static constexpr int IN = 1;
  float b;
  DEVICE explicit ProductWithNumber(const Numbers& s) : b(number(s, 0)) {}
  DEVICE float operator()(const float (&v)[1]) const { return v[0] * b; }
};
struct Multiple {
  static constexpr int IN = 1;
  float factor;
  DEVICE explicit Multiple(const Numbers& s) : factor(static_cast<float>(s.value[0])) {}
  DEVICE float operator()(const float (&v)[1]) const { return v[0] * factor; }
};
struct Same {
  static constexpr int IN = 1;
  DEVICE explicit Same(const Numbers&) {}
  DEVICE float operator()(const float (&v)[1]) const { return v[0]; }
};

#define ARITHMETIC(name, type, T, F, WithNumber)        \
  ONE_BY_ONE(name, type, Each<T, T, F>)                 \
  MANY(name, type, Each<T, T, F>)                       \
  ONE_BY_ONE(name##_number, type, Each<T, T, WithNumber>) \
  MANY(name##_number, type, Each<T, T, WithNumber>)

ARITHMETIC(add, f32, float, Sum, SumWithNumber)
ARITHMETIC(add, bf16, bf16, Sum, SumWithNumber)
ARITHMETIC(mul, f32, float, Product, ProductWithNumber)
ARITHMETIC(mul, bf16, bf16, Product, ProductWithNumber)
ONE_BY_ONE(scale, f32, Each<float, float, Multiple>)
MANY(scale, f32, Each<float, float, Multiple>)
ONE_BY_ONE(scale, bf16, Each<bf16, bf16, Multiple>)
MANY(scale, bf16, Each<bf16, bf16, Multiple>)

// Rounded once; from integers exact where the type holds them.
ONE_BY_ONE(cast, f32_bf16, Each<float, bf16, Same>)
MANY(cast, f32_bf16, Each<float, bf16, Same>)
ONE_BY_ONE(cast, bf16_f32, Each<bf16, float, Same>)
MANY(cast, bf16_f32, Each<bf16, float, Same>)
ONE_BY_ONE(cast, i32_f32, Each<int, float, Same>)
ONE_BY_ONE(cast, i32_bf16, Each<int, bf16, Same>)
ONE_BY_ONE(cast, u8_f32, Each<u8, float, Same>)
ONE_BY_ONE(cast, u8_bf16, Each<u8, bf16, Same>)

ONE_BY_ONE(copy, bytes, Move<false>)
MANY(copy, bytes, Move<false>)

// ---- stretched operands --------------------------------------------------------------------------

constexpr int MOST_AXES = 6;  // Stretch.MOST_AXES

// The result's axes, outermost first, neighbours merged where all operands walk on evenly; steps
// are an operand's, 0 along an axis where it is stretched.
struct Axes {
  i64 extent[MOST_AXES];
  i64 stepA[MOST_AXES];
  i64 stepB[MOST_AXES];
  int count;
};

struct StretchParams {
  const void* a;
  const void* b;  // null in `expand`
  void* y;        // may be an operand that is not stretched
  i64 n;
  Axes axes;
  float factor;  // in `expand`
};

struct Places {
  i64 a, b;
};

// Where the operands' elements for result i are. Divisions of I, which is 32 bits wide where that
// is enough: four times as fast.
template <class I>
DEVICE Places places(const Axes& axes, I i) {
  Places at = {0, 0};
  for (int k = axes.count - 1; k > 0; k--) {
    I extent = static_cast<I>(axes.extent[k]);
    I rest = i / extent;
    I index = i - rest * extent;
    at.a += index * axes.stepA[k];
    at.b += index * axes.stepB[k];
    i = rest;
  }
  at.a += i * axes.stepA[0];
  at.b += i * axes.stepB[0];
  return at;
}

// OP: 0 sum, 1 product, 2 factor * a.
template <int OP>
DEVICE float combine(float a, float b) {
  return OP == 0 ? a + b : a * b;
}

// For any axes: the oracle.
template <int OP, class T>
DEVICE void stretched(const StretchParams& p) {
  for (i64 i = globalThread(); i < p.n; i += gridThreads()) {
    Places at = places<i64>(p.axes, i);
    float b = OP == 2 ? p.factor : load<T>(p.b, at.b);
    store<T>(p.y, i, combine<OP>(load<T>(p.a, at.a), b));
  }
}

template <class T>
DEVICE void loadRun(const void* x, i64 at, bool one, float (&v)[Pack<T>::N]) {
  if (one) {
    float same = load<T>(x, at);
#pragma unroll
    for (int k = 0; k < Pack<T>::N; k++) v[k] = same;
  } else {
    loadPack(static_cast<const T*>(x) + at, v);
  }
}

// The innermost axis is whole packs, n fits into 31 bits: gates for each channel, the gradient of
// average pooling, rows against a column.
template <int OP, class T>
DEVICE void stretchedRows(const StretchParams& p) {
  constexpr int N = Pack<T>::N;
  int inner = p.axes.count - 1;
  bool oneA = p.axes.stepA[inner] == 0, oneB = OP == 2 || p.axes.stepB[inner] == 0;
  for (i64 i = globalThread() * N; i < p.n; i += gridThreads() * N) {
    Places at = places<u32>(p.axes, static_cast<u32>(i));
    float a[N], b[N];
    loadRun<T>(p.a, at.a, oneA, a);
    if (OP != 2) loadRun<T>(p.b, at.b, oneB, b);
#pragma unroll
    for (int k = 0; k < N; k++) a[k] = combine<OP>(a[k], OP == 2 ? p.factor : b[k]);
    storePack(static_cast<T*>(p.y) + i, a);
  }
}

// b is one period, such as a number for each channel, for all of a: no divisions but two.
template <int OP, class T>
DEVICE void periodic(const StretchParams& p) {
  constexpr int N = Pack<T>::N;
  int period = static_cast<int>(p.axes.extent[1]);
  i64 first = globalThread() * N, step = gridThreads() * N;
  int at = static_cast<int>(first % period), atStep = static_cast<int>(step % period);
  bool whole = period % N == 0;
  i64 end = p.n / N * N;
  for (i64 i = first; i < end; i += step) {
    float a[N], b[N];
    loadPack(static_cast<const T*>(p.a) + i, a);
    if (whole) {
      loadPack(static_cast<const T*>(p.b) + at, b);
    } else {
      int from = at;
#pragma unroll
      for (int k = 0; k < N; k++) {
        b[k] = load<T>(p.b, from);
        from = from + 1 == period ? 0 : from + 1;
      }
    }
#pragma unroll
    for (int k = 0; k < N; k++) a[k] = combine<OP>(a[k], b[k]);
    storePack(static_cast<T*>(p.y) + i, a);
    at += atStep;
    if (at >= period) at -= period;
  }
  i64 rest = end + globalThread();
  if (rest < p.n)
    store<T>(p.y, rest, combine<OP>(load<T>(p.a, rest), load<T>(p.b, rest % period)));
}

#define STRETCHED(name, OP, type, T)                                                    \
  KERNEL(256) name##_stretched_##type(StretchParams p) { stretched<OP, T>(p); }         \
  EXPORT(name##_stretched_##type)                                                       \
  KERNEL(256) name##_rows_##type(StretchParams p) { stretchedRows<OP, T>(p); }          \
  EXPORT(name##_rows_##type)
#define PERIODIC(name, OP, type, T)                                                     \
  KERNEL(256) name##_periodic_##type(StretchParams p) { periodic<OP, T>(p); }           \
  EXPORT(name##_periodic_##type)

STRETCHED(add, 0, f32, float)
STRETCHED(add, 0, bf16, bf16)
STRETCHED(mul, 1, f32, float)
STRETCHED(mul, 1, bf16, bf16)
STRETCHED(expand, 2, f32, float)
STRETCHED(expand, 2, bf16, bf16)
PERIODIC(add, 0, f32, float)
PERIODIC(add, 0, bf16, bf16)
PERIODIC(mul, 1, f32, float)
PERIODIC(mul, 1, bf16, bf16)
