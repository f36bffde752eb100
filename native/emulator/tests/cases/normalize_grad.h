// normalize_grad.h - small launches of kernels/normalize_grad.cu, against plain loops.
#include "normalize_grad.cu"
#include "norm_values.h"

template <class T>
static double inside(const Norm<T>& norm, i64 i, bool relu) {
  return relu && norm.y(i) <= 0 ? 0 : load<T>(norm.dy, i);
}

// Sums of dy and dy h for each channel; `relu` behind a ReLU.
template <class T>
static void checkSums(int n, int pixels, int c, int kind, int slabs, bool relu) {
  Norm<T> norm(n, pixels, c, kind);
  char simple[40], fast[40];
  Grid grid = norm.grid(slabs);
  int parts = static_cast<int>(grid.blocks.y * grid.blocks.z);
  test::Buffer<float> sums(2 * c), partial(parts * 2 * c);
  const float *gamma = relu ? norm.gamma.data : nullptr, *beta = relu ? norm.beta.data : nullptr;
  snprintf(simple, sizeof simple, "channel_sums_simple_%s", norm.type());
  snprintf(fast, sizeof fast, "channel_sums_%s_%s%s",
           relu ? "relu" : kind < 0 ? "pixels" : "columns", grid.any(), norm.type());
  test::launch(simple, {1}, {32}, 0,
               ChannelSumsParams{norm.x, norm.statistics, gamma, beta, norm.dy, sums, nullptr,
                                 norm.over, norm.flat().walk, 0.125f});
  test::launch(fast, grid.blocks, {256}, 0,
               ChannelSumsParams{norm.x, norm.statistics, gamma, beta, norm.dy, nullptr, partial,
                                 norm.over, grid.walk, 0.125f});
  for (int j = 0; j < 2 * c; j++) {
    double right = 0, size = 1, joined = 0;
    for (i64 i = j % c; i < norm.size(); i += c) {
      double term = inside(norm, i, relu) * (j < c ? 1 : norm.hat(i));
      right += term;
      size += fabs(term);
    }
    for (int part = 0; part < parts; part++) joined += partial[part * 2 * c + j];
    EXPECT_NEAR(sums[j], right, 1e-6 * size);
    EXPECT_NEAR(joined, right, 1e-6 * size);
  }
}
CASE(sumsOfChannels) {
  checkSums<float>(2, 9, 4, 0, 2, false);
  checkSums<float>(1, 33, 7, 0, 3, false);
  checkSums<bf16>(3, 11, 8, 0, 2, false);
  checkSums<bf16>(1, 11, 5, 0, 2, false);
  checkSums<float>(1, 3, 132, 0, 2, false);  // two tiles, the second short
  checkSums<float>(2, 9, 12, 0, 2, true);
  checkSums<float>(1, 9, 5, 0, 1, true);
  checkSums<bf16>(2, 9, 8, 0, 1, true);
  checkSums<bf16>(1, 9, 3, 0, 1, true);
}
CASE(sumsOfPixelsAndGroups) {
  checkSums<float>(2, 5, 8, -1, 2, false);
  checkSums<float>(1, 5, 3, -1, 1, false);
  checkSums<bf16>(1, 5, 8, -1, 1, false);
  checkSums<bf16>(1, 5, 9, -1, 1, false);
  checkSums<float>(3, 5, 6, 2, 1, false);
  checkSums<bf16>(2, 9, 16, 4, 2, false);
}

// dx by the simple kernel and by the fast one, which writes over dy.
template <class T>
static void checkGrad(int n, int pixels, int c, int kind, int slabs, int live, bool relu) {
  Norm<T> norm(n, pixels, c, kind);
  char kernel[40];
  i64 sets = norm.over.sets, size = norm.size();
  test::Buffer<float> sums(2 * c), means(2 * sets);
  for (int j = 0; j < 2 * c; j++) {
    double sum = 0;
    for (i64 i = j % c; i < size; i += c) sum += inside(norm, i, relu) * (j < c ? 1 : norm.hat(i));
    sums[j] = static_cast<float>(sum);
  }
  const float* given = kind == 0 ? nullptr : means.data;
  if (given) {
    snprintf(kernel, sizeof kernel, "set_means_simple_%s", norm.type());
    test::launch(kernel, {1}, {32}, 0,
                 SetMeansParams{norm.x, norm.statistics, norm.gamma, norm.dy, means, norm.over,
                                0.125f});
  }
  const float* beta = relu ? norm.beta.data : nullptr;
  test::Buffer<T> dx(size), over(size);
  for (i64 i = 0; i < size; i++) over[i] = norm.dy[i];
  snprintf(kernel, sizeof kernel, "normalize_grad_simple_%s", norm.type());
  test::launch(kernel, {1}, {64}, 0,
               NormalizeGradParams{norm.x, norm.statistics, norm.gamma, beta, sums, given, norm.dy,
                                   dx, norm.over, norm.flat().walk, 0.125f, live});
  Grid grid = norm.grid(slabs);
  snprintf(kernel, sizeof kernel, "normalize_grad_%s_%s%s",
           relu ? "relu" : kind < 0 ? "pixels" : "columns", grid.any(), norm.type());
  test::launch(kernel, kind < 0 ? dim3{1} : grid.blocks, {256}, 0,
               NormalizeGradParams{norm.x, norm.statistics, norm.gamma, beta, sums, given, over,
                                   over, norm.over, grid.walk, 0.125f, live});
  for (i64 i = 0; i < size; i++) {
    double g = norm.gamma[i % c] * inside(norm, i, relu), mean = 0, weighted = 0;
    for (i64 k = 0; live && k < static_cast<i64>(norm.over.count); k++) {
      i64 other = elementOf(norm.over, norm.set(i), k);
      double each = norm.gamma[other % c] * inside(norm, other, relu) / norm.over.count;
      mean += each;
      weighted += each * norm.hat(other);
    }
    double right = norm.r(i) * (g - mean - norm.hat(i) * weighted);
    double room = (4 + fabs(right)) * (sizeof(T) == 2 ? 1.0 / 128 : 1e-5);
    EXPECT_NEAR(load<T>(dx, i), right, room);
    EXPECT_NEAR(load<T>(over, i), right, room);
  }
}
CASE(gradOfChannels) {
  checkGrad<float>(2, 5, 4, 0, 2, 1, false);
  checkGrad<float>(1, 7, 5, 0, 1, 0, false);
  checkGrad<bf16>(2, 5, 8, 0, 2, 1, false);
  checkGrad<bf16>(1, 5, 5, 0, 1, 1, false);
  checkGrad<float>(2, 5, 8, 0, 2, 1, true);
  checkGrad<float>(1, 5, 3, 0, 1, 1, true);
  checkGrad<bf16>(2, 5, 3, 0, 1, 1, true);
  checkGrad<bf16>(1, 5, 8, 0, 1, 0, true);
}
CASE(gradOfPixels) {
  checkGrad<float>(1, 3, 8, -1, 1, 1, false);
  checkGrad<float>(1, 2, 5, -1, 1, 1, false);
  checkGrad<bf16>(1, 2, 16, -1, 1, 1, false);
  checkGrad<bf16>(1, 2, 7, -1, 1, 1, false);
}
CASE(gradOfGroups) {
  checkGrad<float>(2, 5, 6, 2, 2, 1, false);
  checkGrad<bf16>(2, 3, 8, 4, 1, 1, false);
  checkGrad<bf16>(2, 3, 8, 4, 1, 0, false);
}

CASE(setMeans) {
  Norm<float> norm(2, 9, 12, 3);
  Grid grid = norm.grid(2);
  i64 sets = norm.over.sets;
  test::Buffer<float> simple(2 * sets), fast(2 * sets), partial(2 * 2 * 2 * 12);
  test::launch("set_means_simple_f32", {1}, {32}, 0,
               SetMeansParams{norm.x, norm.statistics, norm.gamma, norm.dy, simple, norm.over,
                              0.125f});
  test::launch("channel_sums_columns_f32", grid.blocks, {256}, 0,
               ChannelSumsParams{norm.x, norm.statistics, nullptr, nullptr, norm.dy, nullptr,
                                 partial, norm.over, grid.walk, 0.125f});
  test::launch("set_means_finish", {static_cast<u32>(sets)}, {256}, 0,
               SetMeansFinishParams{partial, norm.gamma, fast, norm.over, grid.slabs});
  for (i64 i = 0; i < 2 * sets; i++) EXPECT_NEAR(fast[i], simple[i], 1e-5);
}
