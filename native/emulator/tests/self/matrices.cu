// matrices.cu - mma and ldmatrix against plain loops, through the fragments that mma.cuh describes.
#include "common.cuh"
#include "mma.cuh"
#include "values.h"

struct MatrixParams {
  const float *a, *b;  // (16, depth) (depth, 8)
  float* c;            // (16, 8)
};

KERNEL(32) self_mma_bf16(MatrixParams p) {  // depth 16
  int group = threadIdx.x / 4, pairOf = threadIdx.x % 4;
  u32 a[4], b[2];
  for (int i = 0; i < 4; i++) {
    int row = group + i % 2 * 8, k = 2 * pairOf + i / 2 * 8;
    a[i] = pair(p.a[16 * row + k], p.a[16 * row + k + 1]);
  }
  for (int i = 0; i < 2; i++) {
    int k = 2 * pairOf + i * 8;
    b[i] = pair(p.b[8 * k + group], p.b[8 * (k + 1) + group]);
  }
  float c[4];
  for (int i = 0; i < 4; i++)
    c[i] = static_cast<float>((group + i / 2 * 8) * 8 + 2 * pairOf + i % 2);
  mmaBf16(c, a, b);
  for (int i = 0; i < 4; i++) p.c[(group + i / 2 * 8) * 8 + 2 * pairOf + i % 2] = c[i];
}
EXPORT(self_mma_bf16)

KERNEL(32) self_mma_tf32(MatrixParams p) {  // depth 8
  int group = threadIdx.x / 4, pairOf = threadIdx.x % 4;
  u32 a[4], b[2];
  for (int i = 0; i < 4; i++) a[i] = toTf32(p.a[8 * (group + i % 2 * 8) + pairOf + i / 2 * 4]);
  for (int i = 0; i < 2; i++) b[i] = toTf32(p.b[8 * (pairOf + i * 4) + group]);
  float c[4] = {1, 2, 3, 4};
  mmaTf32(c, a, b);
  for (int i = 0; i < 4; i++) p.c[(group + i / 2 * 8) * 8 + 2 * pairOf + i % 2] = c[i];
}
EXPORT(self_mma_tf32)

// The same product through shared memory and ldmatrix: A as it lies, B transposed on the way.
KERNEL(32) self_ldmatrix(MatrixParams p) {
  __shared__ __align__(16) u16 a[16][24];  // padded: rows start at other banks
  __shared__ __align__(16) u16 b[16][8];
  int lane = threadIdx.x;
  for (int i = lane; i < 256; i += 32) a[i / 16][i % 16] = bf16Bits(p.a[i]);
  for (int i = lane; i < 128; i += 32) b[i / 8][i % 8] = bf16Bits(p.b[i]);
  __syncthreads();
  u32 fragmentA[4], fragmentsB[4];
  ldmatrix4(fragmentA, &a[lane % 16][lane / 16 * 8]);
  ldmatrix4Transposed(fragmentsB, &b[lane % 16][0]);  // both halves of k, twice
  u32 fragmentB[2] = {fragmentsB[0], fragmentsB[1]};
  float c[4];
  for (int i = 0; i < 4; i++)
    c[i] = static_cast<float>((lane / 4 + i / 2 * 8) * 8 + 2 * (lane % 4) + i % 2);
  mmaBf16(c, fragmentA, fragmentB);
  for (int i = 0; i < 4; i++) p.c[(lane / 4 + i / 2 * 8) * 8 + 2 * (lane % 4) + i % 2] = c[i];
}
EXPORT(self_ldmatrix)

KERNEL(32) self_ldmatrix_wrong(MatrixParams p) {
  __shared__ __align__(16) u16 tile[64];
  u32 r[4];
  ldmatrix4(r, p.c ? static_cast<const void*>(p.a) : static_cast<const void*>(tile + 4));
}
EXPORT(self_ldmatrix_wrong)

CASE(bf16ProductsAreExactOnSmallNumbers) {
  Values<float> a(256, 1), b(128, 2);
  for (const char* kernel : {"self_mma_bf16", "self_ldmatrix"}) {
    test::Buffer<float> c(128);
    test::launch(kernel, {1}, {32}, 0, MatrixParams{a, b, c});
    for (int row = 0; row < 16; row++)
      for (int column = 0; column < 8; column++) {
        float sum = static_cast<float>(8 * row + column);
        for (int k = 0; k < 16; k++) sum += a[16 * row + k] * b[8 * k + column];
        EXPECT_EQUAL(c[8 * row + column], sum);
      }
  }
}

CASE(tf32ProductsAreExactOnSmallNumbers) {
  Values<float> a(128, 3), b(64, 4);
  test::Buffer<float> c(128);
  test::launch("self_mma_tf32", {1}, {32}, 0, MatrixParams{a, b, c});
  for (int row = 0; row < 16; row++)
    for (int column = 0; column < 8; column++) {
      float sum = static_cast<float>(1 + row / 8 * 2 + column % 2);
      for (int k = 0; k < 8; k++) sum += a[8 * row + k] * b[8 * k + column];
      EXPECT_EQUAL(c[8 * row + column], sum);
    }
}

CASE(tf32RoundsToNearestTiesAway) {
  EXPECT(toTf32(1.0f) == 0x3f800000u);
  EXPECT(toTf32(__uint_as_float(0x3f800fffu)) == 0x3f800000u);
  EXPECT(toTf32(__uint_as_float(0x3f801000u)) == 0x3f802000u);  // a tie
  EXPECT(toTf32(__uint_as_float(0xbf803000u)) == 0xbf804000u);
  EXPECT(toTf32(__uint_as_float(0x7f7fffffu)) == 0x7f800000u);
  EXPECT(toTf32(__uint_as_float(0xff800000u)) == 0xff800000u);
  EXPECT(isnan(__uint_as_float(toTf32(__uint_as_float(0x7fffffffu)))));
}

CASE(ldmatrixWantsAlignedSharedRows) {
  Values<float> x(256, 1);
  test::expectFault("misaligned", "self_ldmatrix_wrong", {1}, {32}, 0, MatrixParams{x, x, nullptr});
  test::expectFault("outside of shared memory, at ldmatrix in matrices.cu:", "self_ldmatrix_wrong",
                    {1}, {32}, 0, MatrixParams{x, x, x});
}
