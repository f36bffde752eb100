// Planted: past the end of a shared array, through a pointer whose length no compiler knows.
// caught by asan: AddressSanitizer: global-buffer-overflow
#include "common.cuh"
#include "values.h"

struct Params {
  float* y;
  int n;
};

template <int size>
DEVICE void fillTile(const Params& p) {
  __shared__ float tile[size];
  float* to = p.n ? tile : p.y;
  for (int i = threadIdx.x; i < p.n; i += blockDim.x) to[i] = 1;  // <- here
  __syncthreads();
  p.y[threadIdx.x] = tile[threadIdx.x];
}
KERNEL(32) planted_tile_overrun(Params p) { fillTile<40>(p); }
EXPORT(planted_tile_overrun)

CASE(tileOverrun) {
  test::Buffer<float> y(32);
  test::launch("planted_tile_overrun", {1}, {32}, 0, Params{y, 41});
}
