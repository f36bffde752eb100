// pool.h - small launches of kernels/pool.cu, against plain loops over the windows.
#include "pool.cu"
#include "values.h"

struct Window {
  int kernelH, kernelW, strideH, strideW, padH, padW;
};

// Where the window of output (oy, ox) has its winner, the first of the largest, as an index of x.
template <class T>
static i64 winner(const PoolParams& p, i64 image, int oy, int ox, int c) {
  i64 best = -1;
  for (int a = 0; a < p.kernelH; a++)
    for (int b = 0; b < p.kernelW; b++) {
      int y = oy * p.strideH - p.padH + a, x = ox * p.strideW - p.padW + b;
      if (y < 0 || y >= p.h || x < 0 || x >= p.w) continue;
      i64 at = ((image * p.h + y) * p.w + x) * p.c + c;
      if (best < 0 || load<T>(p.x, at) > load<T>(p.x, best)) best = at;
    }
  return best;
}

// Pool and gradient by the kernels of these names; few distinct values, so that there are ties.
template <class T>
static void checkPool(const char* pool, const char* grad, int n, int h, int w, int c, Window win) {
  int ho = (h + 2 * win.padH - win.kernelH) / win.strideH + 1;
  int wo = (w + 2 * win.padW - win.kernelW) / win.strideW + 1;
  Values<T> x(n * h * w * c, 1), dy(n * ho * wo * c, 2);
  for (i64 i = 0; i < x.count; i++)
    x.data[i] = fromFloat<T>(floorf(load<T>(x, i)));
  test::Buffer<T> y(dy.count), dx(x.count);
  PoolParams p = {x,           dy,          y,           n,           h,        w,       c, ho, wo,
                  win.kernelH, win.kernelW, win.strideH, win.strideW, win.padH, win.padW};
  test::launch(pool, {2}, {32}, 0, p);
  p.y = dx;
  test::launch(grad, {2}, {32}, 0, p);
  test::Buffer<double> sums(x.count);
  for (i64 i = 0; i < x.count; i++) sums.data[i] = 0;
  for (i64 i = 0; i < y.count; i++) {
    int channel = static_cast<int>(i % c), ox = static_cast<int>(i / c % wo);
    int oy = static_cast<int>(i / c / wo % ho);
    i64 at = winner<T>(p, i / c / wo / ho, oy, ox, channel);
    EXPECT_EQUAL(load<T>(y, i), load<T>(x, at));
    sums.data[at] += load<T>(dy, i);
  }
  for (i64 i = 0; i < x.count; i++)
    EXPECT_NEAR(load<T>(dx, i), sums.data[i], fabs(sums.data[i]) / 256);
}

constexpr Window HALVES = {2, 2, 2, 2, 0, 0};
constexpr Window OVERLAP = {3, 3, 2, 2, 1, 1};
constexpr Window EVERY = {3, 2, 1, 1, 1, 0};
constexpr Window FLAT = {1, 3, 1, 2, 0, 1};
constexpr Window LARGE = {4, 5, 3, 2, 2, 1};

CASE(anyChannels) {
  checkPool<float>("pool_max_f32", "pool_grad_f32", 1, 1, 1, 1, {1, 1, 1, 1, 0, 0});
  checkPool<float>("pool_max_f32", "pool_grad_f32", 2, 5, 7, 3, HALVES);
  checkPool<float>("pool_max_f32", "pool_grad_f32", 2, 7, 5, 1, LARGE);
  checkPool<bf16>("pool_max_bf16", "pool_grad_bf16", 1, 3, 9, 7, OVERLAP);
  checkPool<bf16>("pool_max_bf16", "pool_grad_bf16", 1, 9, 2, 2, FLAT);
}
CASE(packedChannels) {
  checkPool<float>("pool_max_pack_f32", "pool_grad_pack2_f32", 2, 5, 7, 4, HALVES);
  checkPool<float>("pool_max_pack_f32", "pool_grad_pack3_f32", 1, 7, 9, 12, OVERLAP);
  checkPool<float>("pool_max_pack_f32", "pool_grad_pack3_f32", 1, 3, 3, 4, EVERY);
  checkPool<float>("pool_max_pack_f32", "pool_grad_f32", 1, 7, 5, 4, LARGE);
  checkPool<bf16>("pool_max_pack_bf16", "pool_grad_pack2_bf16", 2, 2, 3, 24, HALVES);
  checkPool<bf16>("pool_max_pack_bf16", "pool_grad_pack2_bf16", 1, 1, 1, 8, {1, 1, 1, 1, 0, 0});
  checkPool<bf16>("pool_max_pack_bf16", "pool_grad_pack3_bf16", 2, 7, 3, 8, OVERLAP);
  checkPool<bf16>("pool_max_pack_bf16", "pool_grad_pack3_bf16", 1, 1, 9, 8, FLAT);
}
