// stub12.cpp - what a program was linked against long ago; none of it may run.
#include <cstdlib>

#include "stubs.h"

int cublasCreate_v2(void**) { std::abort(); }
int cublasDestroy_v2(void*) { std::abort(); }
int cublasGetVersion_v2(void*, int*) { std::abort(); }
int cublasGetProperty(int, int*) { std::abort(); }
int cublasGemmEx(void*, int, int, int, int, int, const void*, const void*, int, int, const void*,
                 int, int, const void*, void*, int, int, int, int) {
  std::abort();
}
void cublasZscal(int, Complex, Complex*, int) { std::abort(); }
Complex cublasZdotu(int, const Complex*, int, const Complex*, int) { std::abort(); }
float cublasSdot(int, const float*, int, const float*, int) { std::abort(); }
const char* cublasGetStatusString(int) { std::abort(); }
int cublasAsumEx(void*, int, const void*, int, int, void*, int, int) { std::abort(); }
