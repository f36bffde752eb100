// test.h - what a case may say. A case is a few lines that make buffers and launch kernels;
// main.cpp runs it once for each order of threads, and three programs do: plain, under
// AddressSanitizer with UndefinedBehaviorSanitizer, under ThreadSanitizer. The sanitizers judge the
// kernel; a comparison with a plain loop is welcome where it is short.
#pragma once
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <initializer_list>

#include "../runtime.h"

namespace test {

struct Case {
  const char *unit, *name;
  void (*run)();
  Case* next;
  Case(const char* unit, const char* name, void (*run)());
};

[[noreturn]] void fail(const char* file, int line, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

// The fault that the launch ended with, "" without one. Whoever calls it says what was expected.
const char* launchBytes(const char* kernel, dim3 grid, dim3 block, u32 sharedBytes,
                        const void* params, u32 bytes);

template <class P>
void launch(const char* kernel, dim3 grid, dim3 block, u32 sharedBytes, const P& params,
            EMULATOR_HERE) {
  const char* fault = launchBytes(kernel, grid, block, sharedBytes, &params, sizeof params);
  if (*fault) fail(file, line, "%s", fault);
}
void expectWords(const char* words, const char* fault, const char* file, int line);
// The launch must end with a fault whose text holds `words`.
template <class P>
void expectFault(const char* words, const char* kernel, dim3 grid, dim3 block, u32 sharedBytes,
                 const P& params, EMULATOR_HERE) {
  expectWords(words, launchBytes(kernel, grid, block, sharedBytes, &params, sizeof params), file,
              line);
}

// A kernel's name from its parts.
struct Name {
  char text[96];
  explicit Name(const char* format, ...) __attribute__((format(printf, 2, 3))) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
  }
  operator const char*() const { return text; }
};

// Exactly `count` elements on the heap, from an address as good as an arena slot's; all ones, so
// floats that nobody wrote are NaN.
template <class T>
struct Buffer {
  T* data;
  i64 count;
  explicit Buffer(i64 count) : data(nullptr), count(count) {
    void* at;
    if (posix_memalign(&at, 64, static_cast<size_t>(count) * sizeof(T))) abort();
    data = static_cast<T*>(at);
    for (size_t i = 0; i < static_cast<size_t>(count) * sizeof(T); i++)
      static_cast<unsigned char*>(at)[i] = 0xff;
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() { free(data); }
  operator T*() const { return data; }
};

}  // namespace test

#define CASE(name)                                                               \
  static void name();                                                            \
  static test::Case name##_case(EMULATOR_TEXT(EMULATOR_UNIT), #name, name);      \
  static void name()

#define EXPECT(condition) \
  if (!(condition)) test::fail(__FILE__, __LINE__, "expected %s", #condition)
// Written so that a NaN fails.
#define EXPECT_NEAR(value, expected, tolerance)                                  \
  do {                                                                           \
    double value_ = (value), expected_ = (expected);                             \
    if (!(fabs(value_ - expected_) <= (tolerance)))                              \
      test::fail(__FILE__, __LINE__, "%s is %.9g, expected %.9g", #value, value_, expected_); \
  } while (0)
#define EXPECT_EQUAL(value, expected) EXPECT_NEAR(value, expected, 0)
