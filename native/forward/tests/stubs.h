// stubs.h - a few of cuBLAS's functions, chosen for how they pass things, not for what they compute.
#pragma once

struct Complex {  // cuDoubleComplex
  double x, y;
};

extern "C" {
int cublasCreate_v2(void** handle);
int cublasDestroy_v2(void* handle);
int cublasGetVersion_v2(void* handle, int* version);
int cublasGetProperty(int property, int* value);
// nineteen arguments: registers of both kinds and the stack
int cublasGemmEx(void* handle, int transA, int transB, int m, int n, int k, const void* alpha,
                 const void* a, int aType, int lda, const void* b, int bType, int ldb,
                 const void* beta, void* c, int cType, int ldc, int compute, int algorithm);
void cublasZscal(int n, Complex alpha, Complex* x, int incx);  // a struct by value
Complex cublasZdotu(int n, const Complex* x, int incx, const Complex* y, int incy);
float cublasSdot(int n, const float* x, int incx, const float* y, int incy);
const char* cublasGetStatusString(int status);
int cublasAsumEx(void*, int, const void*, int, int, void*, int, int);  // CUDA 13's stub lacks it
}
