// numbers.h - what the stand-ins for cuBLAS and cuDNN share: elements, sums, enqueueing.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <functional>

#define ENTRY extern "C" __attribute__((visibility("default")))

typedef std::function<int()> Work;
extern "C" int fakeEnqueue(void* stream, Work* work);  // streams.cpp

// bf16, or float32; float32 rounded to tf32 where a library may.
struct Elements {
  const void* at;
  bool bf16, tf32;

  double operator[](int64_t i) const {
    uint32_t bits;
    if (bf16) bits = static_cast<uint32_t>(static_cast<const uint16_t*>(at)[i]) << 16;
    else memcpy(&bits, static_cast<const float*>(at) + i, 4);
    if (tf32) bits = (bits + 0xfffu + ((bits >> 13) & 1u)) & ~0x1fffu;
    float value;
    memcpy(&value, &bits, 4);
    return value;
  }
};

inline void put(void* at, bool bf16, int64_t i, double sum) {
  float value = static_cast<float>(sum);
  if (!bf16) {
    static_cast<float*>(at)[i] = value;
    return;
  }
  uint32_t bits;
  memcpy(&bits, &value, 4);
  static_cast<uint16_t*>(at)[i] =
      static_cast<uint16_t>(isnan(value) ? 0x7fc0u : (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

// What a library leaves in its workspace is nobody's business, and nobody may count on it.
inline void spoil(void* workspace, size_t bytes) {
  if (bytes) memset(workspace, 0xff, bytes);
}
