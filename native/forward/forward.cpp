// forward.cpp - a library under a CUDA 12 name whose functions jump to CUDA 13's.
//
// JCuda's natives ask the loader for libcublas.so.12 and libnvrtc.so.12, each symbol with that
// library's version node; a link or an ELF filter under the old name therefore does not do. Here
// each function is one jump through a pointer, so arguments and results of any kind pass untouched,
// and a constructor fills the pointers from the new library.
//
// Compiled once for each library, with FUNCTIONS (the list), OLD and NEW (names) and MISSING (the
// status that a function which CUDA 13 no longer has returns). BANDLIMIT_FORWARD_VERBOSE=1 names
// those on stderr.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#define FORWARD(f)                                                                         \
  extern "C" {                                                                             \
  __attribute__((visibility("hidden"))) void* forward_##f;                                 \
  }                                                                                        \
  asm(".pushsection .text\n.globl " #f "\n.type " #f ", @function\n" #f ":\n\tjmp *forward_" #f \
      "(%rip)\n.size " #f ", .-" #f "\n.popsection\n");
#include FUNCTIONS
#undef FORWARD

namespace {

struct Function {
  const char* name;
  void** target;
};

#define FORWARD(f) {#f, &forward_##f},
const Function functions[] = {
#include FUNCTIONS
};
#undef FORWARD

int missing_count = 0;
bool loaded = false;

int missing() { return MISSING; }

__attribute__((constructor)) void fill() {
  const char* wish = std::getenv("BANDLIMIT_FORWARD_VERBOSE");
  bool verbose = wish && std::strcmp(wish, "1") == 0;
  void* library = dlopen(NEW, RTLD_NOW | RTLD_LOCAL);
  loaded = library != nullptr;
  if (!loaded && verbose) std::fprintf(stderr, OLD " forwards to " NEW ": %s\n", dlerror());
  for (const Function& f : functions) {
    void* found = library ? dlsym(library, f.name) : nullptr;
    if (!found) {
      missing_count++;
      if (loaded && verbose) std::fprintf(stderr, OLD " forwards to " NEW ": no %s there\n", f.name);
    }
    *f.target = found ? found : reinterpret_cast<void*>(&missing);
  }
}

}  // namespace

// How many functions are missing; -1 where the new library itself is.
extern "C" int bandlimit_forward_missing() { return loaded ? missing_count : -1; }
