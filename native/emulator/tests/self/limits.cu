// limits.cu - what a launch may ask for, dynamic shared memory, 16-byte accesses.
#include "common.cuh"
#include "values.h"

extern "C" {
int emulator_count();
const char* emulator_name(int i);
int emulator_launch(void*, u32, u32, u32, u32, u32, u32, u32, void**);
}

struct LimitParams {
  float* y;
  int n;
};

KERNEL(128) self_bounded(LimitParams p) {
  if (globalThread() == 0) p.y[0] = static_cast<float>(p.n + blockDim.x + gridDim.x);
}
EXPORT(self_bounded)

KERNEL(1024) self_dynamic(LimitParams p) {
  DYN_SHARED(float, tile);
  for (int i = threadIdx.x; i < p.n; i += blockDim.x) tile[i] = static_cast<float>(i);
  __syncthreads();
  p.y[threadIdx.x] = tile[(threadIdx.x + 1) % p.n];
}
EXPORT(self_dynamic)

KERNEL(32) self_vector(LimitParams p) {
  float v[4] = {1, 2, 3, 4};
  storePack(p.y + 4 * threadIdx.x + p.n, v);
}
EXPORT(self_vector)

CASE(launchesOutOfBoundsAreRefused) {
  test::Buffer<float> y(1);
  LimitParams p = {y, 1};
  test::launch("self_bounded", {5}, {128}, 0, p);
  EXPECT_EQUAL(y[0], 134);
  test::expectFault("more threads than __launch_bounds__", "self_bounded", {1}, {129}, 0, p);
  test::expectFault("at most 1024 threads", "self_dynamic", {1}, {1025}, 0, p);
  test::expectFault("at most 1024 threads", "self_dynamic", {1}, {64, 64}, 0, p);
  test::expectFault("64 along z", "self_dynamic", {1}, {1, 1, 65}, 0, p);
  test::expectFault("an extent of the launch is 0", "self_bounded", {0}, {32}, 0, p);
  test::expectFault("an extent of the launch is 0", "self_bounded", {1}, {32, 0}, 0, p);
  test::expectFault("the grid is too large", "self_bounded", {1, 65536}, {32}, 0, p);
  test::expectFault("227 KB", "self_dynamic", {1}, {32}, (227 << 10) + 1, p);
  EXPECT(emulator_launch(nullptr, 1, 1, 1, 1, 1, 1, 0, nullptr) == 719);
}

CASE(dynamicSharedMemory) {
  test::Buffer<float> y(64);
  for (int n : {1, 3, 64, 58112}) {  // up to all 227 KB
    test::launch("self_dynamic", {3}, {64}, static_cast<u32>(4 * n), LimitParams{y, n});
    for (int i = 0; i < 64; i++) EXPECT_EQUAL(y[i], (i + 1) % n);
  }
  if (!emulator::addressCheck)  // which says it better
    test::expectFault("wrote past the end of its 12 bytes of dynamic shared memory", "self_dynamic",
                      {3}, {64}, 12, LimitParams{y, 4});
}

CASE(vectorsWantAlignment) {
  test::Buffer<float> y(132);
  test::launch("self_vector", {1}, {32}, 0, LimitParams{y, 4});
  test::expectFault("is no multiple of 16, at a 16-byte access in common.cuh:", "self_vector", {1},
                    {32}, 0, LimitParams{y, 1});
}

CASE(namesAreUnique) {
  for (int i = 0; i < emulator_count(); i++)
    for (int j = 0; j < i; j++) EXPECT(strcmp(emulator_name(i), emulator_name(j)));
  EXPECT(!emulator_name(-1) && !emulator_name(emulator_count()));
}
