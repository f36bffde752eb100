// Planted: no guard for the threads of the last block beyond the end.
// caught by asan: AddressSanitizer: heap-buffer-overflow
#include "common.cuh"
#include "values.h"

struct Params {
  float* y;
};

KERNEL(32) planted_store_past_buffer(Params p) {
  p.y[globalThread()] = 1;  // <- here
}
EXPORT(planted_store_past_buffer)

CASE(storePastBuffer) {
  test::Buffer<float> y(33);
  test::launch("planted_store_past_buffer", {2}, {32}, 0, Params{y});
}
