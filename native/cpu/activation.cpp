// Activations made of exponentials, and their gradients. Against double: exp, sigmoid, SiLU and GELU
// are within 4 units in the last place, gradients and GELU by tanh within 1e-6 where |x| < 20.
#include "kernel.h"

struct Activation {
  const float* x; // what the function kept: y for sigmoid, tanh and exp backwards
  const float* dy; // null forwards
  float* y; // or dx; may be x or dy
  int64_t size;
  int64_t task; // elements of a task, a multiple of W
  int32_t streams;
};

// 2^n r with n ln 2 + ln r = x: a polynomial for r, two factors for n so that neither overflows.
static INLINE vec exponential(vec x) {
  x = x > 89.0f ? all(89.0f) : x; // e^89 is infinite
  x = x < -104.0f ? all(-104.0f) : x; // e^-104 is 0; a NaN stays
  const vec magic = all(0x1.8p23f);
  vec shifted = x * 0x1.715476p0f + magic;
  veci n = (veci)shifted - (veci)magic;
  vec whole = shifted - magic;
  vec r = x - whole * 0x1.62e4p-1f; // ln 2 in two parts, the first exact times any n
  r -= whole * 0x1.7f7d1cp-20f;
  vec p = all(0.0013933652080595493f);
  p = p * r + 0.008363181725144386f;
  p = p * r + 0.04166646674275398f;
  p = p * r + 0.16666576266288757f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
  veci half = n >> 1;
  vec first = (vec)((half + 127) << 23), second = (vec)((n - half + 127) << 23);
  return p * first * second;
}

// Phi(x) and the density at x. Phi(-a) e^(a^2 / 2) / t is smooth in t = 1 / (1 + a / sqrt 8); the
// polynomial is its Chebyshev series on 0.12 < t < 1.
static INLINE vec gauss(vec x, vec& density) {
  vec a = x < 0.0f ? -x : x;
  a = a > 20.0f ? all(20.0f) : a;
  vec square = a * a;
#if defined(__AVX512F__)
  vec lost = (vec)_mm512_fmsub_ps((__m512)a, (__m512)a, (__m512)square);
#else
  vec lost = (vec)_mm256_fmsub_ps((__m256)a, (__m256)a, (__m256)square);
#endif
  vec e = exponential(-0.5f * square);
  e -= e * (0.5f * lost);
  density = e * 0.3989422804014327f;
  vec t = 1.0f / (1.0f + a * 0.35355339059327373f);
  vec w = (2.0f * t - 1.12f) * (1 / 0.88f);
  vec p = all(5.240466634859331e-06f);
  p = p * w + 2.401284746156307e-06f;
  p = p * w - 5.448410956887528e-05f;
  p = p * w + 2.6755828002933413e-05f;
  p = p * w + 0.0004089300928171724f;
  p = p * w - 0.0005384635296650231f;
  p = p * w - 0.0037014116533100605f;
  p = p * w + 0.004310011863708496f;
  p = p * w + 0.05626611039042473f;
  p = p * w + 0.16624371707439423f;
  p = p * w + 0.27703118324279785f;
  vec tail = p * t * e;
  return x < 0.0f ? tail : 1.0f - tail;
}

static INLINE vec sigmoid(vec x) { return 1.0f / (1.0f + exponential(-x)); }

constexpr float TANH_SCALE = 0.7978845608028654f; // sqrt(2 / pi)
constexpr float TANH_CUBIC = 0.044715f;

// Where cubes overflow the sigmoid is 0 or 1 anyway.
static INLINE vec bounded(vec x) {
  x = x > 20.0f ? all(20.0f) : x;
  return x < -20.0f ? all(-20.0f) : x;
}

// (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
static INLINE vec gate(vec x) {
  vec b = bounded(x);
  return sigmoid(2 * TANH_SCALE * (b + TANH_CUBIC * b * b * b));
}

template <bool STREAMS, class F>
static INLINE void each(const Activation& p, int64_t task, F f) {
  int64_t at = task * p.task, end = min(p.size, at + p.task);
  const float* x = p.x;
  const float* dy = p.dy ? p.dy : p.x;
  float* y = p.y;
  for (; at + W <= end; at += W) {
    vec v = f(load(x + at), load(dy + at));
    if (STREAMS) stream(y + at, v);
    else store(y + at, v);
  }
  if (at < end) {
    int n = static_cast<int>(end - at);
    store(y + at, f(load(x + at, n), load(dy + at, n)), n);
  }
  if (STREAMS) fence();
}

#define ACTIVATION(name, x, dy, value)                       \
  KERNEL(name, Activation) {                                 \
    auto f = [](vec x, vec dy) { return value; };            \
    if (p.streams) each<true>(p, task, f);                   \
    else each<false>(p, task, f);                            \
  }

static INLINE vec geluGradient(vec x) {
  vec density;
  vec phi = gauss(x, density);
  return phi + x * density;
}
static INLINE vec gelu(vec x) {
  vec density;
  return x * gauss(x, density);
}
static INLINE vec geluTanhGradient(vec x) {
  vec b = bounded(x), s = gate(x);
  vec slope = 2 * TANH_SCALE * (1.0f + 3 * TANH_CUBIC * b * b);
  return s + x * (s * (1.0f - s)) * slope;
}
static INLINE vec siluGradient(vec x) {
  vec s = sigmoid(x);
  return s * (1.0f + x * (1.0f - s));
}

ACTIVATION(gelu_forward, x, dy, gelu(x))
ACTIVATION(gelu_gradient, x, dy, dy * geluGradient(x))
ACTIVATION(gelu_tanh_forward, x, dy, x * gate(x))
ACTIVATION(gelu_tanh_gradient, x, dy, dy * geluTanhGradient(x))
ACTIVATION(silu_forward, x, dy, x / (1.0f + exponential(-x)))
ACTIVATION(silu_gradient, x, dy, dy * siluGradient(x))
ACTIVATION(sigmoid_forward, x, dy, sigmoid(x))
ACTIVATION(sigmoid_gradient, y, dy, dy * (y * (1.0f - y)))
ACTIVATION(exp_forward, x, dy, exponential(x))
ACTIVATION(exp_gradient, y, dy, dy * y)
