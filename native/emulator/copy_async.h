// copy_async.h - cp.async for the host: the copy happens only when it is waited for, and until then
// its target holds NaN, so that reading too early shows.
#pragma once
#include "types.h"
#include "warp.h"

namespace emulator {

struct Copy {
  uint4* to;
  const uint4* from;
  bool valid;
  int group;
};

// Checks and notes one copy.
void issueCopy(void* to, const void* from, bool valid, const char* file, int line);
void commitCopies();
// The next copy that must be done before at most `pending` groups are under way, or null.
const Copy* dueCopy(int pending);

}  // namespace emulator

// Memory is touched here, in the kernel's code, at issue and at the wait: sanitizers watch only
// kernels, and the hardware may do either access at any time between.
inline void copyAsync16(void* to, const void* from, bool valid, EMULATOR_HERE) {
  emulator::issueCopy(to, from, valid, file, line);
  if (valid) static_cast<void>(static_cast<const volatile u64*>(from)[0]);
  if (valid) static_cast<void>(static_cast<const volatile u64*>(from)[1]);
  *static_cast<uint4*>(to) = uint4{~0u, ~0u, ~0u, ~0u};
}
inline void copyAsyncCommit() { emulator::commitCopies(); }
template <int pending>
inline void copyAsyncWait() {
  while (const emulator::Copy* copy = emulator::dueCopy(pending))
    *copy->to = copy->valid ? *copy->from : uint4{0, 0, 0, 0};
}
