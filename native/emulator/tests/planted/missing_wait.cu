// Planted: copies are committed and a barrier follows, which does not wait for them.
// caught by plain: never waited for
#include "common.cuh"
#include "mma.cuh"
#include "values.h"

struct Params {
  const float* x;
  float* y;
};

KERNEL(32) planted_missing_wait(Params p) {
  __shared__ __align__(16) float tile[128];
  copyAsync16(tile + 4 * threadIdx.x, p.x + 4 * threadIdx.x, true);  // <- here
  copyAsyncCommit();
  __syncthreads();
  p.y[threadIdx.x] = tile[threadIdx.x];
}
EXPORT(planted_missing_wait)

CASE(missingWait) {
  Values<float> x(128, 1);
  test::Buffer<float> y(32);
  test::launch("planted_missing_wait", {1}, {32}, 0, Params{x, y});
}
