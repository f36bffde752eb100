// launch.cpp - the C entry points: kernels by name, a launch, the order of threads. Nothing is
// thrown across them. Launches wait for each other: shared memory is one for the whole library.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mutex>

#include "runtime.h"

#define ENTRY extern "C" __attribute__((visibility("default")))

namespace emulator {

namespace {

std::mutex oneLaunch;
Order order;
u64 seed;
thread_local char lastError[1100];

constexpr u32 maxDynamicBytes = 227 << 10;  // capability 9.0; 8.0 has 163, 12.0 has 99
constexpr u32 canaryBytes = addressCheck ? 0 : 64;
constexpr u8 canary = 0xa5;

}  // namespace

Kernel* kernels;

Kernel::Kernel(const char* name, const char* unit, void (*run)(void**), u32 parameterBytes,
               u32 maxThreads, char* sharedBegin, char* sharedEnd)
    : name(name), unit(unit), run(run), parameterBytes(parameterBytes), maxThreads(maxThreads),
      sharedBegin(sharedBegin), sharedEnd(sharedEnd), launches(0), next(kernels) {
  kernels = this;
}

void* dynamicShared() { return block.dynamicBegin; }

static bool refuse(const Kernel* kernel, dim3 grid, dim3 size, u32 sharedBytes) {
  u64 count = static_cast<u64>(size.x) * size.y * size.z;
  const char* rule = nullptr;
  if (!grid.x || !grid.y || !grid.z || !count) rule = "an extent of the launch is 0";
  else if (grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) rule = "the grid is too large";
  else if (size.x > 1024 || size.y > 1024 || size.z > 64 || count > 1024)
    rule = "a block has at most 1024 threads, 64 along z";
  else if (count > kernel->maxThreads) rule = "the block has more threads than __launch_bounds__";
  else if (sharedBytes > maxDynamicBytes) rule = "more than 227 KB of dynamic shared memory";
  if (!rule) return false;
  snprintf(lastError, sizeof lastError,
           "%s: %s: grid (%u,%u,%u), block (%u,%u,%u), bound %u, %u shared bytes", kernel->name,
           rule, grid.x, grid.y, grid.z, size.x, size.y, size.z, kernel->maxThreads, sharedBytes);
  return true;
}

static void prepareThreads(dim3 size) {
  int count = static_cast<int>(size.x * size.y * size.z);
  bool same = block.threads == count && blockDim.x == size.x && blockDim.y == size.y;
  blockDim = size;
  block.threads = count;
  if (same) return;
  for (u32 i = 0; i < static_cast<u32>(count); i++)
    threads[i].at = {i % size.x, i / size.x % size.y, i / size.x / size.y};
}

// Blocks run one by one; in random order by a stride without common factor, which needs no table.
struct BlockOrder {
  u64 count, first, stride;
  explicit BlockOrder(u64 count) : count(count), first(0), stride(1) {
    if (block.mode == REVERSE) first = count - 1, stride = count - 1;
    if (block.mode != RANDOM) return;
    first = nextRandom() % count;
    do stride = nextRandom() % count; while (divisor(stride, count) != 1);
  }
  static u64 divisor(u64 a, u64 b) { return b ? divisor(b, a % b) : a; }
  u64 at(u64 i) const {
    return static_cast<u64>((static_cast<unsigned __int128>(i) * stride + first) % count);
  }
};

static bool overran() {
  for (u32 i = 0; i < canaryBytes; i++)
    if (static_cast<u8>(block.dynamicBegin[block.dynamicBytes + i]) != canary) return true;
  return false;
}

static bool known(const Kernel* kernel) {
  for (const Kernel* k = kernels; k; k = k->next)
    if (k == kernel) return true;
  snprintf(lastError, sizeof lastError, "no such kernel: %p", static_cast<const void*>(kernel));
  return false;
}

static int launch(Kernel* kernel, dim3 grid, dim3 size, u32 sharedBytes, void** params) {
  std::lock_guard<std::mutex> lock(oneLaunch);
  if (!known(kernel) || refuse(kernel, grid, size, sharedBytes)) return 719;
  char* dynamic = static_cast<char*>(malloc(sharedBytes + canaryBytes));
  if (!dynamic && sharedBytes + canaryBytes) {
    snprintf(lastError, sizeof lastError, "%s: no memory for %u shared bytes", kernel->name,
             sharedBytes);
    return 719;
  }
  gridDim = grid;
  block.kernel = kernel;
  block.params = params;
  block.mode = order;
  block.random = seed;
  block.dynamicBegin = dynamic;
  block.dynamicBytes = sharedBytes;
  prepareThreads(size);
  rememberLauncher();
  prepareFibers();
  fill(dynamic + sharedBytes, canary, canaryBytes);
  kernel->launches++;

  BlockOrder blocks(static_cast<u64>(grid.x) * grid.y * grid.z);
  bool good = true;
  for (u64 i = 0; i < blocks.count && good; i++) {
    u64 b = blocks.at(i);
    blockIdx = {static_cast<u32>(b % grid.x), static_cast<u32>(b / grid.x % grid.y),
                static_cast<u32>(b / grid.x / grid.y)};
    fill(kernel->sharedBegin, 0xff, static_cast<size_t>(kernel->sharedEnd - kernel->sharedBegin));
    fill(dynamic, 0xff, sharedBytes);
    good = runBlock();
    if (!good) {
      resetMeetings();
      snprintf(lastError, sizeof lastError, "%s", block.message);
    } else if (overran()) {
      good = false;
      snprintf(lastError, sizeof lastError,
               "%s, block (%u,%u,%u): wrote past the end of its %u bytes of dynamic shared memory",
               kernel->name, blockIdx.x, blockIdx.y, blockIdx.z, sharedBytes);
    }
  }
  free(dynamic);
  return good ? 0 : 719;
}

}  // namespace emulator

using emulator::Kernel;

ENTRY int emulator_count() {
  int n = 0;
  for (Kernel* k = emulator::kernels; k; k = k->next) n++;
  return n;
}

ENTRY const char* emulator_name(int i) {
  Kernel* k = i < 0 ? nullptr : emulator::kernels;
  while (k && i-- > 0) k = k->next;
  return k ? k->name : nullptr;
}

ENTRY void* emulator_function(const char* name) {
  for (Kernel* k = emulator::kernels; k; k = k->next)
    if (!strcmp(k->name, name)) return k;
  return nullptr;
}

ENTRY int emulator_parameter_bytes(void* function) {
  return static_cast<int>(static_cast<Kernel*>(function)->parameterBytes);
}

ENTRY int emulator_launch(void* function, u32 gx, u32 gy, u32 gz, u32 bx, u32 by, u32 bz,
                          u32 sharedBytes, void** params) {
  return emulator::launch(static_cast<Kernel*>(function), {gx, gy, gz}, {bx, by, bz}, sharedBytes,
                          params);
}

ENTRY const char* emulator_last_error() { return emulator::lastError; }

// 0 forward, 1 reverse, 2 random by `seed`: of the blocks, of the threads, and of those that could
// go on.
ENTRY void emulator_order(int mode, u64 seed) {
  std::lock_guard<std::mutex> lock(emulator::oneLaunch);
  using namespace emulator;
  order = mode == 1 ? REVERSE : mode == 2 ? RANDOM : FORWARD;
  emulator::seed = seed;
}
