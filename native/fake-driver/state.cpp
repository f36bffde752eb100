// state.cpp - starting, the one device, its context, and failing on request.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <map>

#include "fake.h"

namespace fake {

std::recursive_mutex oneCall;

namespace {

bool initialized;
int faulted;
std::map<std::string, int> calls;
int retained;
thread_local void* current;
char context;  // its address is the handle

}  // namespace

long long setting(const char* name, long long otherwise) {
  const char* text = getenv(name);
  return text && *text ? atoll(text) : otherwise;
}

void complain(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("fake driver: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
}

// FAKE_CUDA_FAIL=cuInit=803,kernel=700@12: cuInit fails, and the 12th kernel that runs.
int injected(const char* what) {
  const char* wishes = getenv("FAKE_CUDA_FAIL");
  if (!wishes) return 0;
  int call = ++calls[what];
  std::string all = std::string(",") + wishes, key = std::string(",") + what + "=";
  size_t at = all.find(key);
  if (at == std::string::npos) return 0;
  char* rest;
  int status = static_cast<int>(strtol(all.c_str() + at + key.size(), &rest, 10));
  return *rest != '@' || atoi(rest + 1) == call ? status : 0;
}

int fault(int status) {
  if (!faulted) faulted = status;
  return status;
}

int before(const char* function, bool needsContext) {
  if (int status = injected(function)) return status;
  if (!initialized && strcmp(function, "cuInit") != 0) return NOT_INITIALIZED;
  if (faulted) return faulted;
  return needsContext && current != &context ? INVALID_CONTEXT : SUCCESS;
}

}  // namespace fake

using namespace fake;

ENTRY int cuInit(unsigned) {
  BEGIN(false);
  const char* visible = getenv("CUDA_VISIBLE_DEVICES");
  if (visible && visible[0] != '0') return NO_DEVICE;
  initialized = true;
  return SUCCESS;
}

ENTRY int cuDriverGetVersion(int* version) {
  *version = static_cast<int>(setting("FAKE_CUDA_VERSION", 12060));
  return injected(__func__);
}

ENTRY int cuGetErrorString(int status, const char** text) {
  static const std::map<int, const char*> texts = {
      {SUCCESS, "no error"},
      {INVALID_VALUE, "invalid argument"},
      {OUT_OF_MEMORY, "out of memory"},
      {34, "CUDA driver is a stub library"},
      {NO_DEVICE, "no CUDA-capable device is detected"},
      {INVALID_IMAGE, "device kernel image is invalid"},
      {INVALID_CONTEXT, "invalid device context"},
      {209, "no kernel image is available for execution on the device"},
      {222, "the provided PTX was compiled with an unsupported toolchain."},
      {INVALID_HANDLE, "invalid resource handle"},
      {NOT_FOUND, "named symbol not found"},
      {ILLEGAL_ADDRESS, "an illegal memory access was encountered"},
      {LAUNCH_FAILED, "unspecified launch failure"},
      {803, "system has unsupported display driver / cuda driver combination"},
      {CAPTURE_UNSUPPORTED, "operation not permitted when stream is capturing"},
      {CAPTURE_INVALIDATED, "operation failed due to a previous error during capture"},
  };
  auto found = texts.find(status);
  *text = found == texts.end() ? nullptr : found->second;
  return *text ? SUCCESS : INVALID_VALUE;
}

ENTRY int cuDeviceGetCount(int* count) {
  BEGIN(false);
  *count = 1;
  return SUCCESS;
}

ENTRY int cuDeviceGet(int* device, int ordinal) {
  BEGIN(false);
  *device = 0;
  return ordinal == 0 ? SUCCESS : INVALID_DEVICE;
}

ENTRY int cuDeviceGetName(char* name, int length, int) {
  BEGIN(false);
  snprintf(name, static_cast<size_t>(length), "emulated (fake driver, no GPU)");
  return SUCCESS;
}

ENTRY int cuDeviceTotalMem_v2(size_t* bytes, int) {
  BEGIN(false);
  *bytes = static_cast<size_t>(setting("FAKE_CUDA_MEMORY", 4LL << 30));
  return SUCCESS;
}

ENTRY int cuDeviceGetAttribute(int* value, int attribute, int) {
  BEGIN(false);
  int capability = static_cast<int>(setting("FAKE_CUDA_CAPABILITY", 90));
  switch (attribute) {
    case 16: *value = 4; break;            // multiprocessors
    case 75: *value = capability / 10; break;
    case 76: *value = capability % 10; break;
    case 97: *value = 227 << 10; break;    // dynamic shared memory of a block, when asked for
    default: *value = 0;
  }
  return SUCCESS;
}

ENTRY int cuDevicePrimaryCtxRetain(void** handle, int) {
  BEGIN(false);
  retained++;
  *handle = &context;
  return SUCCESS;
}

ENTRY int cuDevicePrimaryCtxRelease_v2(int) {
  std::lock_guard<std::recursive_mutex> lock(oneCall);
  if (!retained) return INVALID_CONTEXT;
  retained--;
  return SUCCESS;
}

ENTRY int cuCtxSetCurrent(void* handle) {
  BEGIN(false);
  if (handle && (handle != &context || !retained)) return INVALID_CONTEXT;
  current = handle;
  return SUCCESS;
}

ENTRY int cuCtxGetCurrent(void** handle) {
  BEGIN(false);
  *handle = current;
  return SUCCESS;
}
