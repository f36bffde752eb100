// warps.cu - shuffles, votes, __syncwarp, and the faults of each.
#include "common.cuh"
#include "values.h"

struct WarpParams {
  const float* x;
  float* y;
  u32* bits;
  u32 mask;
  int width;
};

// y: 4 results of each lane
KERNEL(64) self_shuffles(WarpParams p) {
  int i = threadIdx.x;
  double wide = p.x[i];
  p.y[4 * i] = __shfl_xor_sync(0xffffffffu, p.x[i], 5, p.width);
  p.y[4 * i + 1] = __shfl_up_sync(0xffffffffu, p.x[i], 3, p.width);
  p.y[4 * i + 2] = static_cast<float>(__shfl_down_sync(0xffffffffu, wide, 3, p.width));
  p.y[4 * i + 3] = __shfl_sync(0xffffffffu, p.x[i], 37, p.width);
}
EXPORT(self_shuffles)

KERNEL(32) self_integers(WarpParams p) {
  int lane = threadIdx.x;
  int i = __shfl_sync(0xffffffffu, -lane, 9);
  u32 u = __shfl_sync(0xffffffffu, 0x80000000u + lane, 10);
  u64 w = __shfl_sync(0xffffffffu, (static_cast<u64>(lane) << 40) + 1, 11);
  p.bits[lane] = i == -9 && u == 0x8000000au && w == (11ull << 40) + 1;
}
EXPORT(self_integers)

// Two halves that take different roads.
KERNEL(64) self_halves(WarpParams p) {
  int lane = threadIdx.x % 32;
  float v = p.x[threadIdx.x];
  if (lane < 16) {
    for (int offset = 8; offset > 0; offset >>= 1) v += __shfl_xor_sync(0x0000ffffu, v, offset);
  } else {
    for (int offset = 8; offset > 0; offset >>= 1)
      v = fmaxf(v, __shfl_xor_sync(0xffff0000u, v, offset));
  }
  p.y[threadIdx.x] = v;
}
EXPORT(self_halves)

KERNEL(64) self_outside(WarpParams p) {
  if (threadIdx.x < 16) p.y[threadIdx.x] = __shfl_down_sync(0x0000ffffu, p.x[threadIdx.x], 8);
}
EXPORT(self_outside)

KERNEL(64) self_votes(WarpParams p) {
  int lane = threadIdx.x % 32;
  if (!((p.mask >> lane) & 1u)) return;
  u32 ballot = __ballot_sync(p.mask, lane % 3 == 0);
  bool any = __any_sync(p.mask, lane == 31), all = __all_sync(p.mask, lane < 31);
  p.bits[threadIdx.x] = ballot ^ (any ? 0x40000000u : 0) ^ (all ? 0x20000000u : 0);
}
EXPORT(self_votes)

// __syncwarp orders memory within a warp.
KERNEL(64) self_exchange(WarpParams p) {
  __shared__ float tile[64];
  tile[threadIdx.x] = p.x[threadIdx.x];
  __syncwarp();
  float v = tile[threadIdx.x ^ 1];
  __syncwarp();
  tile[threadIdx.x ^ 2] = v;
  __syncwarp(0xffffffffu);
  p.y[threadIdx.x] = tile[threadIdx.x];
}
EXPORT(self_exchange)

KERNEL(64) self_foreign_mask(WarpParams p) {
  p.y[threadIdx.x] = __shfl_xor_sync(p.mask, 1.0f, 1);
}
EXPORT(self_foreign_mask)

KERNEL(32) self_two_places(WarpParams p) {
  if (threadIdx.x < 7)
    p.y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 1);
  else
    p.y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 2.0f, 1);
}
EXPORT(self_two_places)

KERNEL(64) self_ended_lane(WarpParams) {
  __syncwarp();
  if (threadIdx.x == 40) return;
  __syncwarp();
}
EXPORT(self_ended_lane)

KERNEL(32) self_two_masks(WarpParams) {
  if (threadIdx.x == 3) __syncwarp(0x0000000fu);
  else __syncwarp(0xffffffffu);
}
EXPORT(self_two_masks)

CASE(shufflesOfEveryWidth) {
  Values<float> x(64, 1);
  test::Buffer<float> y(256);
  for (int width = 1; width <= 32; width *= 2) {
    test::launch("self_shuffles", {1}, {64}, 0, WarpParams{x, y, nullptr, 0, width});
    for (int t = 0; t < 64; t++) {
      int warp = t / 32 * 32, lane = t % 32, begin = lane / width * width, end = begin + width;
      int across = lane ^ 5;
      EXPECT_EQUAL(y[4 * t], x[warp + (across < end ? across : lane)]);
      EXPECT_EQUAL(y[4 * t + 1], x[warp + (lane - 3 >= begin ? lane - 3 : lane)]);
      EXPECT_EQUAL(y[4 * t + 2], x[warp + (lane + 3 < end ? lane + 3 : lane)]);
      EXPECT_EQUAL(y[4 * t + 3], x[warp + begin + 37 % width]);
    }
  }
}

CASE(shufflesOfIntegers) {
  test::Buffer<u32> bits(32);
  test::launch("self_integers", {1}, {32}, 0, WarpParams{nullptr, nullptr, bits, 0, 0});
  for (int i = 0; i < 32; i++) EXPECT(bits[i] == 1);
}

CASE(partsOfAWarpMeetAlone) {
  Values<float> x(64, 3);
  test::Buffer<float> y(64);
  WarpParams p = {x, y, nullptr, 0, 0};
  test::launch("self_halves", {1}, {64}, 0, p);
  for (int half = 0; half < 4; half++) {
    float sum = 0, most = -100;
    for (int i = 0; i < 16; i++) sum += x[16 * half + i], most = fmaxf(most, x[16 * half + i]);
    for (int i = 0; i < 16; i++) EXPECT_EQUAL(y[16 * half + i], half % 2 ? most : sum);
  }
  test::launch("self_outside", {1}, {64}, 0, p);
  for (int i = 0; i < 8; i++) EXPECT_EQUAL(y[i], x[i + 8]);
  for (int i = 8; i < 16; i++) EXPECT(isnan(y[i]));  // from a lane outside of the mask
}

CASE(votes) {
  for (u32 mask : {0xffffffffu, 0x7fffffffu, 0x00ff00f1u, 0x00000001u}) {
    test::Buffer<u32> bits(64);
    test::launch("self_votes", {1}, {64}, 0, WarpParams{nullptr, nullptr, bits, mask, 0});
    u32 ballot = 0x49249249u & mask;
    if (mask >> 31) ballot ^= 0x40000000u;
    else ballot ^= 0x20000000u;
    for (int i = 0; i < 64; i++) EXPECT(bits[i] == ((mask >> i % 32) & 1u ? ballot : 0xffffffffu));
  }
}

CASE(syncwarpOrdersMemory) {
  Values<float> x(64, 4);
  test::Buffer<float> y(64);
  test::launch("self_exchange", {2}, {64}, 0, WarpParams{x, y, nullptr, 0, 0});
  for (int i = 0; i < 64; i++) EXPECT_EQUAL(y[i], x[i ^ 3]);
}

CASE(faultsOfWarpsAreNamed) {
  test::Buffer<float> y(64);
  WarpParams p = {nullptr, y, nullptr, 0x0000ffffu, 0};
  test::expectFault("is not in its own mask 0x0000ffff, at a shuffle in warps.cu:",
                    "self_foreign_mask", {1}, {32}, 0, p);
  p.mask = 0xffffffffu;
  test::expectFault("names lanes that the warp lacks (the block has 48 threads)",
                    "self_foreign_mask", {1}, {48}, 0, p);
  test::expectFault("lanes of one mask 0xffffffff meet at different places", "self_two_places", {1},
                    {32}, 0, p);
  test::expectFault("waits at __syncwarp in warps.cu:", "self_ended_lane", {1}, {64}, 0, p);
  test::expectFault("but thread (40,0,0) has returned", "self_ended_lane", {1}, {64}, 0, p);
  test::expectFault("deadlock: thread (", "self_two_masks", {1}, {32}, 0, p);
  syncwarpOrdersMemory();
}
