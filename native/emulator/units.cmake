# How a kernel file becomes C++, and what the runtime is compiled with.

set(runtime_files
  ${emulator}/block.cpp ${emulator}/copy_async.cpp ${emulator}/fault.cpp ${emulator}/fiber.cpp
  ${emulator}/launch.cpp ${emulator}/warp.cpp)

# fmaf is a call into libm without -mfma, and so is fp16 without -mf16c, which no CPU with FMA lacks; the library is built where it runs, so ask this machine.
# Machines with a GPU, and those of CI, have had it since 2013.
include(CheckCXXSourceRuns)
check_cxx_source_runs("int main() { return __builtin_cpu_supports(\"fma\") ? 0 : 1; }" HAS_FMA)

# -ffp-contract=off: a product and a sum stay two roundings, as in a kernel that writes fmaf where
# it means it. -fno-strict-aliasing: kernels read floats as words, as nvcc lets them.
set(kernel_options -ffp-contract=off -fno-strict-aliasing -fno-math-errno -Wall -Wextra
  -Wno-unknown-pragmas -Wno-unused-function -Wno-unused-variable -Wno-unused-but-set-variable
  -Wframe-larger-than=32768 $<$<BOOL:${HAS_FMA}>:-mfma$<SEMICOLON>-mf16c>)

function(emulator_runtime_options target)
  target_include_directories(${target} PRIVATE ${emulator})
  target_compile_options(${target} PRIVATE -Wall -Wextra -fno-strict-aliasing
    -fno-tree-loop-distribute-patterns -fno-exceptions -fno-rtti ${ARGN})
endfunction()

# Each file is a unit: an object of its own, inside an unnamed namespace.
function(emulator_add_units target unit_header)
  foreach(source ${ARGN})
    get_filename_component(unit ${source} NAME_WE)
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/units/${target}/${unit}.cpp)
    configure_file(${emulator}/unit.cpp.in ${generated} @ONLY)
    target_sources(${target} PRIVATE ${generated})
  endforeach()
  target_include_directories(${target} PRIVATE ${emulator} ${kernels})
  target_compile_options(${target} PRIVATE ${kernel_options})
endfunction()
