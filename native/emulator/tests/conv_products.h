// conv_products.h - a convolution and its gradients on an engine, against a plain loop.
#pragma once
#include "geometry.h"
#include "products.h"

static ConvParams convParams(const Geometry& g, const void* map, const void* factor, void* result,
                             Epilogue epilogue, int slabPixels) {
  return {map, factor, result, epilogue, g.n, g.h, g.w, g.c, g.ho, g.wo, g.o, g.kh, g.kw,
          g.strideH, g.strideW, g.dilationH, g.dilationW, g.top, g.left, g.groups, g.circular,
          slabPixels, divisorOf(g.ho * g.wo), divisorOf(g.wo), divisorOf(g.kw),
          divisorOf(g.c / g.groups), divisorOf(g.o / g.groups)};
}

// Bare, and with all that an epilogue can do.
template <class T>
static void checkForward(const Engine& engine, const Geometry& g, bool bare = true) {
  Values<T> x(g.inputs(), 1), w(g.weights(), 2);
  test::Buffer<T> y(g.outputs());
  Zeros expected(y.count);
  g.each([&](i64 i, i64 k, i64 o) {
    expected.data[o] += static_cast<double>(load<T>(x, i)) * load<T>(w, k);
  });
  int pixels = g.n * g.ho * g.wo, channels = g.o / g.groups;
  Epilogue none = {nullptr, nullptr, nullptr, channels, 0, 0, whole<T>(channels)};
  if (bare) {
    launchProduct<T>("conv_forward", engine, pixels, channels, g.groups,
                     convParams(g, x, w, y, none, 0));
    checkAll<T>(y, expected);
  }
  Values<T> bias(g.o, 3), residual(y.count, 4);
  int tiles = ceilDiv(pixels, engine.m);
  test::Buffer<float> sums(2ll * tiles * g.o);
  Epilogue all = {bias, residual, sums, channels, 1, 0, whole<T>(channels)};
  launchProduct<T>("conv_forward", engine, pixels, channels, g.groups,
                   convParams(g, x, w, y, all, 0));
  Zeros totals(sums.count);
  for (i64 i = 0; i < y.count; i++) {
    double v = expected[i] + load<T>(bias, i % g.o) + load<T>(residual, i);
    expected.data[i] = v > 0 ? v : 0;
    double stored = load<T>(y, i);
    i64 sum = i / g.o / engine.m * 2 * g.o + i % g.o;
    totals.data[sum] += stored;
    totals.data[sum + g.o] += stored * stored;
  }
  checkAll<T>(y, expected);
  for (i64 i = 0; i < sums.count; i++) EXPECT_NEAR(sums[i], totals[i], totals[i] / (1 << 20));
}

template <class T>
static void checkInputGrad(const Engine& engine, const Geometry& g) {
  Values<T> dy(g.outputs(), 1), w(g.weights(), 2);
  test::Buffer<T> dx(g.inputs());
  Zeros expected(dx.count);
  g.each([&](i64 i, i64 k, i64 o) {
    expected.data[i] += static_cast<double>(load<T>(dy, o)) * load<T>(w, k);
  });
  int pixels = g.n * ceilDiv(g.h, g.strideH) * ceilDiv(g.w, g.strideW), channels = g.c / g.groups;
  Epilogue none = {nullptr, nullptr, nullptr, channels, 0, 0, whole<T>(channels)};
  launchProduct<T>("conv_input_grad", engine, pixels, channels,
                   g.groups * g.strideH * g.strideW, convParams(g, dy, w, dx, none, 0));
  checkAll<T>(dx, expected);
}

template <class T>
static void checkWeightGrad(const Engine& engine, const Geometry& g, int slabPixels) {
  Values<T> x(g.inputs(), 1), dy(g.outputs(), 2);
  test::Buffer<T> dw(g.weights());
  Zeros expected(dw.count);
  g.each([&](i64 i, i64 k, i64 o) {
    expected.data[k] += static_cast<double>(load<T>(x, i)) * load<T>(dy, o);
  });
  int slabs = ceilDiv(g.n * g.ho * g.wo, slabPixels);
  bool partial = slabs > 1 || sizeof(T) == 2;
  test::Buffer<float> sums(partial ? slabs * dw.count : 0);
  Epilogue none = {nullptr, nullptr, nullptr, g.taps(), 0, 1, g.taps() % 4 == 0};
  void* result = partial ? static_cast<void*>(sums) : static_cast<void*>(dw);
  launchProduct<T>("conv_weight_grad", engine, g.o / g.groups, g.taps(), g.groups * slabs,
                   convParams(g, x, dy, result, none, slabPixels));
  if (partial) launchSlabs<T>("conv", sums, dw, dw.count, slabs);
  checkAll<T>(dw, expected);
}
