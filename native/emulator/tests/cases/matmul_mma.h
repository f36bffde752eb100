// matmul_mma.h - small launches of kernels/matmul_mma.cu, against plain loops (matmul_products.h).
#include "matmul_mma.cu"
#include "matmul_products.h"

// Extents along memory are whole packs; the others need not be.
template <class T>
static void checkWay(const Engine& engine, const char* way) {
  constexpr int N = Pack<T>::N;
  bool tA = way[0] == 't', tB = way[1] == 't';
  int m = tA ? 3 * N : 33, n = tB ? 7 : N, k = !tA || tB ? 5 * N : 19;
  checkMatMul<T>(engine, way, m, n, k, 64 * N);
  checkMatMul<T>(engine, way, engine.m + m, engine.n + n, k + 4 * N, 2 * N * 4);
}
template <class T>
static void checkWays(const Engine& engine) {
  for (const char* way : {"nn", "nt", "tn"}) checkWay<T>(engine, way);
}
CASE(large) {
  checkWays<bf16>(MMA_128X128);
  checkWays<float>(MMA_128X128);
}
CASE(small) {
  checkWays<bf16>(MMA_64X64);
  checkWays<float>(MMA_64X64);
}
