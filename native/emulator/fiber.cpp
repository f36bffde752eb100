// fiber.cpp - see fiber.h. x86-64, System V: rbx, rbp, r12 to r15, the control bits of mxcsr and
// the x87 control word survive a call, so these are what a switch keeps.
#include "fiber.h"

#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include "types.h"

extern "C" void emulatorSwitch(void** saved, void* loaded);

__asm__(R"(
  .text
  .p2align 4
  .hidden emulatorSwitch
  .globl emulatorSwitch
  .type emulatorSwitch, @function
emulatorSwitch:
  .cfi_startproc
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movl (%rsp), %eax
  movw 4(%rsp), %cx
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  cmpl (%rsp), %eax         # loading a control word costs more than the rest together
  je 1f
  ldmxcsr (%rsp)
1:
  cmpw 4(%rsp), %cx
  je 2f
  fldcw 4(%rsp)
2:
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .cfi_endproc
  .size emulatorSwitch, . - emulatorSwitch
)");

namespace emulator {

Fiber launcher;

namespace {

constexpr size_t guardBytes = 4096;
Fiber fibers[1024];
Fiber* freeFibers;
int made;
Fiber* leaving;  // the fiber that the running switch comes from

// What emulatorSwitch pops: control words, six registers, where to go, and a null return address
// that ends stack traces.
struct Frame {
  u32 mxcsr;
  u16 x87, unused;
  u64 registers[6];
  void (*body)();
  u64 returnAddress;
};

}  // namespace

void restartFiber(Fiber* fiber, void (*body)()) {
  // Tops at equal distances would share the same few sets of the first-level cache.
  size_t stagger = static_cast<size_t>(fiber - fibers) % 12 * 320;
  char* top = const_cast<char*>(fiber->stack) + fiber->bytes - 64 - stagger;
  uintptr_t aligned = reinterpret_cast<uintptr_t>(top) & ~static_cast<uintptr_t>(15);
  // a function starts with rsp 8 past a multiple of 16: at its return address
  Frame* frame = reinterpret_cast<Frame*>(aligned + 8 - offsetof(Frame, returnAddress));
  *frame = Frame{};
  frame->mxcsr = 0x1f80;  // nearest even, denormals kept, no traps: whatever the launcher has
  frame->x87 = 0x037f;
  frame->body = body;
  fiber->sp = frame;
  fiber->fakeStack = nullptr;
#if EMULATOR_ASAN
  // frames of a kernel that never went on have left their red zones
  __asan_unpoison_memory_region(fiber->stack, fiber->bytes);
#endif
#if EMULATOR_TSAN
  if (fiber->race) {  // all that it did comes before the launches that follow
    __tsan_switch_to_fiber(fiber->race, 1);
    release(fiber);
    __tsan_switch_to_fiber(launcher.race, 1);
    acquire(fiber);
    __tsan_destroy_fiber(fiber->race);
  }
  fiber->race = __tsan_create_fiber(0);
  char name[32];
  snprintf(name, sizeof name, "CUDA thread %d", static_cast<int>(fiber - fibers));
  __tsan_set_fiber_name(fiber->race, name);
#endif
}

Fiber* takeFiber(void (*body)()) {
  if (freeFibers) {
    Fiber* fiber = freeFibers;
    freeFibers = fiber->nextFree;
    return fiber;
  }
  void* at = mmap(nullptr, guardBytes + stackBytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  mprotect(at, guardBytes, PROT_NONE);
  Fiber* fiber = &fibers[made++];
  fiber->stack = static_cast<char*>(at) + guardBytes;
  fiber->bytes = stackBytes;
  restartFiber(fiber, body);
  return fiber;
}

void freeFiber(Fiber* fiber) {
  fiber->nextFree = freeFibers;
  freeFibers = fiber;
}

void rememberLauncher() {
#if EMULATOR_TSAN
  launcher.race = __tsan_get_current_fiber();
#endif
}

// The other half of a switch, on the new stack.
static void arrive(void* fakeStack) {
#if EMULATOR_ASAN
  const void* stack;
  size_t bytes;
  __sanitizer_finish_switch_fiber(fakeStack, &stack, &bytes);
  if (leaving == &launcher) {  // nobody else knows where the launcher's stack is
    launcher.stack = static_cast<const char*>(stack);
    launcher.bytes = bytes;
  }
#else
  (void)fakeStack;
#endif
}

void fiberStarted() { arrive(nullptr); }

void switchFiber(Fiber* from, Fiber* to) {
  leaving = from;
#if EMULATOR_ASAN
  __sanitizer_start_switch_fiber(&from->fakeStack, to->stack, to->bytes);
#endif
#if EMULATOR_TSAN
  __tsan_switch_to_fiber(to->race, 1);  // 1: the switch itself orders nothing
#endif
  emulatorSwitch(&from->sp, to->sp);
  arrive(from->fakeStack);
}

}  // namespace emulator
