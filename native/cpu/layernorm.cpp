// Layer norm: every pixel has its own mean and variance, over its channels.
#include "doubles.h"
#include "kernel.h"

struct LayerNorm {
  const float* x;
  const float* statistics; // (2, pixels)
  const float* gamma;
  const float* beta;
  const float* dy;
  float* y; // or dx, or the statistics themselves
  double* partial; // (tasks, 2, channels): sums of dy and dy (x - mean) r
  double epsilon;
  int64_t pixels;
  int64_t task; // pixels of a task
  int32_t channels;
  int32_t streams; // then channels are whole registers
};

// f(channel, lanes) for every register of channels.
template <class F>
static INLINE void each(int channels, F f) {
  int c = 0;
  for (; c + W <= channels; c += W) f(c, W);
  if (c < channels) f(c, channels - c);
}

static INLINE vec part(const float* p, int n) { return n == W ? load(p) : load(p, n); }

static INLINE void put(const LayerNorm& p, float* y, vec v, int n) {
  if (p.streams) stream(y, v);
  else if (n == W) store(y, v);
  else store(y, v, n);
}

static INLINE float inverse(const LayerNorm& p, int64_t i) {
  return static_cast<float>(1 / __builtin_sqrt(p.statistics[p.pixels + i] + p.epsilon));
}

KERNEL(layer_moments, LayerNorm) {
  int64_t end = min(p.pixels, (task + 1) * p.task);
  for (int64_t i = task * p.task; i < end; i++) {
    const float* x = p.x + i * p.channels;
    vec sum = {}, square = {};
    each(p.channels, [&](int c, int n) { sum += part(x + c, n); });
    float mean = total(sum) / static_cast<float>(p.channels);
    each(p.channels, [&](int c, int n) {
      vec d = part(x + c, n) - mean;
      d = n == W ? d : only(d, n);
      square += d * d;
    });
    p.y[i] = mean;
    p.y[p.pixels + i] = total(square) / static_cast<float>(p.channels);
  }
}

KERNEL(layer_normalize, LayerNorm) {
  int64_t end = min(p.pixels, (task + 1) * p.task);
  for (int64_t i = task * p.task; i < end; i++) {
    const float* x = p.x + i * p.channels;
    float* y = p.y + i * p.channels;
    vec mean = all(p.statistics[i]), r = all(inverse(p, i));
    each(p.channels, [&](int c, int n) {
      vec v = (part(x + c, n) - mean) * r * part(p.gamma + c, n) + part(p.beta + c, n);
      put(p, y + c, v, n);
    });
  }
  if (p.streams) fence();
}

// Float sums of RUN pixels in registers, four registers of channels at once; the rest in double.
template <int B>
static INLINE void sums(const LayerNorm& p, int64_t from, int64_t to, int c, int lanes, double* into) {
  constexpr int64_t RUN = 64;
  vecd all_sums[2][B][2] = {};
  for (; from < to; from += RUN) {
    vec s[B] = {}, q[B] = {};
    for (int64_t i = from; i < min(to, from + RUN); i++) {
      const float* x = p.x + i * p.channels + c;
      const float* dy = p.dy + i * p.channels + c;
      vec mean = all(p.statistics[i]), r = all(p.y[i]);
      for (int b = 0; b < B; b++) {
        vec d = B == 1 ? part(dy + b * W, lanes) : load(dy + b * W);
        s[b] += d;
        q[b] += d * (((B == 1 ? part(x + b * W, lanes) : load(x + b * W)) - mean) * r);
      }
    }
    for (int b = 0; b < B; b++) {
      all_sums[0][b][0] += low(s[b]), all_sums[0][b][1] += high(s[b]);
      all_sums[1][b][0] += low(q[b]), all_sums[1][b][1] += high(q[b]);
    }
  }
  for (int k = 0; k < 2; k++)
    for (int b = 0; b < B; b++)
      for (int l = 0; l < (B == 1 ? lanes : W); l++)
        into[k * p.channels + c + b * W + l] = all_sums[k][b][l / (W / 2)][l % (W / 2)];
}

// scratch: 1 / sqrt(variance + epsilon) of the task's pixels.
KERNEL(layer_grad_slab, LayerNorm) {
  int64_t from = task * p.task, to = min(p.pixels, from + p.task);
  LayerNorm with = p;
  with.y = reinterpret_cast<float*>(scratch) - from;
  for (int64_t i = from; i < to; i++) with.y[i] = inverse(p, i);
  double* into = p.partial + 2 * task * p.channels;
  int c = 0;
  for (; c + 4 * W <= p.channels; c += 4 * W) sums<4>(with, from, to, c, W, into);
  for (; c < p.channels; c += W) sums<1>(with, from, to, c, static_cast<int>(min(W, p.channels - c)), into);
}

// dx = r (g - mean(g) - h mean(g h)), g = gamma dy, h = (x - mean) r
KERNEL(layer_grad, LayerNorm) {
  int64_t end = min(p.pixels, (task + 1) * p.task);
  float share = 1 / static_cast<float>(p.channels);
  for (int64_t i = task * p.task; i < end; i++) {
    const float* x = p.x + i * p.channels;
    const float* dy = p.dy + i * p.channels;
    float* dx = p.y + i * p.channels;
    vec mean = all(p.statistics[i]), r = all(inverse(p, i));
    vec s = {}, q = {};
    each(p.channels, [&](int c, int n) {
      vec g = part(p.gamma + c, n) * part(dy + c, n);
      s += g;
      q += g * ((part(x + c, n) - mean) * r);
    });
    vec shift = all(total(s) * share), slope = all(total(q) * share);
    each(p.channels, [&](int c, int n) {
      vec g = part(p.gamma + c, n) * part(dy + c, n);
      vec h = (part(x + c, n) - mean) * r;
      put(p, dx + c, r * (g - shift - h * slope), n);
    });
  }
  if (p.streams) fence();
}
