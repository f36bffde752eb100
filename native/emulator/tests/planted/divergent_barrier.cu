// Planted: __syncthreads on both sides of a branch.
// caught by plain: divergent barrier
#include "common.cuh"
#include "values.h"

struct Params {
  float* y;
};

KERNEL(64) planted_divergent_barrier(Params p) {
  if (threadIdx.x % 2) {
    __syncthreads();  // <- here
    p.y[threadIdx.x] = 1;
  } else {
    __syncthreads();
    p.y[threadIdx.x] = 2;
  }
}
EXPORT(planted_divergent_barrier)

CASE(divergentBarrier) {
  test::Buffer<float> y(64);
  test::launch("planted_divergent_barrier", {1}, {64}, 0, Params{y});
}
