// loss.h - small launches of kernels/loss.cu by each kind of team, against sums in double.
#include "loss.cu"
#include "values.h"

template <class T>
constexpr double ROOM = sizeof(T) == 2 ? 1.0 / 128 : 1e-5;

// The row's largest element and its sum of exponentials.
template <class T>
static double sumOfRow(const Values<T>& x, int row, int k, double& top) {
  top = -1e30;
  double sum = 0;
  for (int i = 0; i < k; i++) top = fmax(top, load<T>(x, row * k + i));
  for (int i = 0; i < k; i++) sum += exp(load<T>(x, row * k + i) - top);
  return sum;
}

template <class T>
static void checkRows(const char* team, const char* type, dim3 grid, int rows, int k) {
  char kernel[40];
  Values<T> x(rows * k, 1), target(rows * k, 2), dy(rows, 3);
  for (int logarithm = 0; logarithm < 2; logarithm++) {
    test::Buffer<T> y(rows * k);
    snprintf(kernel, sizeof kernel, "softmax_%s_%s", team, type);
    test::launch(kernel, grid, {256}, 0, SoftmaxParams{x, y, rows, k, logarithm});
    for (int i = 0; i < rows * k; i++) {
      double top, sum = sumOfRow(x, i / k, k, top), v = load<T>(x, i) - top;
      double right = logarithm ? v - log(sum) : exp(v) / sum;
      EXPECT_NEAR(load<T>(y, i), right, ROOM<T> * fmax(1, fabs(right)));
    }
  }
  test::Buffer<T> loss(rows), dx(rows * k);
  snprintf(kernel, sizeof kernel, "cross_entropy_%s_%s", team, type);
  test::launch(kernel, grid, {256}, 0,
               CrossEntropyParams{x, target, nullptr, loss, rows, k});
  snprintf(kernel, sizeof kernel, "cross_entropy_grad_%s_%s", team, type);
  test::launch(kernel, grid, {256}, 0, CrossEntropyParams{x, target, dy, dx, rows, k});
  for (int row = 0; row < rows; row++) {
    double top, sum = sumOfRow(x, row, k, top), right = 0, mass = 0, size = 1;
    for (int i = row * k; i < (row + 1) * k; i++) {
      double term = load<T>(target, i) * (log(sum) - (load<T>(x, i) - top));
      right += term;
      size += fabs(term);
      mass += load<T>(target, i);
    }
    EXPECT_NEAR(load<T>(loss, row), right, ROOM<T> * size);
    for (int i = row * k; i < (row + 1) * k; i++) {
      double share = exp(load<T>(x, i) - top) / sum * mass;
      double each = (share - load<T>(target, i)) * load<T>(dy, row);
      EXPECT_NEAR(load<T>(dx, i), each, ROOM<T> * 8 * fmax(1, fabs(share)));
    }
  }
}
CASE(rowsOfOneThread) {
  checkRows<float>("simple", "f32", {1}, 5, 7);
  checkRows<bf16>("simple", "bf16", {1}, 300, 3);
}
CASE(rowsOfAWarp) {
  checkRows<float>("warp", "f32", {1}, 3, 1);
  checkRows<float>("warp", "f32", {2}, 19, 10);  // fewer warps than rows
  checkRows<bf16>("warp", "bf16", {1}, 9, 33);
}
CASE(rowsOfABlock) {
  checkRows<float>("block", "f32", {2}, 3, 515);
  checkRows<bf16>("block", "bf16", {1}, 2, 257);
}

template <class T>
static void checkArgmax(const char* kernel, int rows, int k) {
  Values<T> x(rows * k, 7);  // of 64 numbers: there are ties
  test::Buffer<T> y(rows * k);
  test::launch(kernel, {1}, {64}, 0, ArgmaxParams{x, y, rows, k});
  for (int row = 0; row < rows; row++) {
    int best = 0;
    for (int i = 1; i < k; i++)
      if (load<T>(x, row * k + i) > load<T>(x, row * k + best)) best = i;
    for (int i = 0; i < k; i++) EXPECT_EQUAL(load<T>(y, row * k + i), i == best);
  }
}
CASE(argmax) {
  checkArgmax<float>("argmax_simple_f32", 70, 5);
  checkArgmax<bf16>("argmax_simple_bf16", 3, 33);
  checkArgmax<float>("argmax_warp_f32", 5, 70);
  checkArgmax<bf16>("argmax_warp_bf16", 3, 1);
}

CASE(labels) {
  test::Buffer<int> labels(3);
  labels[0] = 2, labels[1] = 5, labels[2] = -1;
  test::Buffer<float> y(15);
  test::Buffer<bf16> half(15);
  test::launch("one_hot_f32", {1}, {32}, 0, OneHotParams{labels, y, 3, 5, 0.75f, 0.25f});
  test::launch("one_hot_bf16", {1}, {32}, 0, OneHotParams{labels, half, 3, 5, 0.75f, 0.25f});
  for (int i = 0; i < 15; i++) {
    if (i < 5) {
      EXPECT_EQUAL(y[i], i == 2 ? 0.75 : 0.25);
    } else {
      EXPECT(y[i] != y[i]);
    }
    EXPECT(toFloat(half[i]) == y[i] || i >= 5);
  }
}
