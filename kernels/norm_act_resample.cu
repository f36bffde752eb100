// norm_act_resample.cu - batch norm's application and ReLU, a border, a low-pass: one pass, in which
// the activation is made where it is read, in float32. Launched by:
// backend/cuda/NormActResampleCuda.java.
#include "resample.cuh"

struct NormActResampleParams {
  ResampleParams blur;
  const float* statistics;  // (2, c): means, variances
  const float* gamma;       // (c)
  const float* beta;        // (c)
  float epsilon;
};

// V channels of max(0, gamma (x - mean) / deviation + beta); a NaN stays one.
template <int V>
struct NormAct {
  float mean[V], scale[V], beta[V];

  DEVICE NormAct(const NormActResampleParams& p, int channel) {
#pragma unroll
    for (int e = 0; e < V; e++) {
      int c = channel + e;
      mean[e] = p.statistics[c];
      scale[e] = p.gamma[c] / sqrtf(p.statistics[p.blur.c + c] + p.epsilon);
      beta[e] = p.beta[c];
    }
  }
  DEVICE void apply(float (&v)[V]) const {
#pragma unroll
    for (int e = 0; e < V; e++) {
      float y = fmaf(v[e] - mean[e], scale[e], beta[e]);
      v[e] = y < 0 ? 0 : y;
    }
  }
};

template <class T, int V>
struct NormActPixels {
  using Params = NormActResampleParams;
  PlainPixels<T, V> plain;
  NormAct<V> act;

  DEVICE NormActPixels(const NormActResampleParams& p, int channel)
      : plain(p.blur, channel), act(p, channel) {}
  DEVICE void at(i64 image, int iy, int ix, float (&v)[V]) const {
    plain.at(image, iy, ix, v);
    act.apply(v);
  }
};

template <class T, int V>
DEVICE void normActAny(const NormActResampleParams& p) {
  resampleAny<T, V, NormActPixels<T, V>>(p.blur, p);
}

KERNEL_BLOCKS(256, 1) norm_act_resample_f32(NormActResampleParams p) { normActAny<float, 1>(p); }
EXPORT(norm_act_resample_f32)
KERNEL_BLOCKS(256, 1) norm_act_resample_bf16(NormActResampleParams p) { normActAny<bf16, 1>(p); }
EXPORT(norm_act_resample_bf16)
KERNEL_BLOCKS(256, 1) norm_act_resample_pack_f32(NormActResampleParams p) { normActAny<float, 4>(p); }
EXPORT(norm_act_resample_pack_f32)
KERNEL_BLOCKS(256, 1) norm_act_resample_pack_bf16(NormActResampleParams p) { normActAny<bf16, 8>(p); }
EXPORT(norm_act_resample_pack_bf16)

// For the low-pass that walks down: a thread's channels stay, and so do their parameters.
template <class T, int COLS>
struct NormActColumns {
  using Params = NormActResampleParams;
  static constexpr int OUT = Strip<T>::OUT, TOGETHER_ROWS = 2;
  static constexpr int N = Pack<T>::N;
  PlainColumns<T, COLS> plain;
  NormAct<N> act;

  DEVICE NormActColumns(const NormActResampleParams& p, int n, int channel, int first)
      : plain(p.blur, n, channel, first), act(p, channel) {}
  DEVICE bool row(const NormActResampleParams& p, int i) { return plain.row(p.blur, i); }
  DEVICE static constexpr bool together() { return true; }
  DEVICE void columnAlone(const NormActResampleParams&, int, float (&)[N]) const {}
  DEVICE void column(const NormActResampleParams& p, int j, float (&v)[N]) {
    plain.column(p.blur, j, v);
    if (plain.col[j] >= 0) act.apply(v);  // the border's zeros are zeros after the activation
  }
};

template <class T, int TAPS>
DEVICE void normActLowpass(const NormActResampleParams& p) {
  constexpr int COLS = (Strip<T>::OUT - 1) * 2 + TAPS;
  lowpass<T, TAPS, 2, NormActColumns<T, COLS>>(p.blur, p);
}

// norm_act_resample_TAPS_dtype, all at stride 2
#define NORM_ACT_LOWPASS(TAPS)                                                \
  KERNEL_BLOCKS(128, 1) norm_act_resample_##TAPS##_f32(NormActResampleParams p) {    \
    normActLowpass<float, TAPS>(p);                                           \
  }                                                                           \
  EXPORT(norm_act_resample_##TAPS##_f32)                                      \
  KERNEL_BLOCKS(128, 1) norm_act_resample_##TAPS##_bf16(NormActResampleParams p) {   \
    normActLowpass<bf16, TAPS>(p);                                            \
  }                                                                           \
  EXPORT(norm_act_resample_##TAPS##_bf16)

NORM_ACT_LOWPASS(2)
NORM_ACT_LOWPASS(3)
NORM_ACT_LOWPASS(4)
NORM_ACT_LOWPASS(5)
NORM_ACT_LOWPASS(6)
NORM_ACT_LOWPASS(7)
