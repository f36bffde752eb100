// Planted: a launch that asks for too little dynamic shared memory.
// caught by plain: wrote past the end of its 124 bytes of dynamic shared memory
// caught by asan: AddressSanitizer: heap-buffer-overflow
#include "common.cuh"
#include "values.h"

struct Params {
  float* y;
};

KERNEL(32) planted_dynamic_overrun(Params p) {
  DYN_SHARED(float, tile);
  tile[threadIdx.x] = 1;  // <- here
  p.y[threadIdx.x] = tile[threadIdx.x];
}
EXPORT(planted_dynamic_overrun)

CASE(dynamicOverrun) {
  test::Buffer<float> y(32);
  test::launch("planted_dynamic_overrun", {1}, {32}, 31 * sizeof(float), Params{y});
}
