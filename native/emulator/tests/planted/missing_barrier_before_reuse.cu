// Planted: the second reduction writes `warps` while slow threads still read the first one's sums.
// caught by plain: y.i. is
// caught by tsan: data race
#include "common.cuh"
#include "values.h"

struct Params {
  const float* x;
  float* y;
};

KERNEL(128) planted_missing_barrier_before_reuse(Params p) {
  __shared__ float warps[32];
  float sum = blockSum(p.x[threadIdx.x], warps);
  float squares = blockSum(p.x[threadIdx.x] * p.x[threadIdx.x], warps);  // <- here
  p.y[threadIdx.x] = sum + squares;
}
EXPORT(planted_missing_barrier_before_reuse)

CASE(missingBarrierBeforeReuse) {
  Values<float> x(128, 1);
  test::Buffer<float> y(128);
  test::launch("planted_missing_barrier_before_reuse", {1}, {128}, 0, Params{x, y});
  float sum = 0;
  for (int i = 0; i < 128; i++) sum += x[i] + x[i] * x[i];
  for (int i = 0; i < 128; i++) EXPECT_EQUAL(y[i], sum);
}
