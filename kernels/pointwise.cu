// pointwise.cu - functions of one number and their derivatives, and dropout. What they mean:
// graph/op/Fn.java, Dropout.java. Launched by: backend/cuda/PointwiseCuda.java.
#include "elementwise.cuh"

constexpr float SQRT_HALF = 0.70710678118654752f;
constexpr float DENSITY_AT_0 = 0.39894228040143268f;  // 1 / sqrt(2 pi)
constexpr float TANH_SCALE = 0.79788456080286536f;    // sqrt(2 / pi)
constexpr float TANH_CUBIC = 0.044715f;

// The Gaussian distribution function; erfc keeps its relative accuracy far to the left.
DEVICE float phi(float x) { return 0.5f * erfcf(-x * SQRT_HALF); }
DEVICE float sigmoid(float x) { return 1 / (1 + expf(-x)); }
DEVICE float geluTanh(float x) {
  return tanhf(TANH_SCALE * fmaf(TANH_CUBIC * x * x, x, x));
}

#define FUNCTOR(name, operands, value)                                    \
  struct name {                                                           \
    static constexpr int IN = operands;                                   \
    DEVICE explicit name(const Numbers&) {}                               \
    DEVICE float operator()(const float (&v)[operands]) const { value }   \
  };

// y = fn(v[0])
FUNCTOR(Relu, 1, return v[0] <= 0 ? 0 : v[0];)  // a NaN stays one
FUNCTOR(Relu6, 1, return v[0] <= 0 ? 0 : v[0] >= 6 ? 6 : v[0];)
FUNCTOR(Gelu, 1, return v[0] * phi(v[0]);)
FUNCTOR(GeluTanh, 1, return v[0] * fmaf(0.5f, geluTanh(v[0]), 0.5f);)
FUNCTOR(Silu, 1, return v[0] / (1 + expf(-v[0]));)
FUNCTOR(Sigmoid, 1, return sigmoid(v[0]);)
FUNCTOR(Tanh, 1, return tanhf(v[0]);)
FUNCTOR(Exp, 1, return expf(v[0]);)
FUNCTOR(Log, 1, return logf(v[0]);)
FUNCTOR(Square, 1, return v[0] * v[0];)
FUNCTOR(IsFinite, 1, return fabsf(v[0]) <= 3.402823466e38f ? 1 : 0;)

// dx = fn'(.) v[1], where v[0] is y or x, as Fn.fromOutput says
FUNCTOR(ReluGrad, 2, return v[0] > 0 ? v[1] : 0;)
FUNCTOR(Relu6Grad, 2, return v[0] > 0 && v[0] < 6 ? v[1] : 0;)
FUNCTOR(GeluGrad, 2, float density = DENSITY_AT_0 * expf(-0.5f * v[0] * v[0]);
        return fmaf(v[0], density, phi(v[0])) * v[1];)
FUNCTOR(GeluTanhGrad, 2, float t = geluTanh(v[0]);
        float slope = TANH_SCALE * fmaf(3 * TANH_CUBIC * v[0], v[0], 1.0f);
        float half = 0.5f * v[0] * slope;
        return fmaf(half, fmaf(-t, t, 1.0f), fmaf(0.5f, t, 0.5f)) * v[1];)
FUNCTOR(SiluGrad, 2, float s = sigmoid(v[0]); return s * fmaf(v[0], 1 - s, 1.0f) * v[1];)
FUNCTOR(SigmoidGrad, 2, return v[0] * (1 - v[0]) * v[1];)
FUNCTOR(TanhGrad, 2, return fmaf(-v[0], v[0], 1.0f) * v[1];)
FUNCTOR(ExpGrad, 2, return v[0] * v[1];)
FUNCTOR(LogGrad, 2, return v[1] / v[0];)
FUNCTOR(SquareGrad, 2, return 2 * v[0] * v[1];)
FUNCTOR(IsFiniteGrad, 2, (void)v; return 0;)

#define FUNCTION(name, F)                                      \
  ONE_BY_ONE(name, f32, Each<float, float, F>)                 \
  ONE_BY_ONE(name, bf16, Each<bf16, bf16, F>)                  \
  ONE_BY_ONE(name##_grad, f32, Each<float, float, F##Grad>)    \
  ONE_BY_ONE(name##_grad, bf16, Each<bf16, bf16, F##Grad>)

FUNCTION(relu, Relu)
FUNCTION(relu6, Relu6)
FUNCTION(gelu, Gelu)
FUNCTION(gelu_tanh, GeluTanh)
FUNCTION(silu, Silu)
FUNCTION(sigmoid, Sigmoid)
FUNCTION(tanh, Tanh)
FUNCTION(exp, Exp)
FUNCTION(log, Log)
FUNCTION(square, Square)
FUNCTION(is_finite, IsFinite)
MANY(square, f32, Each<float, float, Square>)  // AdamW's, one for each parameter

// ---- dropout -------------------------------------------------------------------------------------

struct DropoutParams {
  const void* x;
  void* y;             // may be x
  const int* counter;  // seed, step
  i64 n;
  i64 perDraw;  // neighbours that share one draw
  u64 key;
  int threshold;  // a draw of 24 bits from here on keeps its elements
  float scale;    // of what is kept: 1 / (1 - rate)
};

// SplitMix64's finaliser
DEVICE u64 mix(u64 z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

DEVICE u64 dropoutStream(const DropoutParams& p) {
  u64 counter = static_cast<u64>(static_cast<u32>(p.counter[0])) << 32 | static_cast<u32>(p.counter[1]);
  return mix(p.key ^ mix(counter));
}
DEVICE bool keeps(const DropoutParams& p, u64 stream, i64 draw) {
  u64 bits = mix(stream + static_cast<u64>(draw) * 0x9e3779b97f4a7c15ull) >> 40;
  return static_cast<int>(bits) >= p.threshold;
}

template <class T>
DEVICE void dropout(const DropoutParams& p) {
  u64 stream = dropoutStream(p);
  for (i64 i = globalThread(); i < p.n; i += gridThreads()) {
    float v = load<T>(p.x, i);
    store<T>(p.y, i, keeps(p, stream, i / p.perDraw) ? v * p.scale : 0);
  }
}

// A draw for each element.
template <class T>
DEVICE void dropoutVector(const DropoutParams& p) {
  constexpr int N = Pack<T>::N;
  u64 stream = dropoutStream(p);
  i64 packs = p.n / N;
  for (i64 k = globalThread(); k < packs; k += gridThreads()) {
    float v[N];
    loadPack(static_cast<const T*>(p.x) + k * N, v);
#pragma unroll
    for (int j = 0; j < N; j++) v[j] = keeps(p, stream, k * N + j) ? v[j] * p.scale : 0;
    storePack(static_cast<T*>(p.y) + k * N, v);
  }
  i64 rest = packs * N + globalThread();
  if (rest < p.n) {
    float v = load<T>(p.x, rest);
    store<T>(p.y, rest, keeps(p, stream, rest) ? v * p.scale : 0);
  }
}

// A draw for each sample, whose elements are whole packs: blockIdx.y is the sample. What is dropped
// is not even read.
template <class T>
DEVICE void dropoutSample(const DropoutParams& p) {
  constexpr int N = Pack<T>::N;
  bool kept = keeps(p, dropoutStream(p), blockIdx.y);
  i64 first = blockIdx.y * p.perDraw;
  for (i64 i = globalThread() * N; i < p.perDraw; i += gridThreads() * N) {
    float v[N] = {};
    if (kept) {
      loadPack(static_cast<const T*>(p.x) + first + i, v);
#pragma unroll
      for (int j = 0; j < N; j++) v[j] *= p.scale;
    }
    storePack(static_cast<T*>(p.y) + first + i, v);
  }
}

KERNEL(256) dropout_f32(DropoutParams p) { dropout<float>(p); }
EXPORT(dropout_f32)
KERNEL(256) dropout_bf16(DropoutParams p) { dropout<bf16>(p); }
EXPORT(dropout_bf16)
KERNEL(256) dropout_v_f32(DropoutParams p) { dropoutVector<float>(p); }
EXPORT(dropout_v_f32)
KERNEL(256) dropout_v_bf16(DropoutParams p) { dropoutVector<bf16>(p); }
EXPORT(dropout_v_bf16)
KERNEL(256) dropout_sample_f32(DropoutParams p) { dropoutSample<float>(p); }
EXPORT(dropout_sample_f32)
KERNEL(256) dropout_sample_bf16(DropoutParams p) { dropoutSample<bf16>(p); }
EXPORT(dropout_sample_bf16)
