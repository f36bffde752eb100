// The gradients of a normalisation: sums by channel of dy and dy (x - mean) r, then dx; with a ReLU
// behind it, whose mask is made from x again.
#include "rows.h"

struct NormalizeGradient {
  const float* x;
  const float* statistics;
  const float* gamma;
  const float* beta; // null without ReLU
  const float* dy;
  double* partial; // (tasks, 2, channels)
  float* sums; // (2, channels)
  float* dx; // may be x or dy
  double epsilon;
  int64_t sets;
  double count; // elements of a set
  Rows rows;
  int32_t units;
  int32_t block; // channels of a task that joins
  int32_t live;
  int32_t streams;
};

// What came through the ReLU; as the forward kernel has it, to the bit.
template <bool RELU>
static INLINE vec through(vec dy, vec centred, vec scale, vec beta) {
  return RELU ? (centred * scale + beta > 0.0f ? dy : vec{}) : dy;
}

template <bool RELU>
struct GradientSums {
  static constexpr int most = W == 16 ? 8 : 4;
  const float* x;
  const float* dy;
  const float* mean;
  const float* scale;
  const float* beta;
  SumRows<2> sums; // of dy and dy (x - mean)

  template <int B, bool WHOLE>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    vec m[B], k[B], b[B], s[B], q[B];
    for (int i = 0; i < B; i++) {
      m[i] = get<WHOLE>(mean + c + i * W, n);
      k[i] = RELU ? load(scale + c + i * W) : vec{};
      b[i] = RELU ? load(beta + c + i * W) : vec{};
      s[i] = q[i] = vec{};
    }
    for (; rows > 0; rows--, at += sums.width)
      for (int i = 0; i < B; i++) {
        vec centred = get<WHOLE>(x + at + i * W, n) - m[i];
        vec d = through<RELU>(get<WHOLE>(dy + at + i * W, n), centred, k[i], b[i]);
        s[i] += d;
        q[i] += d * centred;
      }
    for (int i = 0; i < B; i++) {
      sums.add(0, c + i * W, s[i]);
      sums.add(1, c + i * W, q[i]);
    }
  }

  INLINE void flush() { sums.flush(); }
};

template <bool RELU>
static INLINE void slab(const NormalizeGradient& p, int64_t task, char* scratch) {
  const Rows& r = p.rows;
  Stretch s(r, task);
  auto inverse = reinterpret_cast<double*>(scratch);
  SumRows<2> sums(r, inverse + r.width);
  float* mean = sums.end();
  float* scale = mean + r.width;
  float* beta = scale + r.width;
  inverses(r, p.statistics, p.sets, p.epsilon, s.unit, mean, inverse);
  spread(r, mean);
  if (RELU) {
    for (int c = 0; c < r.channels; c++) {
      scale[c] = static_cast<float>(p.gamma[c] * inverse[c]);
      beta[c] = p.beta[c];
    }
    spread(r, scale);
    spread(r, beta);
  }
  GradientSums<RELU> work{p.x, p.dy, mean, scale, beta, sums};
  sweep(r, s.from, s.to, work);
  const double* sum = work.sums.of(r, 0);
  const double* product = work.sums.of(r, 1);
  double* into = p.partial + 2 * task * r.channels;
  for (int c = 0; c < r.channels; c++) {
    into[c] = sum[c];
    into[r.channels + c] = product[c] * inverse[c];
  }
}

KERNEL(normalize_grad_slab, NormalizeGradient) {
  if (p.beta) slab<true>(p, task, scratch);
  else slab<false>(p, task, scratch);
}

KERNEL(normalize_grad_join, NormalizeGradient) {
  const Rows& r = p.rows;
  int from = static_cast<int>(task) * p.block;
  int n = static_cast<int>(min(p.block, r.channels - from));
  auto sum = reinterpret_cast<double*>(scratch);
  double* product = sum + n;
  for (int c = 0; c < n; c++) sum[c] = product[c] = 0;
  for (int64_t slab = 0; slab < static_cast<int64_t>(p.units) * r.tasks; slab++) {
    const double* part = p.partial + 2 * slab * r.channels + from;
    for (int c = 0; c < n; c++) sum[c] += part[c];
    for (int c = 0; c < n; c++) product[c] += part[r.channels + c];
  }
  for (int c = 0; c < n; c++) {
    p.sums[from + c] = static_cast<float>(sum[c]);
    p.sums[r.channels + from + c] = static_cast<float>(product[c]);
  }
}

// dx = k dy + a (x - mean) + b
template <bool RELU>
struct Centre {
  static constexpr int most = W == 16 ? 8 : 4;
  const float* x;
  const float* dy;
  float* dx;
  const float* mean;
  const float* k;
  const float* a;
  const float* b;
  const float* beta;
  int64_t width;
  bool streams;

  template <int B, bool WHOLE>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    if (streams) run<B, WHOLE, true>(at, rows, c, n);
    else run<B, WHOLE, false>(at, rows, c, n);
  }

  INLINE void flush() {}

  template <int B, bool WHOLE, bool STREAMS>
  INLINE void run(int64_t at, int64_t rows, int c, int n) {
    vec m[B], ks[B], as[B], bs[B], betas[B];
    for (int i = 0; i < B; i++) {
      m[i] = load(mean + c + i * W);
      ks[i] = load(k + c + i * W);
      as[i] = load(a + c + i * W);
      bs[i] = load(b + c + i * W);
      betas[i] = RELU ? load(beta + c + i * W) : vec{};
    }
    for (; rows > 0; rows--, at += width)
      for (int i = 0; i < B; i++) {
        vec centred = get<WHOLE>(x + at + i * W, n) - m[i];
        vec d = through<RELU>(get<WHOLE>(dy + at + i * W, n), centred, ks[i], betas[i]);
        put<WHOLE>(dx + at + i * W, ks[i] * d + (centred * as[i] + bs[i]), n, STREAMS);
      }
  }
};

struct Numbers {
  double* inverse;
  double* shift; // by channel: the means of gamma dy and of gamma dy (x - mean) r
  double* slope;
  float* mean;
  float* k;
  float* a;
  float* b;
  float* beta;

  INLINE Numbers(const Rows& r, char* scratch) {
    inverse = reinterpret_cast<double*>(scratch);
    shift = inverse + r.width;
    slope = shift + r.width;
    mean = reinterpret_cast<float*>(slope + r.width);
    k = mean + r.width;
    a = k + r.width;
    b = a + r.width;
    beta = b + r.width;
  }
};

template <bool RELU>
static INLINE void centre(const NormalizeGradient& p, const Stretch& s, const Numbers& of) {
  const Rows& r = p.rows;
  for (int c = 0; c < r.channels; c++) {
    of.k[c] = static_cast<float>(p.gamma[c] * of.inverse[c]);
    of.a[c] = static_cast<float>(-of.slope[c] * of.inverse[c] * of.inverse[c]);
    of.b[c] = static_cast<float>(-of.shift[c] * of.inverse[c]);
  }
  spread(r, of.mean);
  spread(r, of.k);
  spread(r, of.a);
  spread(r, of.b);
  if (RELU) {
    for (int c = 0; c < r.channels; c++) of.beta[c] = p.beta[c];
    spread(r, of.beta);
  }
  Centre<RELU> work{
      p.x, p.dy, p.dx, of.mean, of.k, of.a, of.b, of.beta, r.width, p.streams != 0};
  sweep(r, s.from, s.to, work);
  if (p.streams) fence();
}

// Sets of one channel each, or statistics that do not live: all that is needed is in `sums`.
KERNEL(normalize_grad_channels, NormalizeGradient) {
  const Rows& r = p.rows;
  Stretch s(r, task);
  Numbers of(r, scratch);
  inverses(r, p.statistics, p.sets, p.epsilon, s.unit, of.mean, of.inverse);
  double share = p.live ? 1 / p.count : 0;
  for (int c = 0; c < r.channels; c++) {
    of.shift[c] = p.live ? p.gamma[c] * p.sums[c] * share : 0;
    of.slope[c] = p.live ? p.gamma[c] * p.sums[r.channels + c] * share : 0;
  }
  if (p.beta) centre<true>(p, s, of);
  else centre<false>(p, s, of);
}

// Groups of channels: the means are over the unit's own slabs.
KERNEL(normalize_grad_groups, NormalizeGradient) {
  const Rows& r = p.rows;
  Stretch s(r, task);
  Numbers of(r, scratch);
  inverses(r, p.statistics, p.sets, p.epsilon, s.unit, of.mean, of.inverse);
  for (int c = 0; c < r.channels; c += r.perSet) {
    double shift = 0, slope = 0;
    for (int64_t slab = s.unit * r.tasks; slab < (s.unit + 1) * r.tasks; slab++) {
      const double* part = p.partial + 2 * slab * r.channels + c;
      for (int i = 0; i < r.perSet; i++) {
        shift += p.gamma[c + i] * part[i];
        slope += p.gamma[c + i] * part[r.channels + i];
      }
    }
    for (int i = 0; i < r.perSet; i++) {
      of.shift[c + i] = shift / p.count;
      of.slope[c + i] = slope / p.count;
    }
  }
  centre<false>(p, s, of);
}
