// copy_async.cpp - each thread's queue of copies under way, in order of issue.
#include <stdint.h>
#include <stdlib.h>

#include "runtime.h"

namespace emulator {

namespace {
struct Queue {
  Copy* copies;
  int done, count, capacity;
  int committed;  // groups; a copy's group is how many were committed before it
  Place last;
};
Queue queues[maxThreads];
}  // namespace

static bool inside(const void* p, const char* begin, const char* end) {
  const char* at = static_cast<const char*>(p);
  return begin <= at && at + 16 <= end;
}

void requireShared(const void* p, const char* what, const char* file, int line) {
  Place here = {what, file, line};
  if (reinterpret_cast<uintptr_t>(p) % 16)
    fault("misaligned: a shared address must be a multiple of 16, at %s", name(here).text);
  if (!inside(p, block.kernel->sharedBegin, block.kernel->sharedEnd) &&
      !inside(p, block.dynamicBegin, block.dynamicBegin + block.dynamicBytes))
    fault("an address outside of shared memory, at %s", name(here).text);
}

void issueCopy(void* to, const void* from, bool valid, const char* file, int line) {
  Place here = {"cp.async", file, line};
  requireShared(to, here.what, file, line);
  if (valid && reinterpret_cast<uintptr_t>(from) % 16)
    fault("misaligned: a global address must be a multiple of 16, at %s", name(here).text);
  Queue& queue = queues[block.current];
  if (queue.done == queue.count) queue.done = queue.count = 0;
  if (queue.count == queue.capacity) {
    int capacity = queue.capacity ? 2 * queue.capacity : 16;
    void* more = realloc(queue.copies, capacity * sizeof(Copy));
    if (!more) fault("no memory for a copy under way");
    queue.copies = static_cast<Copy*>(more);
    queue.capacity = capacity;
  }
  queue.copies[queue.count++] = {static_cast<uint4*>(to), static_cast<const uint4*>(from), valid,
                                 queue.committed};
  queue.last = here;
  block.copiesUnderWay++;
}

void commitCopies() { queues[block.current].committed++; }

const Copy* dueCopy(int pending) {
  Queue& queue = queues[block.current];
  if (queue.done == queue.count) return nullptr;
  const Copy* copy = &queue.copies[queue.done];
  if (copy->group >= queue.committed - pending) return nullptr;
  queue.done++;
  block.copiesUnderWay--;
  return copy;
}

void requireNoCopies() {
  Queue& queue = queues[block.current];
  if (queue.done == queue.count) return;
  bool committed = queue.copies[queue.done].group < queue.committed;
  fault("the thread returned, but %d copies were never %s, the last one issued at %s",
        queue.count - queue.done, committed ? "waited for" : "committed", name(queue.last).text);
}

void forgetCopies() {
  for (Queue& queue : queues) queue.done = queue.count = queue.committed = 0;
}

}  // namespace emulator
