// Planted: each thread waits for its own copies, but reads those of another.
// caught by plain: y.i. is -?nan
// caught by tsan: data race
#include "common.cuh"
#include "mma.cuh"
#include "values.h"

struct Params {
  const float* x;
  float* y;
};

KERNEL(32) planted_missing_barrier_after_wait(Params p) {
  __shared__ __align__(16) float tile[128];
  copyAsync16(tile + 4 * threadIdx.x, p.x + 4 * threadIdx.x, true);
  copyAsyncCommit();
  copyAsyncWait<0>();
  p.y[threadIdx.x] = tile[127 - threadIdx.x];  // <- here
}
EXPORT(planted_missing_barrier_after_wait)

CASE(missingBarrierAfterWait) {
  Values<float> x(128, 1);
  test::Buffer<float> y(32);
  test::launch("planted_missing_barrier_after_wait", {1}, {32}, 0, Params{x, y});
  for (int i = 0; i < 32; i++) EXPECT_EQUAL(y[i], x[127 - i]);
}
