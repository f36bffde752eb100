// cublas.cpp - a libcublas.so.12 with one product, computed on the host, behind the fake driver's
// streams. It refuses what the real one would: no stream's worth of workspace, wrong leading extents.
#include <stdio.h>
#include <string.h>

#include <algorithm>

#include "numbers.h"

namespace {

enum { OK = 0, INVALID = 7, NOT_SUPPORTED = 15 };
enum { R_32F = 0, R_16BF = 14, COMPUTE_32F = 68, COMPUTE_32F_FAST_TF32 = 77 };

struct Handle {
  void* stream = nullptr;
  void* workspace = nullptr;
  size_t bytes = 0;
  int math = 0;
};

}  // namespace

ENTRY int cublasCreate_v2(Handle** handle) {
  *handle = new Handle;
  return OK;
}

ENTRY int cublasDestroy_v2(Handle* handle) {
  delete handle;
  return OK;
}

ENTRY int cublasGetVersion_v2(Handle*, int* version) {
  *version = 120604;
  return OK;
}

ENTRY int cublasSetMathMode(Handle* handle, int mode) {
  handle->math = mode;
  return OK;
}

ENTRY int cublasSetStream_v2(Handle* handle, void* stream) {
  *handle = {stream, nullptr, 0, handle->math};  // as documented: the workspace goes
  return OK;
}

ENTRY int cublasSetWorkspace_v2(Handle* handle, void* workspace, size_t bytes) {
  handle->workspace = workspace;
  handle->bytes = bytes;
  return OK;
}

// Column by column: C(m, n) = alpha op(A)(m, k) op(B)(k, n) + beta C.
ENTRY int cublasGemmEx(Handle* handle, int transA, int transB, int m, int n, int k,
                       const float* alpha, const void* A, int typeA, int lda, const void* B,
                       int typeB, int ldb, const float* beta, void* C, int typeC, int ldc,
                       int compute, int) {
  bool bf16 = typeA == R_16BF;
  if (typeA != typeB || typeA != typeC || (!bf16 && typeA != R_32F)) return NOT_SUPPORTED;
  if (compute != COMPUTE_32F && (bf16 || compute != COMPUTE_32F_FAST_TF32)) return NOT_SUPPORTED;
  if (m < 1 || n < 1 || k < 1 || lda < (transA ? k : m) || ldb < (transB ? n : k) || ldc < m)
    return INVALID;
  if (!handle->workspace || !(handle->math & 16)) {
    fprintf(stderr, "fake cuBLAS: a product without a workspace, or with reduced sums\n");
    return INVALID;
  }
  float one = *alpha, zero = *beta;  // read now, as with host scalars
  void* workspace = handle->workspace;
  size_t bytes = std::min<size_t>(handle->bytes, 4096);
  bool tf32 = compute == COMPUTE_32F_FAST_TF32;
  Work work = [=] {
    spoil(workspace, bytes);
    Elements a{A, bf16, tf32}, b{B, bf16, tf32}, c{C, bf16, false};
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < m; i++) {
        double sum = 0;
        for (int l = 0; l < k; l++)
          sum += a[transA ? l + static_cast<int64_t>(i) * lda : i + static_cast<int64_t>(l) * lda] *
                 b[transB ? j + static_cast<int64_t>(l) * ldb : l + static_cast<int64_t>(j) * ldb];
        int64_t at = i + static_cast<int64_t>(j) * ldc;
        put(C, bf16, at, one * sum + (zero == 0 ? 0 : zero * c[at]));
      }
    }
    return 0;
  };
  return fakeEnqueue(handle->stream, &work);
}
