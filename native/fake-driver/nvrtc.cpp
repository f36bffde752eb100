// nvrtc.cpp - a libnvrtc.so.12 that compiles nothing: it checks that it was handed what the real one
// would need, says so on stderr, and gives back something that the fake driver takes for a cubin.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <map>
#include <regex>
#include <string>

#define ENTRY extern "C" __attribute__((visibility("default")))

namespace {

enum { OK = 0, INVALID_OPTION = 5, COMPILATION = 6 };

struct Program {
  std::string name, source, log, cubin;
  std::map<std::string, std::string> headers;
};

// Every #include "..." of ours must have come along; what is behind __CUDACC__ for the host is not.
bool resolve(Program* program, const std::string& text) {
  static const std::regex include("#include \"([a-z_]+\\.cuh)\"");
  for (std::sregex_iterator at(text.begin(), text.end(), include), end; at != end; ++at) {
    if (!program->headers.count((*at)[1])) {
      program->log = "cannot open source file \"" + std::string((*at)[1]) + "\"";
      return false;
    }
  }
  return true;
}

}  // namespace

ENTRY int nvrtcVersion(int* major, int* minor) {
  *major = 12;
  *minor = 6;
  return OK;
}

ENTRY const char* nvrtcGetErrorString(int) { return "an error of the fake NVRTC"; }

ENTRY int nvrtcCreateProgram(Program** result, const char* source, const char* name, int headers,
                             const char* const* texts, const char* const* names) {
  *result = new Program{name, source, "", "", {}};
  for (int i = 0; i < headers; i++) (*result)->headers[names[i]] = texts[i];
  return OK;
}

ENTRY int nvrtcDestroyProgram(Program** program) {
  delete *program;
  *program = nullptr;
  return OK;
}

ENTRY int nvrtcCompileProgram(Program* program, int count, const char* const* options) {
  std::string architecture, known = "--gpu-architecture=sm_";
  for (int i = 0; i < count; i++) {
    std::string option = options[i];
    if (option.compare(0, known.size(), known) == 0) architecture = option.substr(known.size());
    else if (option != "--std=c++17") return INVALID_OPTION;
  }
  const char* newest = getenv("FAKE_NVRTC_NEWEST");
  if (architecture.empty() || (newest && architecture > newest)) return INVALID_OPTION;
  bool good = resolve(program, program->source);
  for (auto& header : program->headers) good = good && resolve(program, header.second);
  if (getenv("FAKE_NVRTC_FAIL")) {
    program->log = program->name + "(3): error: as asked\n1 error detected";
    good = false;
  }
  if (!good) return COMPILATION;
  fprintf(stderr, "fake NVRTC: %s for sm_%s\n", program->name.c_str(), architecture.c_str());
  program->cubin = "\x7f" "ELF of " + program->name;
  return OK;
}

ENTRY int nvrtcGetProgramLogSize(Program* program, size_t* bytes) {
  *bytes = program->log.size() + 1;
  return OK;
}

ENTRY int nvrtcGetProgramLog(Program* program, char* log) {
  memcpy(log, program->log.c_str(), program->log.size() + 1);
  return OK;
}

ENTRY int nvrtcGetCUBINSize(Program* program, size_t* bytes) {
  *bytes = program->cubin.size();
  return OK;
}

ENTRY int nvrtcGetCUBIN(Program* program, char* cubin) {
  memcpy(cubin, program->cubin.data(), program->cubin.size());
  return OK;
}
