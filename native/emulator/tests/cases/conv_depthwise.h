// conv_depthwise.h - small launches of kernels/conv_depthwise.cu, against a plain loop.
#include "conv_depthwise.cu"
#include "geometry.h"

// How DepthwiseCuda deals channels out: `packs` to a block, `blocks` of them.
template <class T>
struct Dealt {
  int packs, blocks, threads;
  explicit Dealt(int c, int most) {
    int total = max(1, c / Pack<T>::N);
    blocks = ceilDiv(total, most);
    packs = ceilDiv(total, blocks);
    threads = 256 / packs;
  }
  u32 weightBytes(int taps) const {
    return static_cast<u32>(taps * (packs * Pack<T>::N + 4)) * 4;
  }
};

template <class T>
struct Depthwise {
  const char* type;
  Geometry g;
  int most;  // packs of a block; DepthwiseCuda's are 16
  Values<T> x, w, dy, bias, residual;
  Zeros y, dx, dw;

  Depthwise(const char* type, const Geometry& g, int most)
      : type(type), g(g), most(most), x(g.inputs(), 1), w(g.weights(), 2), dy(g.outputs(), 3),
        bias(g.o, 4), residual(g.outputs(), 5), y(g.outputs()), dx(g.inputs()), dw(g.weights()) {
    g.each([&](i64 i, i64 k, i64 o) {
      y.data[o] += static_cast<double>(load<T>(x, i)) * load<T>(w, k);
      dx.data[i] += static_cast<double>(load<T>(dy, o)) * load<T>(w, k);
      dw.data[k] += static_cast<double>(load<T>(x, i)) * load<T>(dy, o);
    });
  }

  DepthwiseParams params(const void* map, const void* factor, void* result, int slabLines) const {
    return {map, factor, result, nullptr, nullptr, 0, g.n, g.h, g.w, g.c, g.ho, g.wo, g.o,
            g.kh, g.kw, g.strideH, g.strideW, g.dilationH, g.dilationW, g.top, g.left,
            g.circular, g.o / g.c, Dealt<T>(g.c, most).packs, 0, slabLines};
  }
  // `blocks` along x: fewer than the work would fill, so that they walk.
  void walk(const char* kernel, u32 blocks, const DepthwiseParams& p) const {
    Dealt<T> d(g.c, most);
    test::launch(kernel, {blocks, static_cast<u32>(d.blocks)}, {256}, d.weightBytes(g.kh * g.kw),
                 p);
  }

  void forward(const char* way) const {
    test::Name kernel("depthwise_forward%s_%s", way, type);
    for (int all = 0; all < 2; all++) {
      test::Buffer<T> result(y.count);
      DepthwiseParams p = params(x, w, result, 0);
      if (all) p.bias = bias, p.residual = residual, p.relu = 1;
      if (*way) {
        walk(kernel, all ? 1 : 2, p);
      } else {
        test::launch(kernel, {2}, {32}, 0, p);
      }
      for (i64 i = 0; i < y.count; i++) {
        double v = all ? y[i] + load<T>(bias, i % g.o) + load<T>(residual, i) : y[i];
        if (all && v < 0) v = 0;
        EXPECT_NEAR(load<T>(result, i), v, sizeof(T) == 2 ? fabs(v) / 256 : 0);
      }
    }
  }

  void inputGrad(const char* way) const {
    test::Name kernel("depthwise_input_grad%s_%s", way, type);
    test::Buffer<T> result(dx.count);
    if (*way) {
      walk(kernel, 2, params(dy, w, result, 0));
    } else {
      test::launch(kernel, {2}, {32}, 0, params(dy, w, result, 0));
    }
    checkAll<T>(result, dx);
  }
  // As a convolution of dy with its taps turned round.
  void inputGradRows() const {
    test::Buffer<T> result(dx.count);
    DepthwiseParams p = params(dy, w, result, 0);
    p.h = g.ho, p.w = g.wo, p.ho = g.h, p.wo = g.w;
    p.top = (g.kh - 1) * g.dilationH - g.top, p.left = (g.kw - 1) * g.dilationW - g.left;
    p.flip = 1;
    walk(test::Name("depthwise_forward_rows%d_1_%s", g.kw, type), 1, p);
    checkAll<T>(result, dx);
  }

  void weightGrad(bool rows, int slabLines) const {
    int slabs = ceilDiv(g.n * g.ho, slabLines), taps = g.kh * g.kw;
    test::Buffer<float> partial(slabs * dw.count);
    test::Buffer<T> result(dw.count);
    DepthwiseParams p = params(x, dy, partial, slabLines);
    if (rows) {
      dim3 grid = {static_cast<u32>(g.kh), static_cast<u32>(Dealt<T>(g.c, most).blocks),
                   static_cast<u32>(slabs)};
      test::launch(test::Name("depthwise_weight_grad_rows%d_%d_%s", g.kw, g.strideW, type), grid,
                   {256}, 256 * Pack<T>::N * 4, p);
    } else {
      test::launch(test::Name("depthwise_weight_grad_%s", type), {2}, {32}, 0, p);
    }
    test::launch(test::Name("depthwise_slabs_%s", type), {1}, {32}, 0,
                 DepthwiseSlabParams{partial, result, slabs, taps, g.o});
    checkAll<T>(result, dw);
  }
};

// n h w c o, kernel, stride, dilation, top left, ho wo, groups, circular
template <class T>
static void checkPlain(const char* type) {
  constexpr Geometry SHAPES[] = {
      {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0},
      {2, 5, 7, 3, 3, 3, 2, 2, 1, 1, 2, 1, 1, 3, 7, 3, 0},
      {1, 3, 2, 2, 6, 2, 3, 1, 1, 1, 1, 1, 1, 3, 2, 2, 0},  // three outputs of an input channel
      {1, 4, 6, 3, 3, 3, 3, 2, 1, 1, 1, 1, 1, 2, 6, 3, 1},
      {1, 5, 3, 2, 4, 3, 3, 2, 2, 1, 1, 1, 2, 3, 3, 2, 1},
  };
  for (const Geometry& g : SHAPES) {
    Depthwise<T> d(type, g, 16);
    d.forward("");
    d.inputGrad("");
    d.weightGrad(false, 2);
  }
}
CASE(plain) {
  checkPlain<float>("f32");
  checkPlain<bf16>("bf16");
}

template <class T>
static void checkVector(const char* type) {
  constexpr int N = Pack<T>::N;
  // more packs than a block takes; packs that do not divide the threads; rings
  Depthwise<T> many(type, {1, 3, 5, 5 * N, 5 * N, 2, 3, 2, 1, 1, 1, 0, 1, 1, 5, 5 * N, 0}, 3);
  Depthwise<T> ring(type, {2, 4, 3, N, N, 3, 3, 2, 1, 1, 2, 1, 2, 2, 3, N, 1}, 16);
  Depthwise<T> torn(type, {1, 5, 3, N, N, 3, 3, 2, 2, 1, 1, 1, 2, 3, 3, N, 1}, 16);
  for (const Depthwise<T>* d : {&many, &ring, &torn}) {
    d->forward("_v");
    d->inputGrad("_v");
  }
}
CASE(vector) {
  checkVector<float>("f32");
  checkVector<bf16>("bf16");
}

// Strips: lines shorter than one and with a rest; pads wider than a line; kernel rows dilated.
template <class T>
static void checkRows(const char* type, int kw) {
  constexpr int N = Pack<T>::N;
  test::Name one("_rows%d_1", kw), two("_rows%d_2", kw);
  int pad = kw / 2;
  Depthwise<T> same(type, {2, 3, 9, 3 * N, 3 * N, 3, kw, 1, 1, 2, 1, 2, pad, 3, 9, 3 * N, 0}, 2);
  same.forward(one);
  same.inputGradRows();
  same.weightGrad(true, 4);
  Depthwise<T> ring(type, {1, 4, 7, N, N, 2, kw, 1, 1, 1, 1, 1, pad, 4, 7, N, 1}, 16);
  ring.forward(one);
  ring.inputGradRows();
  ring.weightGrad(true, 1);
  Depthwise<T> half(type, {1, 5, 2, N, N, 3, kw, 2, 2, 1, 1, 1, pad, 3, 1, N, 0}, 16);
  half.forward(two);
  half.weightGrad(true, 3);
  int wo = (19 - kw) / 2 + 1;
  Depthwise<T> wide(type, {1, 2, 19, N, N, 1, kw, 1, 2, 1, 1, 0, 0, 2, wo, N, 0}, 16);
  wide.forward(two);
  wide.weightGrad(true, 1);
}
CASE(rowsFloat) {
  for (int kw : {3, 5, 7}) checkRows<float>("f32", kw);
}
CASE(rowsBf16) {
  for (int kw : {3, 5, 7}) checkRows<bf16>("bf16", kw);
}
