// Planted: a tile is read before all threads have filled it.
// caught by plain: y.i. is -?nan
// caught by tsan: data race
#include "common.cuh"
#include "values.h"

struct Params {
  const float* x;
  float* y;
};

KERNEL(64) planted_missing_barrier(Params p) {
  __shared__ float tile[64];
  tile[threadIdx.x] = p.x[threadIdx.x];
  p.y[threadIdx.x] = tile[63 - threadIdx.x];  // <- here
}
EXPORT(planted_missing_barrier)

CASE(missingBarrier) {
  Values<float> x(64, 1);
  test::Buffer<float> y(64);
  test::launch("planted_missing_barrier", {1}, {64}, 0, Params{x, y});
  for (int i = 0; i < 64; i++) EXPECT_EQUAL(y[i], x[63 - i]);
}
