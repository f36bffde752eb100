// values.h - inputs from a fixed generator, for cases: included after the kernel file, or alone.
#pragma once
#include "common.cuh"

// Multiples of 1/8 between -4 and 4: exact as bf16, and so are sums of a few thousand products.
template <class T>
void fillValues(const test::Buffer<T>& buffer, u32 seed) {
  u32 state = seed * 2654435761u + 12345u;
  for (i64 i = 0; i < buffer.count; i++) {
    state = state * 1664525u + 1013904223u;
    buffer.data[i] = fromFloat<T>(static_cast<float>(static_cast<int>(state >> 26) - 32) / 8);
  }
}

template <class T>
struct Values : test::Buffer<T> {
  Values(i64 count, u32 seed) : test::Buffer<T>(count) { fillValues(*this, seed); }
};

// For sums that a plain loop makes.
struct Zeros : test::Buffer<double> {
  explicit Zeros(i64 n) : test::Buffer<double>(n) {
    for (i64 i = 0; i < n; i++) data[i] = 0;
  }
};
template <class T>
static void checkAll(const T* y, const Zeros& expected) {
  for (i64 i = 0; i < expected.count; i++)
    EXPECT_NEAR(load<T>(y, i), expected[i], sizeof(T) == 2 ? fabs(expected[i]) / 256 : 0);
}
