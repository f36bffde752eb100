// fault.cpp - what was wrong, in a sentence with coordinates; then the block is over.
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime.h"

namespace emulator {

Text name(int thread) {
  Text text;
  uint3 at = threads[thread].at;
  snprintf(text.text, sizeof text.text, "thread (%u,%u,%u)", at.x, at.y, at.z);
  return text;
}

Text name(Place place) {
  Text text;
  const char* slash = strrchr(place.file, '/');
  snprintf(text.text, sizeof text.text, "%s in %s:%d", place.what, slash ? slash + 1 : place.file,
           place.line);
  return text;
}

static void write(const char* thread, const char* format, va_list arguments) {
  int length = snprintf(block.message, sizeof block.message, "%s, block (%u,%u,%u)%s: ",
                        block.kernel->name, blockIdx.x, blockIdx.y, blockIdx.z, thread);
  vsnprintf(block.message + length, sizeof block.message - static_cast<size_t>(length), format,
            arguments);
}

void fault(const char* format, ...) {
  char thread[162] = ", ";
  strcat(thread, name(block.current).text);
  va_list arguments;
  va_start(arguments, format);
  write(thread, format, arguments);
  va_end(arguments);
  leaveBlock();
}

// Of several threads, which the text names.
static void blockFault(const char* format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void blockFault(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  write("", format, arguments);
  va_end(arguments);
  leaveBlock();
}

void misaligned(const void* p, const char* file, int line) {
  Place here = {"a 16-byte access", file, line};
  fault("misaligned: %p is no multiple of 16, at %s", p, name(here).text);
}

// No thread can go on: each has ended or waits for one that will not come.
void noProgress() {
  int atBarrier = -1, atMeeting = -1, ended = -1;
  for (int i = block.threads - 1; i >= 0; i--) {
    Thread& thread = threads[i];
    if (!thread.waiting) ended = i;
    else if (thread.meeting) atMeeting = i;
    else atBarrier = i;
  }
  if (atBarrier >= 0 && ended >= 0)
    blockFault("%s waits at %s, but %s has returned", name(atBarrier).text,
          name(threads[atBarrier].place).text, name(ended).text);
  if (atBarrier >= 0 && atMeeting >= 0)
    blockFault("deadlock: %s waits at %s, %s at %s", name(atBarrier).text,
          name(threads[atBarrier].place).text, name(atMeeting).text,
          name(threads[atMeeting].place).text);
  Thread& waiting = threads[atMeeting];
  for (int lane = 0; lane < 32; lane++) {
    int other = atMeeting / 32 * 32 + lane;
    if (!((waiting.mask >> lane) & 1u)) continue;
    if (threads[other].waiting && threads[other].meeting == waiting.meeting) continue;
    if (!threads[other].waiting)
      blockFault("%s waits at %s with mask 0x%08x, but %s has returned", name(atMeeting).text,
            name(waiting.place).text, waiting.mask, name(other).text);
    blockFault("deadlock: %s waits at %s with mask 0x%08x, %s at %s with mask 0x%08x",
          name(atMeeting).text, name(waiting.place).text, waiting.mask, name(other).text,
          name(threads[other].place).text, threads[other].mask);
  }
  blockFault("deadlock");
}

}  // namespace emulator
