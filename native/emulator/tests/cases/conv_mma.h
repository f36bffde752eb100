// conv_mma.h - small launches of kernels/conv_mma.cu, against plain loops (conv_products.h).
#include "conv_mma.cu"
#include "conv_products.h"

// Channels are given in packs; pixels, taps and tiles are ragged.
template <class T>
struct Shapes {
  static constexpr int N = Pack<T>::N;
  // n h w c o, kernel, stride, dilation, top left, ho wo, groups, circular
  Geometry strided = {2, 5, 3, N, 3 * N, 3, 2, 2, 1, 1, 1, 1, 1, 3, 4, 1, 0};
  Geometry grouped = {1, 4, 5, 6 * N, 2 * N, 2, 3, 1, 1, 2, 1, 1, 1, 4, 5, 2, 0};
  Geometry ring = {1, 4, 3, N, N, 3, 3, 2, 1, 1, 1, 1, 1, 2, 3, 1, 1};
  Geometry tiles = {1, 12, 11, N, 17 * 8, 1, 1, 1, 1, 1, 1, 0, 0, 12, 11, 1, 0};
  Geometry back = {1, 12, 11, 17 * 8, N, 1, 1, 1, 1, 1, 1, 0, 0, 12, 11, 1, 0};
  Geometry image = {2, 7, 5, 3, 9, 3, 3, 2, 2, 1, 1, 1, 1, 4, 3, 1, 0};
  Geometry images = {1, 12, 11, 3, 66, 2, 1, 1, 1, 1, 1, 0, 0, 11, 11, 1, 0};
};

template <class T>
static void checkForwards() {
  Shapes<T> s;
  for (const Geometry& g : {s.strided, s.grouped, s.ring}) checkForward<T>(MMA_64X64, g);
  for (const Engine& engine : {MMA_128X64, MMA_128X128}) {
    checkForward<T>(engine, s.grouped, false);
    checkForward<T>(engine, s.tiles, false);
  }
  for (const Geometry& g : {s.image, s.images}) checkForward<T>(MMA_GATHER, g, false);
}
CASE(forwardFloat) { checkForwards<float>(); }
CASE(forwardBf16) { checkForwards<bf16>(); }

template <class T>
static void checkInputGrads() {
  Shapes<T> s;
  for (const Geometry& g : {s.strided, s.grouped, s.ring}) checkInputGrad<T>(MMA_64X64, g);
  for (const Engine& engine : {MMA_128X64, MMA_128X128})
    for (const Geometry& g : {s.ring, s.back}) checkInputGrad<T>(engine, g);
}
CASE(inputGradFloat) { checkInputGrads<float>(); }
CASE(inputGradBf16) { checkInputGrads<bf16>(); }

template <class T>
static void checkWeightGrads() {
  Shapes<T> s;
  for (const Geometry& g : {s.strided, s.grouped, s.ring}) checkWeightGrad<T>(MMA_64X64, g, 32);
  for (const Geometry& g : {s.grouped, s.tiles}) checkWeightGrad<T>(MMA_128X128, g, 96);
  for (const Geometry& g : {s.image, s.images}) checkWeightGrad<T>(MMA_GATHER, g, 64);
}
CASE(weightGradFloat) { checkWeightGrads<float>(); }
CASE(weightGradBf16) { checkWeightGrads<bf16>(); }
