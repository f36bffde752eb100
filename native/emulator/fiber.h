// fiber.h - stacks and the switch between them. No ucontext: it makes a system call a switch.
#pragma once
#include "sanitizer.h"

namespace emulator {

struct Fiber {
  void* sp;           // where it stopped; the registers lie there
  const char* stack;  // lowest address; null for the stack of the launching thread
  size_t bytes;
  void* fakeStack;    // AddressSanitizer's
  void* race;         // ThreadSanitizer's idea of a thread
  Fiber* nextFree;
};

// The stack that called emulator_launch.
extern Fiber launcher;

// Before the first switch of a launch.
void rememberLauncher();
// One that starts at `body`, which never returns, or stands where it was when it was freed; null
// when memory is out.
Fiber* takeFiber(void (*body)());
// Its stack is kept for the next one. A free fiber may go on running until it switches away.
void freeFiber(Fiber* fiber);
// Forgets where a fiber stopped: its kernel never goes on.
void restartFiber(Fiber* fiber, void (*body)());
void switchFiber(Fiber* from, Fiber* to);
// The first thing in a fiber's body.
void fiberStarted();

}  // namespace emulator
