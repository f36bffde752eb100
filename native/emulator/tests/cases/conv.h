// conv.h - small launches of kernels/conv.cu, against plain loops (conv_products.h).
#include "conv.cu"
#include "conv_products.h"

// n h w c o, kernel, stride, dilation, top left, ho wo, groups, circular
constexpr Geometry POINT = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0};
constexpr Geometry STRIDED = {2, 5, 7, 3, 9, 3, 3, 2, 2, 1, 1, 1, 1, 3, 4, 1, 0};
constexpr Geometry DILATED = {1, 7, 9, 6, 9, 3, 2, 1, 2, 2, 3, 2, 1, 7, 5, 3, 0};
constexpr Geometry DEPTHWISE = {1, 3, 3, 2, 2, 2, 3, 1, 1, 1, 1, 0, 1, 2, 3, 2, 0};
constexpr Geometry RING = {1, 4, 6, 3, 2, 3, 3, 2, 1, 1, 1, 1, 1, 2, 6, 1, 1};
// its output is no ring
constexpr Geometry TORN = {1, 5, 3, 2, 3, 3, 3, 2, 2, 1, 1, 1, 2, 3, 3, 1, 1};
constexpr Geometry TILES = {1, 9, 9, 3, 72, 1, 1, 1, 1, 1, 1, 0, 0, 9, 9, 1, 0};
constexpr Geometry TILES_BACK = {1, 9, 9, 72, 8, 1, 1, 1, 1, 1, 1, 0, 0, 9, 9, 1, 0};
constexpr Geometry WIDE_TILES = {1, 12, 11, 9, 132, 1, 1, 1, 1, 1, 1, 0, 0, 12, 11, 1, 0};
constexpr Geometry WIDE_BACK = {1, 12, 11, 132, 3, 1, 1, 1, 1, 1, 1, 0, 0, 12, 11, 1, 0};

template <class T>
static void checkForwards() {
  for (const Geometry& g : {POINT, STRIDED, DILATED, DEPTHWISE, RING, TORN, TILES})
    checkForward<T>(PLAIN_64, g);
}
CASE(forward) {
  checkForwards<float>();
  checkForwards<bf16>();
  for (const Geometry& g : {DILATED, RING, WIDE_TILES}) checkForward<float>(WIDE, g);
}

template <class T>
static void checkInputGrads() {
  for (const Geometry& g : {POINT, STRIDED, DILATED, DEPTHWISE, RING, TORN, TILES_BACK})
    checkInputGrad<T>(PLAIN_64, g);
}
CASE(inputGrad) {
  checkInputGrads<float>();
  checkInputGrads<bf16>();
  for (const Geometry& g : {STRIDED, RING, WIDE_BACK}) checkInputGrad<float>(WIDE, g);
}

template <class T>
static void checkWeightGrads() {
  for (const Geometry& g : {POINT, STRIDED, DILATED, DEPTHWISE, RING, TORN, TILES, TILES_BACK})
    checkWeightGrad<T>(PLAIN_64, g, 32);
}
CASE(weightGrad) {
  checkWeightGrads<float>();
  checkWeightGrads<bf16>();
  for (const Geometry& g : {DILATED, WIDE_TILES, WIDE_BACK}) checkWeightGrad<float>(WIDE, g, 64);
}
