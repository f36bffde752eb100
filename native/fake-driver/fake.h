// fake.h - what the fake driver's own files share. README.md says what it is for.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#define ENTRY extern "C" __attribute__((visibility("default")))

namespace fake {

// Statuses by their numbers in cuda.h.
enum Result {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_FAILED = 719,
  CAPTURE_UNSUPPORTED = 900,
  CAPTURE_INVALIDATED = 901,
  CAPTURE_UNMATCHED = 903,
};

typedef std::function<int()> Work;  // 0, or the fault that it ended with

// ---- streams.cpp: work waits until the host asks for it, so that a missing wait shows -------------

struct Stream;
struct Event;
struct Graph {
  std::vector<Work> work;
};

int enqueue(Stream* stream, Work work);
void drainAll();
// A call that a capturing thread must not make; it spoils the capture.
int unsafeInCapture();

// ---- memory.cpp -----------------------------------------------------------------------------------

int copyToDevice(uint64_t to, const void* from, size_t bytes, Stream* stream);
int copyToHost(void* to, uint64_t from, size_t bytes, Stream* stream);

// ---- state.cpp ------------------------------------------------------------------------------------

extern std::recursive_mutex oneCall;  // held during every entry

// What an entry answers at once: a status asked for by FAKE_CUDA_FAIL, no cuInit, no current
// context, or the fault that the device is in.
int before(const char* function, bool needsContext = true);
// The status that FAKE_CUDA_FAIL wants of this happening, 0 for none.
int injected(const char* what);
// From here on every call answers `status`.
int fault(int status);
long long setting(const char* name, long long otherwise);
void complain(const char* format, ...) __attribute__((format(printf, 1, 2)));

#define BEGIN(...)                                             \
  std::lock_guard<std::recursive_mutex> lock(fake::oneCall);   \
  if (int answer = fake::before(__func__, ##__VA_ARGS__)) return answer

}  // namespace fake
