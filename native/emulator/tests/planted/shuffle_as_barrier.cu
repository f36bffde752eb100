// Planted: a shuffle between a store and a load of another lane's. It waits for the lanes, but
// orders no memory; __syncwarp would.
// caught by tsan: data race
#include "common.cuh"
#include "values.h"

struct Params {
  const float* x;
  float* y;
};

KERNEL(32) planted_shuffle_as_barrier(Params p) {
  __shared__ float tile[32];
  tile[threadIdx.x] = p.x[threadIdx.x];
  float v = __shfl_xor_sync(0xffffffffu, p.x[threadIdx.x], 1);
  p.y[threadIdx.x] = v + tile[threadIdx.x ^ 1];  // <- here
}
EXPORT(planted_shuffle_as_barrier)

CASE(shuffleAsBarrier) {
  Values<float> x(32, 1);
  test::Buffer<float> y(32);
  test::launch("planted_shuffle_as_barrier", {1}, {32}, 0, Params{x, y});
}
