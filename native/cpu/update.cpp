// An optimizer's guarded step for one parameter in one pass: what is renewed is read and written
// once, in place or not. Where `ok` is 0 everything keeps its value, whatever was computed.
#include "doubles.h"
#include "kernel.h"

struct Update {
  const float* ok; // one number each: ok, rate, factor, share and AdamW's numbers
  const float* p;
  const float* dp;
  const float* rate;
  const float* factor; // clips dp; null without
  const float* average; // null without
  const float* share;
  float* nextP;
  float* nextAverage;
  int64_t size;
  int64_t task;
};

struct Sgd {
  Update of;
  const float* buffer;
  float* nextBuffer;
  float momentum;
  float decay;
  int32_t nesterov;
};

struct AdamW {
  Update of;
  const float* m;
  const float* v;
  const float* shareM;
  const float* shareV;
  const float* numbers; // by step: what p keeps, the rate over 1 - beta1^t, 1 / (1 - beta2^t)
  float* nextM;
  float* nextV;
  float epsilon;
};

// f(at, get, put) for every register of a task; the last may be a part of one.
template <class F>
static INLINE void each(const Update& p, int64_t task, F f) {
  int64_t at = task * p.task, end = min(p.size, at + p.task);
  for (; at + W <= end; at += W)
    f(at, [](const float* x) { return load(x); }, [](float* x, vec v) { store(x, v); });
  if (at < end) {
    int n = static_cast<int>(end - at);
    f(at, [=](const float* x) { return load(x, n); }, [=](float* x, vec v) { store(x, v, n); });
  }
}

template <bool CLIPPED, bool AVERAGED, bool NESTEROV>
static INLINE void sgd(const Sgd& s, int64_t task) {
  Update p = s.of;
  const float* buffer = s.buffer;
  float* nextBuffer = s.nextBuffer;
  veci ok = all(*p.ok) != 0.0f;
  vec rate = all(*p.rate), momentum = all(s.momentum), decay = all(s.decay);
  vec factor = all(CLIPPED ? *p.factor : 1.0f), share = all(AVERAGED ? *p.share : 0.0f);
  each(p, task, [=](int64_t at, auto get, auto put) {
    vec old = get(p.p + at), b = get(buffer + at), d = get(p.dp + at);
    if (CLIPPED) d *= factor;
    d += decay * old;
    vec next = momentum * b + d;
    put(nextBuffer + at, ok ? next : b);
    vec moved = old - rate * (NESTEROV ? d + momentum * next : next);
    put(p.nextP + at, ok ? moved : old);
    if (AVERAGED) {
      vec a = get(p.average + at);
      put(p.nextAverage + at, ok ? a + share * (moved - a) : a);
    }
  });
}

template <bool CLIPPED, bool AVERAGED>
static INLINE void sgd(const Sgd& s, int64_t task) {
  if (s.nesterov) sgd<CLIPPED, AVERAGED, true>(s, task);
  else sgd<CLIPPED, AVERAGED, false>(s, task);
}

KERNEL(guarded_sgd, Sgd) {
  if (p.of.factor) p.of.average ? sgd<true, true>(p, task) : sgd<true, false>(p, task);
  else p.of.average ? sgd<false, true>(p, task) : sgd<false, false>(p, task);
}

static INLINE vec root(vec x) {
#if defined(__AVX512F__)
  return (vec)_mm512_maskz_sqrt_ps(0xffff, (__m512)x);
#else
  return (vec)_mm256_sqrt_ps((__m256)x);
#endif
}

template <bool AVERAGED>
static INLINE void adamW(const AdamW& s, int64_t task) {
  AdamW q = s;
  Update p = s.of;
  veci ok = all(*p.ok) != 0.0f;
  vec shareM = all(*s.shareM), shareV = all(*s.shareV), epsilon = all(s.epsilon);
  vec keep = all(s.numbers[0]), rate = all(s.numbers[1]), correct = all(s.numbers[2]);
  vec factor = all(p.factor ? *p.factor : 1.0f), share = all(AVERAGED ? *p.share : 0.0f);
  each(p, task, [=](int64_t at, auto get, auto put) {
    vec old = get(p.p + at), m = get(q.m + at), v = get(q.v + at);
    vec d = get(p.dp + at) * factor;
    vec nextM = m + shareM * (d - m), nextV = v + shareV * (d * d - v);
    put(q.nextM + at, ok ? nextM : m);
    put(q.nextV + at, ok ? nextV : v);
    vec moved = old * keep - rate * nextM / (root(nextV * correct) + epsilon);
    put(p.nextP + at, ok ? moved : old);
    if (AVERAGED) {
      vec a = get(p.average + at);
      put(p.nextAverage + at, ok ? a + share * (moved - a) : a);
    }
  });
}

KERNEL(guarded_adamw, AdamW) {
  if (p.of.average) adamW<true>(p, task);
  else adamW<false>(p, task);
}

struct Squares {
  const float* const* stretches; // (start, end) of each task
  double* partial;
};

KERNEL(sum_of_squares, Squares) {
  const float* x = p.stretches[2 * task];
  const float* end = p.stretches[2 * task + 1];
  vecd sums[4] = {};
  auto add = [&](vec v, int i) {
    vecd a = low(v), b = high(v);
    sums[i] += a * a;
    sums[i + 1] += b * b;
  };
  for (; end - x >= 2 * W; x += 2 * W) {
    add(load(x), 0);
    add(load(x + W), 2);
  }
  for (; x < end; x += W) add(end - x >= W ? load(x) : load(x, static_cast<int>(end - x)), 0);
  vecd sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double total = 0;
  for (int i = 0; i < W / 2; i++) total += sum[i];
  p.partial[task] = total;
}
