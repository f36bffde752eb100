// runtime.h - what the runtime's own files share; kernels never see it.
#pragma once
#include "emulator.h"
#include "fiber.h"

namespace emulator {

constexpr int maxThreads = 1024;

enum Order { FORWARD = 0, REVERSE = 1, RANDOM = 2 };

// Where in a kernel a thread waits, and why.
struct Place {
  const char* what;
  const char* file;
  int line;
};

struct Meeting;

struct Thread {
  uint3 at;
  Fiber* fiber;      // null until it starts
  bool waiting;      // at `place`
  Place place;
  Meeting* meeting;  // null at a barrier
  u32 mask;
};

// The block that runs. What a launch sets once stands first.
struct Block {
  const Kernel* kernel;
  void** params;
  int threads;
  Order mode;
  u64 random;
  char* dynamicBegin;
  u32 dynamicBytes;

  int current, ended;
  u16 order[maxThreads];
  int cursor;              // order[cursor...] are yet to start, or to leave the last barrier
  u16 ready[maxThreads];   // a stack: lanes whose collective is complete
  int readyCount;
  int atBarrier, phase;    // phase: barriers passed
  Place barrier;
  int copiesUnderWay;      // of all threads
  char message[1024];      // of the fault that ended the block; empty if none did
};

extern Block block;
extern Kernel* kernels;  // a list that static constructors make
extern Thread threads[maxThreads];

// ---- block.cpp
bool runBlock();
// The current thread stops here until another makes it ready; it runs others meanwhile.
void suspend(Place place, Meeting* meeting, u32 mask);
void makeReady(int thread);
u64 nextRandom();
[[noreturn]] void leaveBlock();
void prepareFibers();

// ---- warp.cpp
void resetMeetings();

// ---- copy_async.cpp
void requireNoCopies();
void forgetCopies();

// ---- fault.cpp: each ends the block and does not return
[[noreturn]] void fault(const char* format, ...) __attribute__((format(printf, 1, 2)));
[[noreturn]] void noProgress();
struct Text {
  char text[160];
};
Text name(int thread);
Text name(Place place);

}  // namespace emulator
