// copies.cu - cp.async: pipelines that work, and what is reported of those that do not.
#include "common.cuh"
#include "mma.cuh"
#include "values.h"

struct CopyParams {
  const float* x;  // (steps, 128)
  float* y;        // (128)
  int steps, fault;
};

// Sum over steps, three stages deep; the last columns of odd steps count as zeros.
KERNEL(32) self_pipeline(CopyParams p) {
  __shared__ __align__(16) float stages[3][128];
  int at = 4 * threadIdx.x;
  float sum[4] = {};
  for (int step = 0; step < p.steps + 2; step++) {
    if (step < p.steps)
      copyAsync16(&stages[step % 3][at], p.x + 128 * step + at, step % 2 == 0 || at < 64);
    copyAsyncCommit();  // an empty group at the end keeps the count right
    if (step < 2) continue;
    copyAsyncWait<2>();
    float v[4];
    loadPack(&stages[(step - 2) % 3][at], v);
    for (int i = 0; i < 4; i++) sum[i] += v[i];
  }
  copyAsyncWait<0>();
  storePack(p.y + at, sum);
}
EXPORT(self_pipeline)

enum { EARLY, NO_WAIT, NO_COMMIT, MISALIGNED_TO, MISALIGNED_FROM, NOT_SHARED };

KERNEL(32) self_wrong_copy(CopyParams p) {
  DYN_SHARED(float, tile);
  int at = 4 * threadIdx.x;
  float* to = p.fault == NOT_SHARED ? p.y : p.fault == MISALIGNED_TO ? tile + 1 : tile;
  copyAsync16(to + at, p.x + at + (p.fault == MISALIGNED_FROM ? 2 : 0), true);
  if (p.fault == NO_COMMIT) return;
  copyAsyncCommit();
  if (p.fault == NO_WAIT) return;
  if (p.fault == EARLY) p.y[threadIdx.x] = tile[at];
  copyAsyncWait<0>();
}
EXPORT(self_wrong_copy)

CASE(pipelineSums) {
  for (int steps : {1, 2, 7}) {
    Values<float> x(128 * steps, 1);
    test::Buffer<float> y(128);
    test::launch("self_pipeline", {1}, {32}, 0, CopyParams{x, y, steps, 0});
    for (int i = 0; i < 128; i++) {
      float sum = 0;
      for (int step = 0; step < steps; step++)
        if (step % 2 == 0 || i < 64) sum += x[128 * step + i];
      EXPECT_EQUAL(y[i], sum);
    }
  }
}

CASE(wrongCopiesAreCaught) {
  Values<float> x(132, 1);
  test::Buffer<float> y(128);
  test::launch("self_wrong_copy", {1}, {32}, 512, CopyParams{x, y, 0, EARLY});
  for (int i = 0; i < 32; i++) EXPECT(isnan(y[i]));  // read before the wait
  auto fault = [&](int kind, const char* words) {
    test::expectFault(words, "self_wrong_copy", {2}, {32}, 512, CopyParams{x, y, 0, kind});
  };
  fault(NO_WAIT, "1 copies were never waited for, the last one issued at cp.async in copies.cu:");
  fault(NO_COMMIT, "1 copies were never committed");
  fault(MISALIGNED_TO, "misaligned: a shared address");
  fault(MISALIGNED_FROM, "misaligned: a global address");
  fault(NOT_SHARED, "an address outside of shared memory");
  pipelineSums();
}
