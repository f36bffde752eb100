// y = out p(in x) with coefficients by channel, and both gradients from one read of x and dy. The
// factors go into the coefficients, and those stay in registers while a chunk of rows runs past.
#include "rows.h"

struct Polynomial {
  const float* x;
  const float* a; // (channels, degree + 1), or one row for all
  const float* dy; // null forwards
  float* y; // or dx, which may be x or dy; null where only sums are wanted
  double* partial; // (tasks, degree + 1, channels); null where only dx is wanted
  float* da;
  double in;
  double out;
  Rows rows;
  int32_t degree;
  int32_t shared;
  int32_t block; // channels of a task that joins
  int32_t streams;
};

// Coefficients of the polynomial, or of its derivative, each over a row.
template <bool DERIVATIVE>
static INLINE void coefficients(const Polynomial& p, float* rows) {
  const Rows& r = p.rows;
  double factor = DERIVATIVE ? p.out * p.in : p.out;
  for (int k = DERIVATIVE; k <= p.degree; k++, rows += r.width, factor *= p.in) {
    double times = DERIVATIVE ? k * factor : factor;
    int64_t step = p.shared ? 0 : p.degree + 1;
    for (int c = 0; c < r.channels; c++) rows[c] = static_cast<float>(times * p.a[c * step + k]);
    spread(r, rows);
  }
}

// How far ahead of itself the forward kernel asks for x, 15% faster so; backwards nothing is gained.
constexpr int64_t AHEAD = 768;

template <int DEGREE, bool STREAMS>
struct Forward {
  static constexpr int most = 8;
  const float* x;
  float* y;
  const float* a;
  int64_t width;

  template <int B, bool WHOLE>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    vec as[DEGREE + 1][B];
    for (int k = 0; k <= DEGREE; k++)
      for (int i = 0; i < B; i++) as[k][i] = load(a + k * width + c + i * W);
    for (; rows > 0; rows--, at += width)
      for (int i = 0; i < B; i++) {
        __builtin_prefetch(x + at + i * W + AHEAD);
        vec v = get<WHOLE>(x + at + i * W, n), sum = as[DEGREE][i];
        for (int k = DEGREE - 1; k >= 0; k--) sum = sum * v + as[k][i];
        put<WHOLE>(y + at + i * W, sum, n, STREAMS);
      }
  }

  INLINE void flush() {}
};

template <int DEGREE, bool DX, bool SUMS, bool STREAMS>
struct Backward {
  static constexpr int most = W == 16 ? 8 : 4;
  const float* x;
  const float* dy;
  float* dx;
  const float* slope; // of the derivative
  int64_t width;
  SumRows<DEGREE + 1> sums; // of dy x^k

  template <int B, bool WHOLE>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    vec as[DEGREE][B], s[DEGREE + 1][B];
    for (int i = 0; i < B; i++) {
      for (int k = 0; k < DEGREE; k++) as[k][i] = DX ? load(slope + k * width + c + i * W) : vec{};
      for (int k = 0; k <= DEGREE; k++) s[k][i] = vec{};
    }
    for (; rows > 0; rows--, at += width)
      for (int i = 0; i < B; i++) {
        vec v = get<WHOLE>(x + at + i * W, n), d = get<WHOLE>(dy + at + i * W, n);
        if (DX) {
          vec sum = as[DEGREE - 1][i];
          for (int k = DEGREE - 2; k >= 0; k--) sum = sum * v + as[k][i];
          put<WHOLE>(dx + at + i * W, sum * d, n, STREAMS);
        }
        if (SUMS) {
          s[0][i] += d;
          for (int k = 1; k < DEGREE; k++) {
            d *= v;
            s[k][i] += d;
          }
          s[DEGREE][i] += d * v;
        }
      }
    if (SUMS)
      for (int k = 0; k <= DEGREE; k++)
        for (int i = 0; i < B; i++) sums.add(k, c + i * W, s[k][i]);
  }

  INLINE void flush() {
    if (SUMS) sums.flush();
  }
};

template <int DEGREE, bool STREAMS>
static INLINE void forward(const Polynomial& p, int64_t task, char* scratch) {
  Stretch s(p.rows, task);
  auto a = reinterpret_cast<float*>(scratch);
  coefficients<false>(p, a);
  Forward<DEGREE, STREAMS> work{p.x, p.y, a, p.rows.width};
  sweep(p.rows, s.from, s.to, work);
}

template <int DEGREE>
static INLINE void forward(const Polynomial& p, int64_t task, char* scratch) {
  if (!p.streams) return forward<DEGREE, false>(p, task, scratch);
  forward<DEGREE, true>(p, task, scratch);
  fence();
}

KERNEL(polynomial, Polynomial) {
  switch (p.degree) {
    case 1: return forward<1>(p, task, scratch);
    case 2: return forward<2>(p, task, scratch);
    case 3: return forward<3>(p, task, scratch);
    default: return forward<4>(p, task, scratch);
  }
}

template <int DEGREE, bool DX, bool SUMS, bool STREAMS>
static INLINE void backward(const Polynomial& p, int64_t task, char* scratch) {
  const Rows& r = p.rows;
  Stretch s(r, task);
  SumRows<DEGREE + 1> sums(r, reinterpret_cast<double*>(scratch));
  float* slope = sums.end();
  if (DX) coefficients<true>(p, slope);
  Backward<DEGREE, DX, SUMS, STREAMS> work{p.x, p.dy, p.y, slope, r.width, sums};
  sweep(r, s.from, s.to, work);
  if (STREAMS) fence();
  if (SUMS)
    for (int k = 0; k <= DEGREE; k++) {
      const double* sum = work.sums.of(r, k);
      double* into = p.partial + (task * (DEGREE + 1) + k) * r.channels;
      for (int c = 0; c < r.channels; c++) into[c] = sum[c];
    }
}

template <int DEGREE>
static INLINE void backward(const Polynomial& p, int64_t task, char* scratch) {
  if (!p.y) backward<DEGREE, false, true, false>(p, task, scratch);
  else if (!p.partial && p.streams) backward<DEGREE, true, false, true>(p, task, scratch);
  else if (!p.partial) backward<DEGREE, true, false, false>(p, task, scratch);
  else if (p.streams) backward<DEGREE, true, true, true>(p, task, scratch);
  else backward<DEGREE, true, true, false>(p, task, scratch);
}

KERNEL(polynomial_backward, Polynomial) {
  switch (p.degree) {
    case 1: return backward<1>(p, task, scratch);
    case 2: return backward<2>(p, task, scratch);
    case 3: return backward<3>(p, task, scratch);
    default: return backward<4>(p, task, scratch);
  }
}

// The tasks' sums in their order; for shared coefficients then those of the channels.
KERNEL(polynomial_join, Polynomial) {
  const Rows& r = p.rows;
  int powers = p.degree + 1;
  int from = static_cast<int>(task) * p.block;
  int n = static_cast<int>(min(p.block, r.channels - from));
  auto sums = reinterpret_cast<double*>(scratch);
  double factor = p.out;
  for (int k = 0; k < powers; k++, factor *= p.in) {
    for (int c = 0; c < n; c++) sums[c] = 0;
    for (int64_t t = 0; t < r.tasks; t++) {
      const double* part = p.partial + (t * powers + k) * r.channels + from;
      for (int c = 0; c < n; c++) sums[c] += part[c];
    }
    if (p.shared) {
      double sum = 0;
      for (int c = 0; c < n; c++) sum += sums[c];
      p.da[k] = static_cast<float>(factor * sum);
    } else {
      for (int c = 0; c < n; c++)
        p.da[(from + c) * static_cast<int64_t>(powers) + k] = static_cast<float>(factor * sums[c]);
    }
  }
}
