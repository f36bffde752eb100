// products.h - for cases of gemm.cuh's products, after the kernel file: the engines of
// backend/cuda/GemmVariant.java. Inputs are multiples of 1/8 that bf16 and tf32 hold, so sums are
// exact until they are rounded to the result's type.
#pragma once
#include "values.h"

struct Engine {
  const char* name;
  int m, n;
  u32 threads, sharedBytes;
};
constexpr Engine PLAIN_64 = {"", 64, 64, 256, 64 * 68 * 4};
constexpr Engine WIDE = {"wide_", 128, 128, 256, 64 * 132 * 4};
constexpr Engine MMA_128X128 = {"mma128x128_", 128, 128, 256, 3 * (128 + 128) * 64};
constexpr Engine MMA_128X64 = {"mma128x64_", 128, 64, 128, 4 * (128 + 64) * 64};
constexpr Engine MMA_64X64 = {"mma64x64_", 64, 64, 128, 4 * (64 + 64) * 64};
constexpr Engine MMA_GATHER = {"gather_", 128, 64, 128, 2 * (128 + 64) * 64};

template <class T>
static const char* typeName() {
  return sizeof(T) == 2 ? "bf16" : "f32";
}

template <class T, class P>
static void launchProduct(const char* product, const Engine& engine, int rows, int columns,
                          int batches, const P& p) {
  test::Name kernel("%s_%s%s", product, engine.name, typeName<T>());
  u32 tiles = static_cast<u32>(ceilDiv(rows, engine.m) * ceilDiv(columns, engine.n));
  dim3 grid = {tiles, 1, static_cast<u32>(batches)};
  test::launch(kernel, grid, {engine.threads}, engine.sharedBytes, p);
}

// Partial sums to the result's type, as ConvCuda.sumSlabs does.
template <class T>
static void launchSlabs(const char* module, const float* partial, void* y, i64 size, int slabs) {
  test::Name kernel("%s_slabs_%s", module, typeName<T>());
  test::launch(kernel, {1}, {32}, 0, SlabParams{partial, y, size, slabs});
}

template <class T>
static int whole(int extent) {
  return extent % Pack<T>::N == 0;
}
