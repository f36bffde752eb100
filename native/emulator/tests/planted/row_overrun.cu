// Planted: the last column reads one past its row, which in memory is the next row.
// caught by asan: runtime error: index 16 out of bounds
#include "common.cuh"
#include "values.h"

struct Params {
  const float* x;
  float* y;
};

KERNEL(256) planted_row_overrun(Params p) {
  __shared__ float tile[16][16];
  int row = threadIdx.x / 16, column = threadIdx.x % 16;
  tile[row][column] = p.x[threadIdx.x];
  __syncthreads();
  p.y[threadIdx.x] = row < 15 ? tile[row][column + 1] : 0;  // <- here
}
EXPORT(planted_row_overrun)

CASE(rowOverrun) {
  Values<float> x(256, 1);
  test::Buffer<float> y(256);
  test::launch("planted_row_overrun", {1}, {256}, 0, Params{x, y});
}
