// main.cpp - runs the cases of one unit: `emulator_tests_plain resample [order...]`. An order is
// forward, reverse, or a number, the seed of a random one. Without a unit it lists them.
#include <stdarg.h>
#include <string.h>

#include "test.h"

extern "C" {
void* emulator_function(const char* name);
int emulator_count();
const char* emulator_name(int i);
int emulator_parameter_bytes(void* function);
int emulator_launch(void* function, u32 gx, u32 gy, u32 gz, u32 bx, u32 by, u32 bz,
                    u32 sharedBytes, void** params);
const char* emulator_last_error();
void emulator_order(int mode, u64 seed);
}

namespace test {

static Case* cases;
static const char *running = "", *order = "";

Case::Case(const char* unit, const char* name, void (*run)())
    : unit(unit), name(name), run(run), next(cases) {
  cases = this;
}

void fail(const char* file, int line, const char* format, ...) {
  const char* slash = strrchr(file, '/');
  fprintf(stderr, "FAILED %s, order %s, %s:%d: ", running, order, slash ? slash + 1 : file, line);
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

const char* launchBytes(const char* kernel, dim3 grid, dim3 block, u32 sharedBytes,
                        const void* params, u32 bytes) {
  void* function = emulator_function(kernel);
  if (!function) fail("test", 0, "no kernel %s", kernel);
  if (emulator_parameter_bytes(function) != static_cast<int>(bytes))
    fail("test", 0, "%s takes %d bytes, not %u", kernel, emulator_parameter_bytes(function), bytes);
  void* pointers[] = {const_cast<void*>(params)};
  int code = emulator_launch(function, grid.x, grid.y, grid.z, block.x, block.y, block.z,
                             sharedBytes, pointers);
  return code ? emulator_last_error() : "";
}

void expectWords(const char* words, const char* fault, const char* file, int line) {
  if (!strstr(fault, words))
    fail(file, line, "expected a fault that says \"%s\", got \"%s\"", words, fault);
}

static void runUnit(const char* unit, const char* wanted) {
  order = wanted;
  int mode = !strcmp(order, "forward") ? 0 : !strcmp(order, "reverse") ? 1 : 2;
  int count = 0;
  for (Case* c = cases; c; c = c->next) {
    if (strcmp(c->unit, unit)) continue;
    running = c->name;
    emulator_order(mode, strtoull(order, nullptr, 10));
    c->run();
    count++;
  }
  printf("%s, order %s: %d cases\n", unit, order, count);
  running = unit;
  if (!count) fail("test", 0, "no cases");
}

// A kernel that no case launches has not been judged.
static void requireAllLaunched(const char* unit) {
  for (emulator::Kernel* k = emulator::kernels; k; k = k->next)
    if (!strcmp(k->unit, unit) && !k->launches) fail("test", 0, "no case launches %s", k->name);
}

}  // namespace test

int main(int count, char** arguments) {
  const char* all[] = {"forward", "reverse", "1", "2", "3"};
  if (count < 2) {
    for (test::Case* c = test::cases; c; c = c->next) printf("%s: %s\n", c->unit, c->name);
    return 0;
  }
  if (count == 2)
    for (const char* order : all) test::runUnit(arguments[1], order);
  for (int i = 2; i < count; i++) test::runUnit(arguments[1], arguments[i]);
  test::requireAllLaunched(arguments[1]);
  return 0;
}
