// update.cu - what turns gradients into the next state: averages, optimizer steps, and the guard
// that keeps the old one. What they mean: graph/op/{Select,Lerp,ClipFactor,SgdMomentum,SgdStep,
// AdamWStep}.java. Launched by: backend/cuda/UpdateCuda.java.
#include "elementwise.cuh"

// y = a + t (b - a)
struct Lerp {
  static constexpr int IN = 2;
  float t;
  DEVICE explicit Lerp(const Numbers& s) : t(number(s, 0)) {}
  DEVICE float operator()(const float (&v)[2]) const { return fmaf(t, v[1] - v[0], v[0]); }
};

// (p, dp, buffer) -> the next buffer
struct Momentum {
  static constexpr int IN = 3;
  float momentum, decay;
  DEVICE explicit Momentum(const Numbers& s)
      : momentum(static_cast<float>(s.value[0])), decay(static_cast<float>(s.value[1])) {}
  DEVICE float operator()(const float (&v)[3]) const {
    return fmaf(momentum, v[2], fmaf(decay, v[0], v[1]));
  }
};

// (p, next buffer) -> the next p
struct Sgd {
  static constexpr int IN = 2;
  float rate;
  DEVICE explicit Sgd(const Numbers& s) : rate(number(s, 0)) {}
  DEVICE float operator()(const float (&v)[2]) const { return fmaf(-rate, v[1], v[0]); }
};

// (p, dp, next buffer) -> the next p
struct Nesterov {
  static constexpr int IN = 3;
  float rate, momentum, decay;
  DEVICE explicit Nesterov(const Numbers& s)
      : rate(number(s, 0)),
        momentum(static_cast<float>(s.value[0])),
        decay(static_cast<float>(s.value[1])) {}
  DEVICE float operator()(const float (&v)[3]) const {
    return fmaf(-rate, fmaf(momentum, v[2], fmaf(decay, v[0], v[1])), v[0]);
  }
};

DEVICE double power(double base, i64 exponent) {
  double y = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) y *= base;
    base *= base;
  }
  return y;
}

// (p, next m, next v) -> the next p. The corrections are in double, where 1 - beta2^t keeps its
// digits at t = 1, and by one thread of a block, because double is slow on many GPUs.
struct AdamW {
  static constexpr int IN = 3;
  float decay, scale, correct, epsilon;
  DEVICE explicit AdamW(const Numbers& s) {
    __shared__ float shared[3];
    if (threadIdx.x == 0) {
      double rate = number(s, 0);
      i64 t = static_cast<i64>(number(s, 1));
      shared[0] = static_cast<float>(1 - rate * s.value[3]);
      shared[1] = static_cast<float>(rate / (1 - power(s.value[0], t)));
      shared[2] = static_cast<float>(1 / (1 - power(s.value[1], t)));
    }
    __syncthreads();
    decay = shared[0];
    scale = shared[1];
    correct = shared[2];
    epsilon = static_cast<float>(s.value[2]);
  }
  DEVICE float operator()(const float (&v)[3]) const {
    float step = scale * v[1] / (sqrtf(v[2] * correct) + epsilon);
    return fmaf(v[0], decay, -step);
  }
};

#define UPDATE(name, type, ...)        \
  ONE_BY_ONE(name, type, __VA_ARGS__) \
  MANY(name, type, __VA_ARGS__)

UPDATE(select, bytes, Move<true>)
UPDATE(lerp, f32, Each<float, float, Lerp>)
UPDATE(momentum, f32, Each<float, float, Momentum>)
UPDATE(sgd, f32, Each<float, float, Sgd>)
UPDATE(nesterov, f32, Each<float, float, Nesterov>)
UPDATE(adamw, f32, Each<float, float, AdamW>)

struct ClipFactorParams {
  const float* squared;
  float* y;
  double most;
};

KERNEL(32) clip_factor_f32(ClipFactorParams p) {
  if (threadIdx.x != 0) return;
  double factor = p.most / (sqrt(static_cast<double>(*p.squared)) + 1e-6);
  *p.y = factor >= 1 ? 1.0f : static_cast<float>(factor);  // a NaN stays one
}
EXPORT(clip_factor_f32)
