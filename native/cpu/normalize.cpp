// gamma (x - mean) / sqrt(variance + epsilon) + beta, with a residual and a ReLU behind it.
#include "rows.h"

struct Normalize {
  const float* x;
  const float* statistics;
  const float* gamma;
  const float* beta;
  const float* residual; // may be y; null without
  float* y;
  double epsilon;
  int64_t sets;
  Rows rows;
  int32_t relu;
  int32_t streams;
};

template <bool RELU, bool RESIDUAL>
struct Apply {
  static constexpr int most = 8;
  const float* x;
  const float* residual;
  float* y;
  const float* mean;
  const float* scale;
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
    vec m[B], s[B], b[B];
    for (int i = 0; i < B; i++) {
      m[i] = load(mean + c + i * W);
      s[i] = load(scale + c + i * W);
      b[i] = load(beta + c + i * W);
    }
    for (; rows > 0; rows--, at += width)
      for (int i = 0; i < B; i++) {
        vec v = (get<WHOLE>(x + at + i * W, n) - m[i]) * s[i] + b[i];
        if (RESIDUAL) v += get<WHOLE>(residual + at + i * W, n);
        put<WHOLE>(y + at + i * W, RELU ? relu(v) : v, n, STREAMS);
      }
  }
};

template <bool RELU, bool RESIDUAL>
static INLINE void apply(const Normalize& p, int64_t task, char* scratch) {
  const Rows& r = p.rows;
  Stretch s(r, task);
  auto inverse = reinterpret_cast<double*>(scratch);
  auto mean = reinterpret_cast<float*>(inverse + r.width);
  float* scale = mean + r.width;
  float* beta = scale + r.width;
  inverses(r, p.statistics, p.sets, p.epsilon, s.unit, mean, inverse);
  for (int c = 0; c < r.channels; c++) {
    scale[c] = static_cast<float>(p.gamma[c] * inverse[c]);
    beta[c] = p.beta[c];
  }
  spread(r, mean);
  spread(r, scale);
  spread(r, beta);
  Apply<RELU, RESIDUAL> work{p.x, p.residual, p.y, mean, scale, beta, r.width, p.streams != 0};
  sweep(r, s.from, s.to, work);
  if (p.streams) fence();
}

KERNEL(normalize, Normalize) {
  if (p.residual) apply<true, true>(p, task, scratch);
  else if (p.relu) apply<true, false>(p, task, scratch);
  else apply<false, false>(p, task, scratch);
}
