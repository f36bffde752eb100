// stub13.cpp - stands in for CUDA 13's cuBLAS: folds every argument into its answer.
#include <cstdint>

#include "stubs.h"

int cublasCreate_v2(void** handle) {
  static int anything;
  *handle = &anything;
  return 0;
}
int cublasDestroy_v2(void*) { return 0; }
int cublasGetVersion_v2(void*, int* version) {
  *version = 130001;
  return 0;
}
int cublasGetProperty(int property, int* value) {
  *value = property == 0 ? 13 : property - 1;  // 13.0.1
  return 0;
}
int cublasGemmEx(void* handle, int transA, int transB, int m, int n, int k, const void* alpha,
                 const void* a, int aType, int lda, const void* b, int bType, int ldb,
                 const void* beta, void* c, int cType, int ldc, int compute, int algorithm) {
  const std::intptr_t all[] = {
      reinterpret_cast<std::intptr_t>(handle), transA, transB, m, n, k,
      reinterpret_cast<std::intptr_t>(alpha), reinterpret_cast<std::intptr_t>(a), aType, lda,
      reinterpret_cast<std::intptr_t>(b), bType, ldb, reinterpret_cast<std::intptr_t>(beta),
      reinterpret_cast<std::intptr_t>(c), cType, ldc, compute, algorithm};
  int right = 0;
  for (int i = 0; i < 19; i++) right += all[i] == i + 1;
  return right;
}
void cublasZscal(int n, Complex alpha, Complex* x, int incx) {
  *x = {alpha.x * n, alpha.y * incx};
}
Complex cublasZdotu(int n, const Complex* x, int incx, const Complex* y, int incy) {
  return {x->x * n + y->x, x->y * incx + y->y * incy};
}
float cublasSdot(int n, const float* x, int incx, const float* y, int incy) {
  return static_cast<float>(n * incx * incy) + *x * *y;
}
const char* cublasGetStatusString(int status) { return status == 15 ? "fifteen" : "another"; }
