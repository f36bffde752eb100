// How a kernel looks from outside. Java packs the struct once for each step (backend/Arguments.java,
// same fields, same order) and compares its size with ours; then the threads of its pool call
//
//   name(parameters, task, scratch)
//
// for every task of 0..tasks-1, in any order, several at once. What a task writes, no other task
// writes; how the work is cut into tasks follows from shapes alone, so that results do not depend on
// the number of threads. `scratch` belongs to the calling thread, starts at a whole page, and holds
// what an earlier call left there.
//
// Every file is compiled once for each instruction set, into a library of its own.
#pragma once

#include "simd.h"

#define KERNEL(name, Parameters)                                                      \
  extern "C" __attribute__((visibility("default"))) const int32_t name##_bytes =      \
      sizeof(Parameters);                                                             \
  extern "C" __attribute__((visibility("default"))) void name(                        \
      const Parameters& p, int64_t task, char* scratch)
