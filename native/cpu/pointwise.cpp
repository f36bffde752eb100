// Element by element, from one or two tensors and perhaps a number.
#include "kernel.h"

struct Elements {
  const float* a;
  const float* b; // not read by all
  const float* number; // one, in memory; not read by all
  float* y; // may be a or b
  int64_t size;
  int64_t task; // elements of a task, a multiple of W
  float factor;
  int32_t streams;
};

template <bool TWO, bool STREAMS, class F>
static INLINE void each(const Elements& p, int64_t at, int64_t end, F f) {
  const float* a = p.a;
  const float* b = p.b;
  float* y = p.y;
  for (; at + W <= end; at += W) {
    vec v = f(load(a + at), TWO ? load(b + at) : vec{});
    if (STREAMS) stream(y + at, v);
    else store(y + at, v);
  }
  if (at < end) {
    int n = static_cast<int>(end - at);
    store(y + at, f(load(a + at, n), TWO ? load(b + at, n) : vec{}), n);
  }
}

template <bool TWO, class F>
static INLINE void each(const Elements& p, int64_t task, F f) {
  int64_t at = task * p.task, end = min(p.size, at + p.task);
  if (p.streams) {
    each<TWO, true>(p, at, end, f);
    fence();
  } else {
    each<TWO, false>(p, at, end, f);
  }
}

KERNEL(relu, Elements) {
  each<false>(p, task, [](vec x, vec) { return relu(x); });
}

// dy where max(0, x) let something through: y is 0 exactly where nothing came through.
KERNEL(relu_gradient, Elements) {
  each<true>(p, task, [](vec y, vec dy) { return y > 0.0f ? dy : vec{}; });
}

KERNEL(add, Elements) {
  each<true>(p, task, [](vec a, vec b) { return a + b; });
}

KERNEL(mul, Elements) {
  each<true>(p, task, [](vec a, vec b) { return a * b; });
}

KERNEL(mul_number, Elements) {
  vec number = all(*p.number);
  each<false>(p, task, [=](vec a, vec) { return a * number; });
}

KERNEL(scale, Elements) {
  vec factor = all(p.factor);
  each<false>(p, task, [=](vec a, vec) { return a * factor; });
}

KERNEL(lerp, Elements) {
  vec t = all(*p.number);
  each<true>(p, task, [=](vec a, vec b) { return a + t * (b - a); });
}
