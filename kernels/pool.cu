// pool.cu - the largest value of each window, and its gradient. Launched by: backend/cuda/PoolCuda.java.
//
// A NaN wins over everything, so that it is not hidden; among equals the first in row-major order.
#include "common.cuh"

struct PoolParams {
  const void* x;   // (n, h, w, c)
  const void* dy;  // (n, ho, wo, c); the gradient's only
  void* y;         // the pool's result, or the gradient dx like x
  int n, h, w, c, ho, wo;
  int kernelH, kernelW, strideH, strideW, padH, padW;
};

// V channels a thread.
template <class T, int V>
DEVICE void pool(const PoolParams& p) {
  i64 total = static_cast<i64>(p.n) * p.ho * p.wo * (p.c / V);
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int pack, ox, oy;
    i64 image = split(split(split(i, p.c / V, pack), p.wo, ox), p.ho, oy);
    const T* x = static_cast<const T*>(p.x) + image * p.h * p.w * p.c + pack * V;
    int top = oy * p.strideH - p.padH, left = ox * p.strideW - p.padW;
    int bottom = top + p.kernelH < p.h ? top + p.kernelH : p.h;
    int right = left + p.kernelW < p.w ? left + p.kernelW : p.w;
    float best[V];
#pragma unroll
    for (int e = 0; e < V; e++) best[e] = -__uint_as_float(0x7f800000u);
    for (int iy = top < 0 ? 0 : top; iy < bottom; iy++) {
      for (int ix = left < 0 ? 0 : left; ix < right; ix++) {
        float v[V];
        loadSome(x + (static_cast<i64>(iy) * p.w + ix) * p.c, v);
#pragma unroll
        for (int e = 0; e < V; e++) best[e] = maxOrNan(best[e], v[e]);
      }
    }
    storeSome(static_cast<T*>(p.y) + i * V, best);
  }
}

KERNEL(256) pool_max_f32(PoolParams p) { pool<float, 1>(p); }
EXPORT(pool_max_f32)
KERNEL(256) pool_max_bf16(PoolParams p) { pool<bf16, 1>(p); }
EXPORT(pool_max_bf16)
KERNEL(256) pool_max_pack_f32(PoolParams p) { pool<float, 4>(p); }
EXPORT(pool_max_pack_f32)
KERNEL(256) pool_max_pack_bf16(PoolParams p) { pool<bf16, 8>(p); }
EXPORT(pool_max_pack_bf16)

// ---- gradient: each x gathers from the windows it is the winner of ---------------------------------

// Windows that cover position i: first .. last.
DEVICE int firstWindow(int i, int kernel, int stride, int pad) {
  int low = i + pad - kernel + 1;
  return low <= 0 ? 0 : ceilDiv(low, stride);
}
DEVICE int lastWindow(int i, int stride, int pad, int count) {
  int last = (i + pad) / stride;
  return last < count ? last : count - 1;
}

// Searches each window for its winner again; for any window.
template <class T>
DEVICE void poolGrad(const PoolParams& p) {
  i64 total = static_cast<i64>(p.n) * p.h * p.w * p.c;
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int c, ix, iy;
    i64 image = split(split(split(i, p.c, c), p.w, ix), p.h, iy);
    i64 x = image * p.h * p.w * p.c + c, dy = image * p.ho * p.wo * p.c + c;
    float sum = 0;
    for (int oy = firstWindow(iy, p.kernelH, p.strideH, p.padH);
         oy <= lastWindow(iy, p.strideH, p.padH, p.ho); oy++) {
      for (int ox = firstWindow(ix, p.kernelW, p.strideW, p.padW);
           ox <= lastWindow(ix, p.strideW, p.padW, p.wo); ox++) {
        int bestY = -1, bestX = -1;
        float best = 0;
        for (int a = 0; a < p.kernelH; a++) {
          for (int b = 0; b < p.kernelW; b++) {
            int y = oy * p.strideH - p.padH + a, z = ox * p.strideW - p.padW + b;
            if (y < 0 || y >= p.h || z < 0 || z >= p.w) continue;
            float v = load<T>(p.x, x + (static_cast<i64>(y) * p.w + z) * p.c);
            if (bestY < 0 || v > best || v != v) {
              best = v;
              bestY = y;
              bestX = z;
            }
          }
        }
        if (bestY == iy && bestX == ix)
          sum += load<T>(p.dy, dy + (static_cast<i64>(oy) * p.wo + ox) * p.c);
      }
    }
    store<T>(p.y, i, sum);
  }
}

KERNEL(256) pool_grad_f32(PoolParams p) { poolGrad<float>(p); }
EXPORT(pool_grad_f32)
KERNEL(256) pool_grad_bf16(PoolParams p) { poolGrad<bf16>(p); }
EXPORT(pool_grad_bf16)

// Windows of up to K x K. Whether a neighbour beats x does not depend on the window, only on
// whether it comes earlier (then a tie beats) or later: one bit for each neighbour, and x wins a
// window when no bit inside it is set. The order of the sum is the plain kernel's.
template <class T, int K>
DEVICE void poolGradPack(const PoolParams& p) {
  constexpr int N = Pack<T>::N, SPAN = 2 * K - 1;
  i64 total = static_cast<i64>(p.n) * p.h * p.w * (p.c / N);
  for (i64 i = globalThread(); i < total; i += gridThreads()) {
    int pack, ix, iy;
    i64 image = split(split(split(i, p.c / N, pack), p.w, ix), p.h, iy);
    const T* x = static_cast<const T*>(p.x) + i * N;
    float own[N];
    loadPack(x, own);
    u32 beaten[N] = {};
#pragma unroll
    for (int a = 1 - K; a < K; a++) {
#pragma unroll
      for (int b = 1 - K; b < K; b++) {
        if (a == 0 && b == 0) continue;
        if (a <= -p.kernelH || a >= p.kernelH || b <= -p.kernelW || b >= p.kernelW) continue;
        if (iy + a < 0 || iy + a >= p.h || ix + b < 0 || ix + b >= p.w) continue;
        float v[N];
        loadPack(x + (static_cast<i64>(a) * p.w + b) * p.c, v);
        bool earlier = a < 0 || (a == 0 && b < 0);
        u32 bit = 1u << ((a + K - 1) * SPAN + b + K - 1);
#pragma unroll
        for (int e = 0; e < N; e++) {
          // a NaN loses to a later NaN only
          bool beats = earlier ? !(own[e] > v[e]) && own[e] == own[e] : v[e] > own[e] || v[e] != v[e];
          if (beats) beaten[e] |= bit;
        }
      }
    }
    const T* dy = static_cast<const T*>(p.dy) + image * p.ho * p.wo * p.c + pack * N;
    float sum[N] = {};
    for (int oy = firstWindow(iy, p.kernelH, p.strideH, p.padH);
         oy <= lastWindow(iy, p.strideH, p.padH, p.ho); oy++) {
      int above = iy - (oy * p.strideH - p.padH);  // rows of the window before x
      for (int ox = firstWindow(ix, p.kernelW, p.strideW, p.padW);
           ox <= lastWindow(ix, p.strideW, p.padW, p.wo); ox++) {
        int before = ix - (ox * p.strideW - p.padW);
        u32 line = ((1u << p.kernelW) - 1) << (K - 1 - before);
        u32 window = 0;
#pragma unroll
        for (int a = 0; a < K; a++)
          if (a < p.kernelH) window |= line << ((K - 1 - above + a) * SPAN);
        float v[N];
        loadPack(dy + (static_cast<i64>(oy) * p.wo + ox) * p.c, v);
#pragma unroll
        for (int e = 0; e < N; e++)
          if ((beaten[e] & window) == 0) sum[e] += v[e];
      }
    }
    storePack(static_cast<T*>(p.y) + i * N, sum);
  }
}

KERNEL(256) pool_grad_pack2_f32(PoolParams p) { poolGradPack<float, 2>(p); }
EXPORT(pool_grad_pack2_f32)
KERNEL(256) pool_grad_pack2_bf16(PoolParams p) { poolGradPack<bf16, 2>(p); }
EXPORT(pool_grad_pack2_bf16)
KERNEL(256) pool_grad_pack3_f32(PoolParams p) { poolGradPack<float, 3>(p); }
EXPORT(pool_grad_pack3_f32)
KERNEL(256) pool_grad_pack3_bf16(PoolParams p) { poolGradPack<bf16, 3>(p); }
EXPORT(pool_grad_pack3_bf16)
