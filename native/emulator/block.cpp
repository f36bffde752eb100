// block.cpp - one block: which thread runs next, and the barrier.
//
// Stacks start late, and a fiber whose thread has ended runs the next thread itself: a kernel
// without barriers is a plain loop over its threads on one stack.
//
// Order is a test's means: forward and reverse let each warp run ahead as far as it can, random
// takes any thread that could go on, anew in each block.
#include <stdio.h>

#include "runtime.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

namespace emulator {

Block block;
Thread threads[maxThreads];

// Tokens of ordering edges (sanitizer.h). Start and end are two: a thread that starts late comes
// after the launch, not after threads that have ended.
static char started, finished, passed[2];

u64 nextRandom() {  // splitmix64
  u64 z = block.random += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}
static int randomBelow(int n) { return static_cast<int>((nextRandom() >> 32) * n >> 32); }

static void setOrder() {
  int n = block.threads;
  bool reverse = block.mode == REVERSE;
  for (int i = 0; i < n; i++) block.order[i] = static_cast<u16>(reverse ? n - 1 - i : i);
  if (block.mode != RANDOM) return;
  for (int i = n - 1; i > 0; i--) {
    int j = randomBelow(i + 1);
    u16 other = block.order[j];
    block.order[j] = block.order[i];
    block.order[i] = other;
  }
}

void makeReady(int thread) { block.ready[block.readyCount++] = static_cast<u16>(thread); }

// -1: none can go on.
static int takeNext() {
  int waiting = block.threads - block.cursor;
  if (block.readyCount == 0) return waiting ? block.order[block.cursor++] : -1;
  if (block.mode == RANDOM) {
    int i = randomBelow(block.readyCount + waiting);
    if (i >= block.readyCount) return block.order[block.cursor++];
    int thread = block.ready[i];
    block.ready[i] = block.ready[--block.readyCount];
    return thread;
  }
  return block.ready[--block.readyCount];
}

static void become(int thread) {
  block.current = thread;
  threadIdx = threads[thread].at;
}

static void fiberBody();

static void goTo(int thread, Fiber* from) {
  Thread& next = threads[thread];
  if (!next.fiber) {
    next.fiber = takeFiber(fiberBody);
    if (!next.fiber) fault("no memory for the stack of a thread");
  }
  become(thread);
  if (next.fiber != from) switchFiber(from, next.fiber);
}

static void fiberBody() {
  fiberStarted();
  for (;;) {
    Fiber* self = threads[block.current].fiber;
    acquire(&started);
    block.kernel->run(block.params);
    if (block.copiesUnderWay) requireNoCopies();
    release(&finished);
    block.ended++;
    int next = takeNext();
    if (next < 0 && block.ended < block.threads) noProgress();
    if (raceCheck) {  // a stack for each thread, for good: two on one would look like a race
      if (next < 0) switchFiber(self, &launcher);
      else goTo(next, self);
      continue;
    }
    threads[block.current].fiber = nullptr;
    if (next < 0) {
      freeFiber(self);
      switchFiber(self, &launcher);
    } else if (!threads[next].fiber) {
      threads[next].fiber = self;
      become(next);
    } else {
      freeFiber(self);
      goTo(next, self);
    }
  }
}

void suspend(Place place, Meeting* meeting, u32 mask) {
  Thread& thread = threads[block.current];
  thread.waiting = true;
  thread.place = place;
  thread.meeting = meeting;
  thread.mask = mask;
  int next = takeNext();
  if (next < 0) noProgress();
  goTo(next, thread.fiber);
  thread.waiting = false;
}

void leaveBlock() {
  Fiber* self = threads[block.current].fiber;
  switchFiber(self, &launcher);
  __builtin_unreachable();
}

// ThreadSanitizer takes a mapping for a write, so no thread may map the stack of another.
void prepareFibers() {
  if (!raceCheck) return;
  for (int i = 0; i < block.threads; i++)
    if (!threads[i].fiber) threads[i].fiber = takeFiber(fiberBody);
}

bool runBlock() {
  block.ended = block.cursor = block.readyCount = block.atBarrier = block.phase = 0;
  block.copiesUnderWay = 0;
  block.message[0] = 0;
  setOrder();
  Fiber* first = threads[block.order[0]].fiber;
  if (!first) first = takeFiber(fiberBody);
  if (!first) {
    snprintf(block.message, sizeof block.message, "%s: no memory for a stack", block.kernel->name);
    return false;
  }
  int thread = takeNext();
  threads[thread].fiber = first;
  release(&started);
  become(thread);
  switchFiber(&launcher, first);
  acquire(&finished);
  if (!block.message[0]) return true;
  for (int i = 0; i < block.threads; i++) {
    Thread& thread = threads[i];
    thread.waiting = false;
    if (!thread.fiber) continue;
    restartFiber(thread.fiber, fiberBody);
    if (!raceCheck) freeFiber(thread.fiber), thread.fiber = nullptr;
  }
  forgetCopies();
  return false;
}

}  // namespace emulator

void __syncthreads(const char* file, int line) {
  using namespace emulator;
  Place here = {"__syncthreads", file, line};
  if (block.atBarrier == 0) block.barrier = here;
  if (line != block.barrier.line || file != block.barrier.file)
    fault("divergent barrier: it is at %s, other threads of the block wait at %s", name(here).text,
          name(block.barrier).text);
  void* token = &passed[block.phase % 2];  // two in turn: no edge to the barrier after the next
  release(token);
  if (++block.atBarrier == block.threads) {
    block.atBarrier = 0;
    block.phase++;
    block.cursor = 0;
    setOrder();
  }
  suspend(here, nullptr, 0);
  acquire(token);
}
