// matmul.cuh - the factors of a product of matrices, for either engine.
#pragma once
#include "gemm.cuh"

struct MatMulParams {
  const void* a;  // (M, K), or (K, M) where transposed
  const void* b;  // (K, N), or (N, K) where transposed
  void* y;        // (M, N); with slabs of k, the partial sums (slabs, M, N) in float
  Epilogue epilogue;
  int m, n, k;
  int slabDepth;
};

// z is the slab of k.
template <class T, bool transposeA, bool transposeB, class Engine>
DEVICE void matmul(const MatMulParams& p) {
  int tilesN = ceilDiv(p.n, Engine::N);
  int tileM = static_cast<int>(blockIdx.x) / tilesN;
  int m0 = tileM * Engine::M;
  int n0 = (static_cast<int>(blockIdx.x) - tileM * tilesN) * Engine::N;
  int slab = blockIdx.z;
  int begin = slab * p.slabDepth;
  int end = min(p.k, begin + p.slabDepth);
  Matrix<T, !transposeA> a{static_cast<const T*>(p.a), p.m, end, transposeA ? p.m : p.k};
  Matrix<T, transposeB> b{static_cast<const T*>(p.b), p.n, end, transposeB ? p.k : p.n};
  Rows out{p.y, p.m, p.n, static_cast<i64>(slab) * p.m * p.n};
  Engine::template multiply<T>(a, b, out, p.epilogue, m0, n0, begin, end);
}
