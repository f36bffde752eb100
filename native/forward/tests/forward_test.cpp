// forward_test.cpp - a program linked against CUDA 12's names, run with the forwarding library.
// forward_test forwarded | absent: what it finds behind that.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "stubs.h"

namespace {

int failures = 0;

void check(bool good, const char* what) {
  if (good) return;
  std::printf("FAILED: %s\n", what);
  failures++;
}

void* p(std::intptr_t i) { return reinterpret_cast<void*>(i); }

int gemm() {
  return cublasGemmEx(p(1), 2, 3, 4, 5, 6, p(7), p(8), 9, 10, p(11), 12, 13, p(14), p(15), 16, 17,
                      18, 19);
}

int missing_functions() {
  void* f = dlsym(RTLD_DEFAULT, "bandlimit_forward_missing");
  return f ? reinterpret_cast<int (*)()>(f)() : -2;
}

void forwarded() {
  int version = 0;
  check(cublasGetVersion_v2(nullptr, &version) == 0 && version == 130001, "the call arrives");
  check(gemm() == 19, "nineteen arguments arrive");
  Complex x{2, 3}, y{5, 7};
  cublasZscal(10, Complex{0.5, 0.25}, &x, 20);
  check(x.x == 5 && x.y == 5, "a struct arrives by value");
  Complex z = cublasZdotu(2, &x, 3, &y, 4);
  check(z.x == 15 && z.y == 43, "a struct comes back");
  float a = 1.5f, b = 4;
  check(cublasSdot(2, &a, 3, &b, 5) == 36, "a float comes back");
  check(std::strcmp(cublasGetStatusString(15), "fifteen") == 0, "a pointer comes back");
  check(cublasAsumEx(nullptr, 0, nullptr, 0, 0, nullptr, 0, 0) == 15, "missing: NOT_SUPPORTED");
  check(missing_functions() == 649 - 9, "the missing are counted");
}

void absent() {
  check(gemm() == 15, "without CUDA 13's library every function is NOT_SUPPORTED");
  check(missing_functions() == -1, "and the library says so");
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "forwarded") == 0) {
    forwarded();
  } else if (count == 2 && std::strcmp(arguments[1], "absent") == 0) {
    absent();
  } else {
    std::printf("usage: forward_test forwarded|absent\n");
    return 2;
  }
  std::printf(failures ? "%d failures\n" : "all right\n", failures);
  return failures ? 1 : 0;
}
