// loss.cu - softmax and what is made of it; rows are the last axis. What they mean:
// graph/op/Softmax.java, LogSoftmax.java, SoftmaxCrossEntropy.java, SoftmaxCrossEntropyGrad.java,
// OneHot.java, ArgmaxOneHot.java. Launched by: backend/cuda/LossCuda.java.
//
// A row belongs to a team: a warp, a block where rows are long, or one thread with sums in double,
// which is the oracle of the other two. Rows are read again from cache rather than kept.
#include "common.cuh"

// NVRTC has no <math.h> for its macros.
DEVICE float minusInfinity() { return __uint_as_float(0xff800000u); }
DEVICE float notANumber() { return __uint_as_float(0x7fc00000u); }

template <int TEAM>
struct Team {
  typedef float Sum;
};
template <>
struct Team<1> {
  typedef double Sum;
};

// Every thread of the team gets the result; all of the block call together where a team is one.
template <int TEAM, class S>
DEVICE S teamSum(S v) {
  if constexpr (TEAM == 32) {
    return warpSum(v);
  } else if constexpr (TEAM > 32) {
    __shared__ S warps[32];
    S sum = blockSum(v, warps);
    __syncthreads();
    return sum;
  } else {
    return v;
  }
}
template <int TEAM>
DEVICE float teamMax(float v) {
  if constexpr (TEAM > 1) v = warpMax(v);
  if constexpr (TEAM > 32) {
    __shared__ float warps[32];
    if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = v;
    __syncthreads();
    for (int i = 0; i < TEAM / 32; i++) v = fmaxf(v, warps[i]);
    __syncthreads();
  }
  return v;
}

// The thread's place in its team, and every row of the team.
template <int TEAM, class Row>
DEVICE void eachRow(i64 rows, Row body) {
  int member = static_cast<int>(threadIdx.x) % TEAM;
  for (i64 row = globalThread() / TEAM; row < rows; row += gridThreads() / TEAM) body(row, member);
}

// The largest element and the sum of exponentials around it.
template <int TEAM>
struct Normaliser {
  float top;
  typename Team<TEAM>::Sum sum;
};
template <class T, int TEAM>
DEVICE Normaliser<TEAM> normaliser(const T* x, int k, int member) {
  float top = minusInfinity();
  for (int i = member; i < k; i += TEAM) top = fmaxf(top, toFloat(x[i]));
  top = teamMax<TEAM>(top);
  typename Team<TEAM>::Sum sum = 0;
  for (int i = member; i < k; i += TEAM) sum += expf(toFloat(x[i]) - top);
  return {top, teamSum<TEAM>(sum)};
}

// ---- softmax and its logarithm ------------------------------------------------------------------

struct SoftmaxParams {
  const void* x;
  void* y;
  i64 rows;
  int k, logarithm;
};

template <class T, int TEAM>
DEVICE void softmax(const SoftmaxParams& p) {
  eachRow<TEAM>(p.rows, [&](i64 row, int member) {
    const T* x = static_cast<const T*>(p.x) + row * p.k;
    T* y = static_cast<T*>(p.y) + row * p.k;
    Normaliser<TEAM> n = normaliser<T, TEAM>(x, p.k, member);
    float log = logf(static_cast<float>(n.sum)), share = static_cast<float>(1 / n.sum);
    for (int i = member; i < p.k; i += TEAM) {
      float v = toFloat(x[i]) - n.top;
      y[i] = fromFloat<T>(p.logarithm ? v - log : expf(v) * share);
    }
  });
}
KERNEL(256) softmax_simple_f32(SoftmaxParams p) { softmax<float, 1>(p); }
EXPORT(softmax_simple_f32)
KERNEL(256) softmax_simple_bf16(SoftmaxParams p) { softmax<bf16, 1>(p); }
EXPORT(softmax_simple_bf16)
KERNEL(256) softmax_warp_f32(SoftmaxParams p) { softmax<float, 32>(p); }
EXPORT(softmax_warp_f32)
KERNEL(256) softmax_warp_bf16(SoftmaxParams p) { softmax<bf16, 32>(p); }
EXPORT(softmax_warp_bf16)
KERNEL_BLOCKS(256, 5) softmax_block_f32(SoftmaxParams p) { softmax<float, 256>(p); }
EXPORT(softmax_block_f32)
KERNEL_BLOCKS(256, 5) softmax_block_bf16(SoftmaxParams p) { softmax<bf16, 256>(p); }
EXPORT(softmax_block_bf16)

// ---- cross-entropy ------------------------------------------------------------------------------

struct CrossEntropyParams {
  const void *logits, *target;
  const void* dy;  // (rows), of the gradient
  void* y;         // (rows), or the gradient (rows, k)
  i64 rows;
  int k;
};

template <class T, int TEAM>
DEVICE void crossEntropy(const CrossEntropyParams& p) {
  eachRow<TEAM>(p.rows, [&](i64 row, int member) {
    const T* x = static_cast<const T*>(p.logits) + row * p.k;
    const T* target = static_cast<const T*>(p.target) + row * p.k;
    Normaliser<TEAM> n = normaliser<T, TEAM>(x, p.k, member);
    float log = logf(static_cast<float>(n.sum));
    typename Team<TEAM>::Sum loss = 0;
    for (int i = member; i < p.k; i += TEAM)
      loss += toFloat(target[i]) * (log - (toFloat(x[i]) - n.top));
    loss = teamSum<TEAM>(loss);
    if (member == 0) store<T>(p.y, row, static_cast<float>(loss));
  });
}
KERNEL(256) cross_entropy_simple_f32(CrossEntropyParams p) { crossEntropy<float, 1>(p); }
EXPORT(cross_entropy_simple_f32)
KERNEL(256) cross_entropy_simple_bf16(CrossEntropyParams p) { crossEntropy<bf16, 1>(p); }
EXPORT(cross_entropy_simple_bf16)
KERNEL(256) cross_entropy_warp_f32(CrossEntropyParams p) { crossEntropy<float, 32>(p); }
EXPORT(cross_entropy_warp_f32)
KERNEL(256) cross_entropy_warp_bf16(CrossEntropyParams p) { crossEntropy<bf16, 32>(p); }
EXPORT(cross_entropy_warp_bf16)
KERNEL(256) cross_entropy_block_f32(CrossEntropyParams p) { crossEntropy<float, 256>(p); }
EXPORT(cross_entropy_block_f32)
KERNEL(256) cross_entropy_block_bf16(CrossEntropyParams p) { crossEntropy<bf16, 256>(p); }
EXPORT(cross_entropy_block_bf16)

template <class T, int TEAM>
DEVICE void crossEntropyGrad(const CrossEntropyParams& p) {
  eachRow<TEAM>(p.rows, [&](i64 row, int member) {
    const T* x = static_cast<const T*>(p.logits) + row * p.k;
    const T* target = static_cast<const T*>(p.target) + row * p.k;
    T* dx = static_cast<T*>(p.y) + row * p.k;
    typename Team<TEAM>::Sum mass = 0;
    for (int i = member; i < p.k; i += TEAM) mass += toFloat(target[i]);
    mass = teamSum<TEAM>(mass);
    Normaliser<TEAM> n = normaliser<T, TEAM>(x, p.k, member);
    float share = static_cast<float>(mass / n.sum), dy = load<T>(p.dy, row);
    for (int i = member; i < p.k; i += TEAM) {
      float e = expf(toFloat(x[i]) - n.top);
      dx[i] = fromFloat<T>(fmaf(e, share, -toFloat(target[i])) * dy);
    }
  });
}
KERNEL(256) cross_entropy_grad_simple_f32(CrossEntropyParams p) { crossEntropyGrad<float, 1>(p); }
EXPORT(cross_entropy_grad_simple_f32)
KERNEL(256) cross_entropy_grad_simple_bf16(CrossEntropyParams p) { crossEntropyGrad<bf16, 1>(p); }
EXPORT(cross_entropy_grad_simple_bf16)
KERNEL(256) cross_entropy_grad_warp_f32(CrossEntropyParams p) { crossEntropyGrad<float, 32>(p); }
EXPORT(cross_entropy_grad_warp_f32)
KERNEL(256) cross_entropy_grad_warp_bf16(CrossEntropyParams p) { crossEntropyGrad<bf16, 32>(p); }
EXPORT(cross_entropy_grad_warp_bf16)
KERNEL(256) cross_entropy_grad_block_f32(CrossEntropyParams p) { crossEntropyGrad<float, 256>(p); }
EXPORT(cross_entropy_grad_block_f32)
KERNEL(256) cross_entropy_grad_block_bf16(CrossEntropyParams p) { crossEntropyGrad<bf16, 256>(p); }
EXPORT(cross_entropy_grad_block_bf16)

// ---- labels -------------------------------------------------------------------------------------

struct OneHotParams {
  const int* labels;
  void* y;
  i64 rows;
  int k;
  float on, off;
};

// A label outside 0 .. k - 1 cannot stop a kernel; its row of NaNs makes the loss one, and that
// stops the update.
template <class T>
DEVICE void oneHot(const OneHotParams& p) {
  i64 total = p.rows * p.k;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int label = p.labels[i / p.k];
    float v = i % p.k == label ? p.on : p.off;
    if (label < 0 || label >= p.k) v = notANumber();
    store<T>(p.y, i, v);
  }
}
KERNEL(256) one_hot_f32(OneHotParams p) { oneHot<float>(p); }
EXPORT(one_hot_f32)
KERNEL(256) one_hot_bf16(OneHotParams p) { oneHot<bf16>(p); }
EXPORT(one_hot_bf16)

struct ArgmaxParams {
  const void* x;
  void* y;
  i64 rows;
  int k;
};

// The largest, the first among equals. As in a loop with `>` that starts at element 0, a NaN there
// wins and elsewhere never does.
template <class T>
DEVICE void argmaxSimple(const ArgmaxParams& p) {
  eachRow<1>(p.rows, [&](i64 row, int) {
    const T* x = static_cast<const T*>(p.x) + row * p.k;
    int best = 0;
    for (int i = 1; i < p.k; i++)
      if (toFloat(x[i]) > toFloat(x[best])) best = i;
    for (int i = 0; i < p.k; i++) store<T>(p.y, row * p.k + i, i == best ? 1.0f : 0.0f);
  });
}
KERNEL(256) argmax_simple_f32(ArgmaxParams p) { argmaxSimple<float>(p); }
EXPORT(argmax_simple_f32)
KERNEL(256) argmax_simple_bf16(ArgmaxParams p) { argmaxSimple<bf16>(p); }
EXPORT(argmax_simple_bf16)

template <class T>
DEVICE void argmaxWarp(const ArgmaxParams& p) {
  eachRow<32>(p.rows, [&](i64 row, int lane) {
    const T* x = static_cast<const T*>(p.x) + row * p.k;
    float top = minusInfinity();
    int best = 0;
    for (int i = lane; i < p.k; i += 32) {
      float v = toFloat(x[i]);
      if (v > top) {
        top = v;
        best = i;
      }
    }
    for (int offset = 16; offset > 0; offset >>= 1) {
      float other = __shfl_xor_sync(0xffffffffu, top, offset);
      int at = __shfl_xor_sync(0xffffffffu, best, offset);
      if (other > top || (other == top && at < best)) {
        top = other;
        best = at;
      }
    }
    float first = toFloat(x[0]);
    if (first != first) best = 0;
    for (int i = lane; i < p.k; i += 32) store<T>(p.y, row * p.k + i, i == best ? 1.0f : 0.0f);
  });
}
KERNEL(256) argmax_warp_f32(ArgmaxParams p) { argmaxWarp<float>(p); }
EXPORT(argmax_warp_f32)
KERNEL(256) argmax_warp_bf16(ArgmaxParams p) { argmaxWarp<bf16>(p); }
EXPORT(argmax_warp_bf16)
