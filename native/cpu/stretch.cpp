// Element by element where one operand has a number for each channel, each channel of a sample, or each
// pixel.
#include "kernel.h"

struct Stretched {
  const float* a; // whole; null for an expansion
  const float* b; // stretched
  float* y; // may be a
  int64_t pixels;
  int64_t task; // pixels of a task
  int64_t sample; // pixels that read the same row of b; 0 where each pixel reads one number
  int32_t channels;
  float factor;
  int32_t streams; // then channels are whole registers
};

template <bool WHOLE, class F>
static INLINE void pixel(const Stretched& p, const float* a, const float* row, vec number, float* y, F f) {
  for (int64_t c = 0; c < p.channels; c += W) {
    int n = static_cast<int>(min(W, p.channels - c));
    vec with = row ? load(row + c, n) : number;
    vec v = f(WHOLE ? load(a + c, n) : vec{}, with);
    if (p.streams) stream(y + c, v);
    else store(y + c, v, n);
  }
}

template <bool WHOLE, class F>
static INLINE void each(const Stretched& p, int64_t task, F f) {
  int64_t end = min(p.pixels, (task + 1) * p.task);
  for (int64_t i = task * p.task; i < end; i++) {
    int64_t at = i * p.channels;
    if (p.sample) pixel<WHOLE>(p, p.a + at, p.b + i / p.sample * p.channels, vec{}, p.y + at, f);
    else pixel<WHOLE>(p, p.a + at, nullptr, all(p.b[i]), p.y + at, f);
  }
  if (p.streams) fence();
}

KERNEL(expand, Stretched) {
  vec factor = all(p.factor);
  each<false>(p, task, [=](vec, vec b) { return b * factor; });
}

KERNEL(add_stretched, Stretched) {
  each<true>(p, task, [](vec a, vec b) { return a + b; });
}

KERNEL(mul_stretched, Stretched) {
  each<true>(p, task, [](vec a, vec b) { return a * b; });
}
