// normalize.h - small launches of kernels/normalize.cu, against plain loops.
#include "normalize.cu"
#include "norm_values.h"

// ---- moments ------------------------------------------------------------------------------------

template <class T>
static void expectMoments(const Norm<T>& norm, const float* statistics) {
  for (i64 set = 0; set < norm.over.sets; set++) {
    double mean = 0, variance = 0, count = norm.over.count;
    for (i64 k = 0; k < static_cast<i64>(count); k++)
      mean += load<T>(norm.x, elementOf(norm.over, set, k)) / count;
    for (i64 k = 0; k < static_cast<i64>(count); k++) {
      double d = load<T>(norm.x, elementOf(norm.over, set, k)) - mean;
      variance += d * d / count;
    }
    EXPECT_NEAR(statistics[set], mean, 1e-5);
    EXPECT_NEAR(statistics[norm.over.sets + set], variance, 1e-5 * (1 + variance));
  }
}

template <class T>
static void checkMoments(int n, int pixels, int c, int kind, int slabs) {
  Norm<T> norm(n, pixels, c, kind);
  char kernel[40];
  Grid flat = norm.flat(), grid = norm.grid(slabs);
  int packed = c % Pack<T>::N == 0;
  test::Buffer<float> simple(2 * norm.over.sets), fast(2 * norm.over.sets);
  test::Buffer<float> partial(static_cast<i64>(grid.blocks.y) * grid.blocks.z * 3 * c);
  snprintf(kernel, sizeof kernel, "moments_simple_%s", norm.type());
  test::launch(kernel, {1}, {32}, 0,
               MomentsParams{norm.x, simple, nullptr, norm.over, flat.walk, packed});
  expectMoments(norm, simple);
  if (kind < 0) {
    snprintf(kernel, sizeof kernel, "moments_rows_%s", norm.type());
    test::launch(kernel, {1}, {64}, 0,
                 MomentsParams{norm.x, fast, nullptr, norm.over, flat.walk, packed});
  } else {
    snprintf(kernel, sizeof kernel, "moments_columns_%s%s", grid.any(), norm.type());
    test::launch(kernel, grid.blocks, {256}, 0,
                 MomentsParams{norm.x, fast, partial, norm.over, grid.walk, packed});
    bool columns = norm.over.run == 1;
    u32 blocks = static_cast<u32>(columns ? (norm.over.sets + 31) / 32 : norm.over.sets);
    test::launch(columns ? "moments_finish_columns" : "moments_finish_sets", {blocks}, {256}, 0,
                 MomentsFinishParams{partial, fast, norm.over, grid.walk.perSlab, grid.slabs});
  }
  expectMoments(norm, fast);
}
CASE(momentsOfChannels) {
  checkMoments<float>(2, 9, 4, 0, 1);
  checkMoments<float>(1, 33, 3, 0, 4);
  checkMoments<bf16>(3, 11, 8, 0, 2);
  checkMoments<bf16>(2, 1, 7, 0, 1);
  checkMoments<float>(1, 3, 132, 0, 2);  // two tiles, the second short
}
CASE(momentsOfPixels) {
  checkMoments<float>(2, 3, 8, -1, 1);
  checkMoments<float>(1, 2, 33, -1, 1);
  checkMoments<bf16>(1, 3, 264, -1, 1);
}
CASE(momentsOfGroups) {
  checkMoments<float>(2, 9, 6, 2, 2);
  checkMoments<float>(3, 5, 8, 8, 1);
  checkMoments<bf16>(2, 35, 16, 1, 3);
}
CASE(momentsFromSums) {
  constexpr int tiles = 9, c = 33, rows = 4;
  Values<float> x(tiles * rows * c, 1);
  test::Buffer<float> partial(tiles * 2 * c), statistics(2 * c);
  for (int i = 0; i < tiles * 2 * c; i++) partial[i] = 0;
  for (int row = 0; row < tiles * rows; row++)
    for (int i = 0; i < c; i++) {
      float v = x[row * c + i];
      partial[row / rows * 2 * c + i] += v;
      partial[(row / rows * 2 + 1) * c + i] += v * v;
    }
  test::launch("moments_from_sums", {2}, {256}, 0,
               MomentsFromSumsParams{partial, statistics, tiles * rows, tiles, c});
  for (int i = 0; i < c; i++) {
    double mean = 0, square = 0;
    for (int row = 0; row < tiles * rows; row++) {
      mean += x[row * c + i] / static_cast<double>(tiles * rows);
      square += static_cast<double>(x[row * c + i]) * x[row * c + i] / (tiles * rows);
    }
    EXPECT_NEAR(statistics[i], mean, 1e-6);
    EXPECT_NEAR(statistics[c + i], square - mean * mean, 1e-5);
  }
}

// ---- application --------------------------------------------------------------------------------

template <class T>
static void checkApply(int n, int pixels, int c, int kind, int slabs) {
  Norm<T> norm(n, pixels, c, kind);
  char fast[40], simple[40];
  Grid grid = norm.grid(slabs);
  snprintf(simple, sizeof simple, "normalize_simple_%s", norm.type());
  snprintf(fast, sizeof fast, "normalize_%s_%s%s", kind < 0 ? "pixels" : "columns", grid.any(),
           norm.type());
  for (int how = 0; how < 4; how++) {
    const T* residual = how & 1 ? norm.dy.data : nullptr;
    int relu = how >> 1;
    test::Buffer<T> y(norm.size()), again(norm.size());
    test::launch(simple, {1}, {64}, 0,
                 NormalizeParams{norm.x, norm.statistics, norm.gamma, norm.beta, residual, y,
                                 norm.over, norm.flat().walk, 0.125f, relu});
    test::launch(fast, grid.blocks, {256}, 0,
                 NormalizeParams{norm.x, norm.statistics, norm.gamma, norm.beta, residual, again,
                                 norm.over, grid.walk, 0.125f, relu});
    for (i64 i = 0; i < norm.size(); i++) {
      double right = norm.y(i) + (residual ? load<T>(residual, i) : 0);
      if (relu && right < 0) right = 0;
      double room = (1 + fabs(right)) * (sizeof(T) == 2 ? 1.0 / 128 : 1e-5);
      EXPECT_NEAR(load<T>(y, i), right, room);
      EXPECT_NEAR(load<T>(again, i), right, room);
    }
    if (how < 3) continue;
    test::launch(fast, grid.blocks, {256}, 0,  // over x
                 NormalizeParams{norm.x, norm.statistics, norm.gamma, norm.beta, residual, norm.x,
                                 norm.over, grid.walk, 0.125f, relu});
    for (i64 i = 0; i < norm.size(); i++) EXPECT_EQUAL(load<T>(norm.x, i), load<T>(again, i));
  }
}
CASE(applyToChannels) {
  checkApply<float>(2, 9, 4, 0, 2);
  checkApply<float>(1, 7, 131, 0, 1);
  checkApply<bf16>(3, 11, 8, 0, 3);
  checkApply<bf16>(1, 5, 7, 0, 1);
  checkApply<bf16>(1, 3, 264, 0, 1);  // two tiles, the second short
}
CASE(applyToPixels) {
  checkApply<float>(2, 5, 12, -1, 2);
  checkApply<float>(1, 5, 3, -1, 1);
  checkApply<bf16>(1, 9, 7, -1, 1);
  checkApply<bf16>(1, 9, 8, -1, 1);
}
CASE(applyToGroups) {
  checkApply<float>(3, 5, 12, 3, 1);
  checkApply<bf16>(2, 9, 16, 4, 2);
}
