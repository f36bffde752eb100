// barriers.cu - __syncthreads, the faults around it, and the order of threads.
#include "common.cuh"
#include "values.h"

struct BarrierParams {
  const float* x;
  float* y;
  int n;
};

// Through shared memory and back, twice, so that each barrier counts.
KERNEL(1024) self_rotate(BarrierParams p) {
  __shared__ float tile[1024];
  int count = blockDim.x * blockDim.y * blockDim.z;
  int i = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  float v = p.x[blockIdx.x * count + i];
  for (int round = 0; round < p.n; round++) {
    tile[i] = v;
    __syncthreads();
    v = tile[(i + 1) % count];
    __syncthreads();
  }
  p.y[blockIdx.x * count + i] = v;
}
EXPORT(self_rotate)

KERNEL(256) self_block_sum(BarrierParams p) {
  __shared__ float warps[32];
  __shared__ double more[32];
  float sum = blockSum(p.x[threadIdx.x], warps);
  double twice = blockSum(2.0 * p.x[threadIdx.x], more);
  __syncthreads();
  sum += blockSum(1.0f, warps);
  p.y[threadIdx.x] = sum + static_cast<float>(twice);
}
EXPORT(self_block_sum)

// Types and static arrays of templates: g++ 12 would forget `section` here.
template <class T, int size>
DEVICE void poisoned(const BarrierParams& p) {
  __shared__ T tile[size];
  p.y[threadIdx.x] = tile[threadIdx.x];
  tile[threadIdx.x] = 0;
}
KERNEL(32) self_poison(BarrierParams p) { poisoned<float, 40>(p); }
EXPORT(self_poison)

KERNEL(64) self_divergent(BarrierParams p) {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    p.y[threadIdx.x] = 1;
    __syncthreads();
  }
}
EXPORT(self_divergent)

KERNEL(64) self_returned(BarrierParams p) {
  if (threadIdx.x >= static_cast<u32>(p.n)) return;
  __syncthreads();
}
EXPORT(self_returned)

KERNEL(64) self_deadlock(BarrierParams p) {
  if (threadIdx.x == 5) {
    __syncthreads();
  } else if (threadIdx.x < 32) {
    p.y[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 1);
  }
}
EXPORT(self_deadlock)

// Not a kernel to imitate: it races on purpose, to see in which order threads run.
struct OrderParams {
  int* log;
  int* count;
};
KERNEL(64) self_order(OrderParams p) {
  p.log[*p.count] = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  *p.count += 1;
}
EXPORT(self_order)

CASE(rotatesInBlocksOfAnyShape) {
  dim3 shapes[] = {{1}, {32}, {33}, {7, 5, 3}, {64, 2}, {1, 1, 64}, {256}, {1024}};
  for (dim3 shape : shapes) {
    int size = static_cast<int>(shape.x * shape.y * shape.z), blocks = 3, rounds = 2;
    if (emulator::raceCheck && size > 256) continue;  // works, but seconds go into making threads
    Values<float> x(size * blocks, 1);
    test::Buffer<float> y(size * blocks);
    test::launch("self_rotate", {3}, shape, 0, BarrierParams{x, y, rounds});
    for (int b = 0; b < blocks; b++)
      for (int i = 0; i < size; i++)
        EXPECT_EQUAL(y[b * size + i], x[b * size + (i + rounds) % size]);
  }
}

CASE(sumsBlocks) {
  Values<float> x(256, 2);
  test::Buffer<float> y(256);
  test::launch("self_block_sum", {1}, {256}, 0, BarrierParams{x, y, 0});
  float sum = 0;
  for (int i = 0; i < 256; i++) sum += x[i];
  for (int i = 0; i < 256; i++) EXPECT_EQUAL(y[i], 3 * sum + 256);
}

CASE(sharedMemoryIsPoisonedBeforeEachBlock) {
  test::Buffer<float> y(32);
  test::launch("self_poison", {2}, {32}, 0, BarrierParams{nullptr, y, 0});
  for (int i = 0; i < 32; i++) EXPECT(isnan(y[i]));
}

CASE(faultsAtBarriersAreNamedAndOver) {
  test::Buffer<float> y(64);
  BarrierParams p = {nullptr, y, 60};
  test::expectFault("divergent barrier: it is at __syncthreads in barriers.cu:", "self_divergent",
                    {2}, {64}, 0, p);
  test::expectFault("waits at __syncthreads in barriers.cu:", "self_returned", {2}, {64}, 0, p);
  test::expectFault("but thread (60,0,0) has returned", "self_returned", {2}, {64}, 0, p);
  test::expectFault("deadlock: thread (5,0,0) waits at __syncthreads", "self_deadlock", {1}, {32},
                    0, p);
  rotatesInBlocksOfAnyShape();  // nothing of them is left
}

CASE(threadsRunInTheOrderAskedFor) {
  test::Buffer<int> log(192), again(192), count(1);
  *count = 0;
  if (emulator::raceCheck) return test::launch("self_order", {1}, {1}, 0, OrderParams{log, count});
  for (test::Buffer<int>* to : {&log, &again}) {
    *count = 0;
    test::launch("self_order", {3}, {64}, 0, OrderParams{*to, count});
  }
  bool seen[192] = {}, forward = true, reverse = true;
  for (int i = 0; i < 192; i++) {
    EXPECT(!seen[log[i]]);
    seen[log[i]] = true;
    EXPECT(log[i] == again[i]);
    forward &= log[i] == i;
    reverse &= log[i] == 191 - i;
  }
  EXPECT(forward == (emulator::block.mode == emulator::FORWARD));
  EXPECT(reverse == (emulator::block.mode == emulator::REVERSE));
}
