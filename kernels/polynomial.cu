// polynomial.cu - y = out * p(in * x), p = a_0 + a_1 x + ... + a_d x^d of each channel or of all;
// its gradients. What they mean: graph/op/Polynomial.java, PolynomialGrad.java,
// PolynomialCoefficientGrad.java. Launched by: backend/cuda/PolynomialCuda.java.
//
// The factors `in` and `out` cost nothing: they go into the coefficients, a_k * out * in^k.
#include "columns.cuh"

struct PolynomialParams {
  const void* x;
  const float* a;  // (c, degree + 1), or (1, degree + 1) if shared
  const void* dy;  // of gradients
  void* y;         // y, or dx
  float* partial;  // (slabs, degree + 1, c): sums of x^k dy
  Columns walk;    // one unit
  int degree, shared;
  float in, out;
};

DEVICE float power(float v, int k) {
  float result = 1;
  for (int i = 0; i < k; i++) result *= v;
  return result;
}

// ---- one thread, one element --------------------------------------------------------------------

DEVICE const float* rowOf(const PolynomialParams& p, i64 c) {
  return p.a + (p.shared ? 0 : c * (p.degree + 1));
}

template <class T>
DEVICE void polynomialSimple(const PolynomialParams& p) {
  i64 total = p.walk.rows * p.walk.c;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    const float* a = rowOf(p, i % p.walk.c);
    float x = p.in * load<T>(p.x, i), sum = 0;
    for (int k = p.degree; k >= 0; k--) sum = fmaf(sum, x, a[k]);
    store<T>(p.y, i, p.out * sum);
  }
}
KERNEL(256) polynomial_simple_f32(PolynomialParams p) { polynomialSimple<float>(p); }
EXPORT(polynomial_simple_f32)
KERNEL(256) polynomial_simple_bf16(PolynomialParams p) { polynomialSimple<bf16>(p); }
EXPORT(polynomial_simple_bf16)

template <class T>
DEVICE void polynomialGradSimple(const PolynomialParams& p) {
  i64 total = p.walk.rows * p.walk.c;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    const float* a = rowOf(p, i % p.walk.c);
    float x = p.in * load<T>(p.x, i), sum = 0;
    for (int k = p.degree; k >= 1; k--) sum = fmaf(sum, x, static_cast<float>(k) * a[k]);
    store<T>(p.y, i, p.out * p.in * sum * load<T>(p.dy, i));
  }
}
KERNEL(256) polynomial_grad_simple_f32(PolynomialParams p) { polynomialGradSimple<float>(p); }
EXPORT(polynomial_grad_simple_f32)
KERNEL(256) polynomial_grad_simple_bf16(PolynomialParams p) { polynomialGradSimple<bf16>(p); }
EXPORT(polynomial_grad_simple_bf16)

// The oracle of the coefficients' gradient: a thread for each of them, in double.
struct CoefficientsParams {
  const void *x, *dy;
  float* da;
  i64 rows;
  int c, degree, shared;
  float in, out;
};
template <class T>
DEVICE void coefficientsSimple(const CoefficientsParams& p) {
  int count = p.degree + 1, own = p.shared ? 1 : p.c;
  for (i64 j = globalThread(); j < static_cast<i64>(own) * count; j += gridThreads()) {
    int k = static_cast<int>(j % count);
    i64 step = p.shared ? 1 : p.c;
    double sum = 0;
    for (i64 i = p.shared ? 0 : j / count; i < p.rows * p.c; i += step) {
      double term = load<T>(p.dy, i), x = static_cast<double>(p.in) * load<T>(p.x, i);
      for (int n = 0; n < k; n++) term *= x;
      sum += term;
    }
    p.da[j] = static_cast<float>(p.out * sum);
  }
}
KERNEL(256) coefficients_simple_f32(CoefficientsParams p) { coefficientsSimple<float>(p); }
EXPORT(coefficients_simple_f32)
KERNEL(256) coefficients_simple_bf16(CoefficientsParams p) { coefficientsSimple<bf16>(p); }
EXPORT(coefficients_simple_bf16)

// ---- coefficients in registers ------------------------------------------------------------------

// a[k][i] = out * in^k * a_k of channel c + i; of the derivative, (k + 1) out in^(k + 1) a_(k + 1).
template <bool DERIVATIVE, int N, int V>
DEVICE void loadCoefficients(const PolynomialParams& p, int c, float (&a)[N][V]) {
  float factor = DERIVATIVE ? p.out * p.in : p.out;
#pragma unroll
  for (int k = 0; k < N; k++) {
    float f = DERIVATIVE ? static_cast<float>(k + 1) * factor : factor;
#pragma unroll
    for (int i = 0; i < V; i++) a[k][i] = f * rowOf(p, c + i)[DERIVATIVE ? k + 1 : k];
    factor *= p.in;
  }
}

// Of N coefficients, the constant first, for channel i of V.
template <int N, int V>
DEVICE float horner(const float (&a)[N][V], int i, float x) {
  float sum = a[N - 1][i];
#pragma unroll
  for (int k = 1; k < N; k++) sum = fmaf(sum, x, a[N - 1 - k][i]);
  return sum;
}

template <class T, int D>
DEVICE void polynomial(const PolynomialParams& p) {
  constexpr int V = Pack<T>::N;
  Walk<V> walk(p.walk);
  if (walk.idle()) return;
  float a[D + 1][V];
  loadCoefficients<false>(p, walk.c, a);
  auto load = [&](i64, i64 at, float(&x)[V]) { loadN(static_cast<const T*>(p.x) + at, x); };
  auto use = [&](i64, i64 at, float(&x)[V]) {
    float y[V];
    for (int i = 0; i < V; i++) y[i] = horner(a, i, x[i]);
    storeN(static_cast<T*>(p.y) + at, y);
  };
  sweep<V>(walk, p.walk, load, use);
}

// dx and the first stage of the coefficients' gradient, or one of them, from one read of x and dy.
// The sums are of x^k dy; the second stage puts the factors on.
template <class T, int V, int D, bool INPUT, bool COEFFICIENTS>
DEVICE void polynomialBackward(const PolynomialParams& p) {
  Walk<V> walk(p.walk);
  bool idle = walk.idle();
  float slope[D][V] = {}, sums[D + 1][V] = {};  // slope: the coefficients of the derivative
  if (INPUT && !idle) loadCoefficients<true>(p, walk.c, slope);
  auto load = [&](i64, i64 at, float(&v)[2 * V]) {
    float x[V], dy[V];
    loadN(static_cast<const T*>(p.x) + at, x);
    loadN(static_cast<const T*>(p.dy) + at, dy);
    for (int i = 0; i < V; i++) {
      v[i] = x[i];
      v[V + i] = dy[i];
    }
  };
  auto use = [&](i64, i64 at, float(&v)[2 * V]) {
    float dx[V];
    for (int i = 0; i < V; i++) {
      float x = v[i], dy = v[V + i];
      if (INPUT) dx[i] = horner(slope, i, x) * dy;
      if (COEFFICIENTS) {
#pragma unroll
        for (int k = 0; k <= D; k++) {
          sums[k][i] += dy;
          dy *= x;
        }
      }
    }
    if (INPUT) storeN(static_cast<T*>(p.y) + at, dx);
  };
  sweep<2 * V>(walk, p.walk, load, use);
  if constexpr (COEFFICIENTS) {
    for (int k = 0; k <= D; k++) {
      sumLines(walk, p.walk.lanes, sums[k]);
      i64 plane = blockIdx.y * static_cast<i64>(D + 1) + k;
      if (walk.line == 0 && !idle) storeN(p.partial + plane * p.walk.c + walk.c, sums[k]);
    }
  }
}

#define POLYNOMIAL(D, T, suffix)                                                                  \
  KERNEL(256) polynomial_d##D##_##suffix(PolynomialParams p) { polynomial<T, D>(p); }             \
  EXPORT(polynomial_d##D##_##suffix)                                                              \
  KERNEL(256) polynomial_grad_d##D##_##suffix(PolynomialParams p) {                               \
    polynomialBackward<T, Pack<T>::N, D, true, false>(p);                                         \
  }                                                                                               \
  EXPORT(polynomial_grad_d##D##_##suffix)                                                         \
  KERNEL_BLOCKS(256, 3) coefficients_d##D##_##suffix(PolynomialParams p) {                        \
    polynomialBackward<T, Pack<T>::N, D, false, true>(p);                                         \
  }                                                                                               \
  EXPORT(coefficients_d##D##_##suffix)                                                            \
  KERNEL(256) coefficients_any_d##D##_##suffix(PolynomialParams p) {                              \
    polynomialBackward<T, 1, D, false, true>(p);                                                  \
  }                                                                                               \
  EXPORT(coefficients_any_d##D##_##suffix)

POLYNOMIAL(1, float, f32)
POLYNOMIAL(2, float, f32)
POLYNOMIAL(3, float, f32)
POLYNOMIAL(4, float, f32)
POLYNOMIAL(1, bf16, bf16)
POLYNOMIAL(2, bf16, bf16)
POLYNOMIAL(3, bf16, bf16)
POLYNOMIAL(4, bf16, bf16)

// Both gradients in one; a line (degree 1) has them one by one, which needs no spills on 8.0.
#define POLYNOMIAL_BACKWARD(D, T, suffix)                                                         \
  KERNEL(256) polynomial_backward_d##D##_##suffix(PolynomialParams p) {                           \
    polynomialBackward<T, Pack<T>::N, D, true, true>(p);                                          \
  }                                                                                               \
  EXPORT(polynomial_backward_d##D##_##suffix)                                                     \
  KERNEL(256) polynomial_backward_any_d##D##_##suffix(PolynomialParams p) {                       \
    polynomialBackward<T, 1, D, true, true>(p);                                                   \
  }                                                                                               \
  EXPORT(polynomial_backward_any_d##D##_##suffix)

POLYNOMIAL_BACKWARD(2, float, f32)
POLYNOMIAL_BACKWARD(3, float, f32)
POLYNOMIAL_BACKWARD(4, float, f32)
POLYNOMIAL_BACKWARD(2, bf16, bf16)
POLYNOMIAL_BACKWARD(3, bf16, bf16)
POLYNOMIAL_BACKWARD(4, bf16, bf16)

// ---- second stage -------------------------------------------------------------------------------

struct CoefficientsFinishParams {
  const float* partial;  // (slabs, degree + 1, c)
  float* da;
  int slabs, c, degree;
  float in, out;
};

// da (c, degree + 1)
KERNEL(256) coefficients_finish_columns(CoefficientsFinishParams p) {
  int count = p.degree + 1, columns = count * p.c;
  int j = static_cast<int>(blockIdx.x * 32 + threadIdx.x % 32);
  bool on = j < columns;
  double sum[1];
  foldColumns(on, p.slabs, sum, [&](i64 slab, double(&s)[1]) {
    s[0] += p.partial[slab * columns + j];
  });
  if (!on || threadIdx.x >= 32) return;
  int k = j / p.c;
  p.da[j % p.c * count + k] = static_cast<float>(p.out * power(p.in, k) * sum[0]);
}
EXPORT(coefficients_finish_columns)

// da (1, degree + 1): a block for each, over slabs and channels
KERNEL(256) coefficients_finish_shared(CoefficientsFinishParams p) {
  int k = static_cast<int>(blockIdx.x);
  double sum[1];
  foldBlock(static_cast<i64>(p.slabs) * p.c, sum, [&](i64 i, double(&s)[1]) {
    s[0] += p.partial[(i / p.c * (p.degree + 1) + k) * p.c + i % p.c];
  });
  if (threadIdx.x == 0) p.da[k] = static_cast<float>(p.out * power(p.in, k) * sum[0]);
}
EXPORT(coefficients_finish_shared)
