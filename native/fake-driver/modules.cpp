// modules.cpp - kernels: images are looked at but not run; the functions are the emulator's.
#include <string.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fake.h"

// ../emulator/launch.cpp
extern "C" void* emulator_function(const char* name);
extern "C" int emulator_parameter_bytes(void* function);
extern "C" int emulator_launch(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                               unsigned by, unsigned bz, unsigned sharedBytes, void** params);
extern "C" const char* emulator_last_error();

namespace fake {

namespace {

struct Function {
  void* kernel;
  unsigned sharedBytes = 48 << 10;  // more has to be asked for
};

struct Module {
  std::string image;  // as far as its length is known
  std::vector<std::unique_ptr<Function>> functions;
};

std::set<Module*> modules;
constexpr unsigned mostSharedBytes = 227 << 10;
constexpr int maxDynamicSharedAttribute = 8;

// A fatbin says how long it is, and names its kernels in plain text where it is not compressed.
struct FatbinHeader {
  uint32_t magic;
  uint16_t version, headerBytes;
  uint64_t bytes;
};

int identify(Module* module, const void* image) {
  auto* header = static_cast<const FatbinHeader*>(image);
  auto* text = static_cast<const char*>(image);
  if (header->magic == 0xba55ed50u) {
    module->image.assign(text, header->headerBytes + header->bytes);
    // one that nvcc has compressed shows no names: it has every kernel, as below
    if (module->image.find("\x7f" "ELF") == std::string::npos) module->image.clear();
    return SUCCESS;
  }
  bool cubin = !memcmp(text, "\x7f" "ELF", 4);
  bool ptx = !memcmp(text, "//", 2) || !memcmp(text, ".version", 8);
  bool ours = !strcmp(text, "fake image");  // a test's, where there is no nvcc: has every kernel
  return cubin || ptx || ours ? SUCCESS : INVALID_IMAGE;
}

bool has(const Module* module, const char* kernel) {
  return module->image.empty() || module->image.find(kernel) != std::string::npos;
}

}  // namespace
}  // namespace fake

using namespace fake;

ENTRY int cuModuleLoadDataEx(Module** result, const void* image, unsigned, int*, void**) {
  BEGIN();
  if (int status = unsafeInCapture()) return status;
  auto module = std::make_unique<Module>();
  if (int status = identify(module.get(), image)) return status;
  modules.insert(module.get());
  *result = module.release();
  return SUCCESS;
}

ENTRY int cuModuleUnload(Module* module) {
  BEGIN();
  drainAll();
  if (!modules.erase(module)) return INVALID_HANDLE;
  delete module;
  return SUCCESS;
}

ENTRY int cuModuleGetFunction(Function** result, Module* module, const char* name) {
  BEGIN();
  void* kernel = emulator_function(name);
  if (!kernel || !has(module, name)) return NOT_FOUND;
  module->functions.push_back(std::make_unique<Function>());
  *result = module->functions.back().get();
  (*result)->kernel = kernel;
  return SUCCESS;
}

ENTRY int cuFuncGetParamInfo(Function* function, size_t index, size_t* offset, size_t* bytes) {
  BEGIN(false);  // asked by way of another interface than the rest; needs no context
  if (index > 0) return INVALID_VALUE;
  *offset = 0;
  *bytes = static_cast<size_t>(emulator_parameter_bytes(function->kernel)) +
           static_cast<size_t>(setting("FAKE_CUDA_PARAMETER_SURPLUS", 0));
  return SUCCESS;
}

ENTRY int cuFuncSetAttribute(Function* function, int attribute, int value) {
  BEGIN();
  if (attribute != maxDynamicSharedAttribute) return SUCCESS;
  if (value < 0 || static_cast<unsigned>(value) > mostSharedBytes) return INVALID_VALUE;
  function->sharedBytes = static_cast<unsigned>(value);
  return SUCCESS;
}

ENTRY int cuLaunchKernel(Function* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                         unsigned by, unsigned bz, unsigned sharedBytes, Stream* stream,
                         void** params, void**) {
  BEGIN();
  if (sharedBytes > function->sharedBytes) return INVALID_VALUE;
  // the values are those of now, also in a graph that is replayed later
  size_t bytes = static_cast<size_t>(emulator_parameter_bytes(function->kernel));
  auto values = std::make_shared<std::vector<uint64_t>>((bytes + 7) / 8);
  memcpy(values->data(), params[0], bytes);
  void* kernel = function->kernel;
  return enqueue(stream, [=] {
    if (int status = injected("kernel")) return status;
    void* table[] = {values->data()};
    int status = emulator_launch(kernel, gx, gy, gz, bx, by, bz, sharedBytes, table);
    if (status) complain("%s", emulator_last_error());
    return status;
  });
}
