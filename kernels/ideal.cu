// ideal.cu - ideal resampling, one axis at a time: y[a, o, b] = sum over i of M[o, i] x[a, i, b].
// What it means: graph/op/IdealResample.java. Launched by: backend/cuda/IdealCuda.java.
#include "common.cuh"

struct IdealParams {
  const void* x;
  const float* matrix;  // (to, from)
  void* y;
  i64 outer, inner;
  int from, to, transposed;
};

// A thread, a result. Neighbours share the row of the matrix and read neighbours of x.
template <class T, class R>
DEVICE void idealAxis(const IdealParams& p) {
  int in = p.transposed ? p.to : p.from, out = p.transposed ? p.from : p.to;
  i64 rowStep = p.transposed ? 1 : p.from, step = p.transposed ? p.from : 1;
  i64 total = p.outer * out * p.inner;
  for (i64 at = globalThread(); at < total; at += gridThreads()) {
    i64 b = at % p.inner, o = at / p.inner % out, a = at / p.inner / out;
    const float* row = p.matrix + o * rowStep;
    i64 x = a * in * p.inner + b;
    float sum = 0;
    for (int i = 0; i < in; i++, x += p.inner) sum = fmaf(row[i * step], load<T>(p.x, x), sum);
    store<R>(p.y, at, sum);
  }
}

KERNEL(256) ideal_axis_f32_f32(IdealParams p) { idealAxis<float, float>(p); }
EXPORT(ideal_axis_f32_f32)
KERNEL(256) ideal_axis_bf16_f32(IdealParams p) { idealAxis<bf16, float>(p); }
EXPORT(ideal_axis_bf16_f32)
KERNEL(256) ideal_axis_f32_bf16(IdealParams p) { idealAxis<float, bf16>(p); }
EXPORT(ideal_axis_f32_bf16)
