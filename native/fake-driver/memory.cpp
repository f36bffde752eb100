// memory.cpp - device memory is host memory, filled with NaN until it is written; copies stay within
// what was allocated.
#include <stdlib.h>
#include <string.h>

#include <map>

#include "fake.h"

namespace fake {

namespace {

struct Block {
  size_t bytes;
  bool device;
};

constexpr size_t guard = 256;  // also the alignment that cuMemAlloc promises
constexpr int guardByte = 0xa5, poison = 0xff;

std::map<uint64_t, Block> blocks;
size_t used;

uint64_t address(const void* p) { return reinterpret_cast<uint64_t>(p); }

int allocate(uint64_t* result, size_t bytes, bool device) {
  void* memory = nullptr;
  if (posix_memalign(&memory, guard, bytes + guard)) return OUT_OF_MEMORY;
  memset(memory, poison, bytes);
  memset(static_cast<char*>(memory) + bytes, guardByte, guard);
  blocks[address(memory)] = {bytes, device};
  *result = address(memory);
  return SUCCESS;
}

int release(uint64_t at, bool device) {
  auto found = blocks.find(at);
  if (found == blocks.end() || found->second.device != device) return INVALID_VALUE;
  auto* end = reinterpret_cast<unsigned char*>(at) + found->second.bytes;
  for (size_t i = 0; i < guard; i++) {
    if (end[i] != guardByte) {
      complain("written past the end of a block of %zu bytes", found->second.bytes);
      return fault(ILLEGAL_ADDRESS);
    }
  }
  if (device) used -= found->second.bytes;
  free(reinterpret_cast<void*>(at));
  blocks.erase(found);
  return SUCCESS;
}

bool within(uint64_t at, size_t bytes, bool device) {
  auto next = blocks.upper_bound(at);
  if (next == blocks.begin()) return false;
  auto block = std::prev(next);
  return block->second.device == device && at + bytes <= block->first + block->second.bytes;
}

// A real driver copies from and to pageable memory too, slowly and waiting; nothing here should.
bool pinned(const void* p, size_t bytes) {
  if (within(address(p), bytes, false)) return true;
  complain("an asynchronous copy of %zu bytes with host memory that is not pinned", bytes);
  return false;
}

int copy(Stream* stream, void* to, const void* from, size_t bytes) {
  return enqueue(stream, [to, from, bytes] {
    memcpy(to, from, bytes);
    return static_cast<int>(SUCCESS);
  });
}

void* pointer(uint64_t at) { return reinterpret_cast<void*>(at); }

}  // namespace
}  // namespace fake

using namespace fake;

ENTRY int cuMemAlloc_v2(uint64_t* result, size_t bytes) {
  BEGIN();
  if (int status = unsafeInCapture()) return status;
  if (!bytes) return INVALID_VALUE;
  size_t total = static_cast<size_t>(setting("FAKE_CUDA_MEMORY", 4LL << 30));
  if (bytes > total - used) return OUT_OF_MEMORY;
  if (int status = allocate(result, bytes, true)) return status;
  used += bytes;
  return SUCCESS;
}

ENTRY int cuMemFree_v2(uint64_t at) {
  BEGIN();
  if (int status = unsafeInCapture()) return status;
  drainAll();
  return release(at, true);
}

ENTRY int cuMemGetInfo_v2(size_t* available, size_t* total) {
  BEGIN();
  *total = static_cast<size_t>(setting("FAKE_CUDA_MEMORY", 4LL << 30));
  *available = *total - used;
  return SUCCESS;
}

ENTRY int cuMemHostAlloc(void** result, size_t bytes, unsigned) {
  BEGIN();
  if (int status = unsafeInCapture()) return status;
  uint64_t at;
  if (int status = allocate(&at, bytes, false)) return status;
  *result = pointer(at);
  return SUCCESS;
}

ENTRY int cuMemFreeHost(void* at) {
  BEGIN();
  drainAll();
  return release(address(at), false);
}

ENTRY int cuMemcpyHtoDAsync_v2(uint64_t to, const void* from, size_t bytes, Stream* stream) {
  BEGIN();
  if (!within(to, bytes, true) || !pinned(from, bytes)) return INVALID_VALUE;
  return copy(stream, pointer(to), from, bytes);
}

ENTRY int cuMemcpyDtoHAsync_v2(void* to, uint64_t from, size_t bytes, Stream* stream) {
  BEGIN();
  if (!within(from, bytes, true) || !pinned(to, bytes)) return INVALID_VALUE;
  return copy(stream, to, pointer(from), bytes);
}

ENTRY int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, Stream* stream) {
  BEGIN();
  if (!within(to, bytes, true) || !within(from, bytes, true)) return INVALID_VALUE;
  return copy(stream, pointer(to), pointer(from), bytes);
}

ENTRY int cuMemsetD8Async(uint64_t at, unsigned char value, size_t bytes, Stream* stream) {
  BEGIN();
  if (!within(at, bytes, true)) return INVALID_VALUE;
  return enqueue(stream, [at, value, bytes] {
    memset(pointer(at), value, bytes);
    return static_cast<int>(SUCCESS);
  });
}
