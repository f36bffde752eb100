# Three programs of the same units: plain, with AddressSanitizer and UndefinedBehaviorSanitizer,
# with ThreadSanitizer. Only kernels and cases are instrumented, the runtime is not.

set(tests ${emulator}/tests)
file(GLOB self_files CONFIGURE_DEPENDS ${tests}/self/*.cu)
file(GLOB case_files CONFIGURE_DEPENDS ${tests}/cases/*.h)
file(GLOB planted_files CONFIGURE_DEPENDS ${tests}/planted/*.cu)

set(asan_kernel_flags -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all)
set(tsan_kernel_flags -fsanitize=thread)
set(asan_define EMULATOR_ASAN=1)
set(tsan_define EMULATOR_TSAN=1)

# A sanitizer may be missing, or refuse to run here (ThreadSanitizer of older compilers stops where
# addresses are randomised by more than 28 bits: sysctl vm.mmap_rnd_bits=28).
set(variants plain)
foreach(variant asan tsan)
  set(CMAKE_REQUIRED_FLAGS ${${variant}_kernel_flags})
  list(JOIN CMAKE_REQUIRED_FLAGS " " CMAKE_REQUIRED_FLAGS)
  check_cxx_source_runs("int main() { return 0; }" RUNS_${variant})
  unset(CMAKE_REQUIRED_FLAGS)
  if(RUNS_${variant})
    list(APPEND variants ${variant})
  else()
    message(WARNING "no ${variant} tests of the kernels: the sanitizer does not run here")
    add_test(NAME all.${variant} COMMAND ${CMAKE_COMMAND} -E false)  # seen in CTest's account too
    set_tests_properties(all.${variant} PROPERTIES SKIP_RETURN_CODE 1)
  endif()
endforeach()

foreach(variant ${variants})
  set(program emulator_tests_${variant})
  add_executable(${program})
  emulator_add_units(${program} test.h ${self_files} ${case_files} ${planted_files})
  target_include_directories(${program} PRIVATE ${tests})
  target_compile_definitions(${program} PRIVATE ${${variant}_define})

  add_library(runtime_${variant} OBJECT ${runtime_files} ${tests}/main.cpp)
  emulator_runtime_options(runtime_${variant})
  target_compile_definitions(runtime_${variant} PRIVATE ${${variant}_define})
  target_sources(${program} PRIVATE $<TARGET_OBJECTS:runtime_${variant}>)

  if(NOT variant STREQUAL plain)
    target_compile_options(${program} PRIVATE -O1 -g -fno-omit-frame-pointer
      ${${variant}_kernel_flags})
    target_link_options(${program} PRIVATE ${${variant}_kernel_flags})
  endif()
endforeach()

set(sanitizer_environment "ASAN_OPTIONS=detect_leaks=0;UBSAN_OPTIONS=print_stacktrace=1"
  "TSAN_OPTIONS=halt_on_error=1 atexit_sleep_ms=0")

function(emulator_test name)
  add_test(NAME ${name} COMMAND ${ARGN} COMMAND_EXPAND_LISTS)
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "${sanitizer_environment}" TIMEOUT 120)
endfunction()

foreach(file ${self_files} ${case_files})
  get_filename_component(unit ${file} NAME_WE)
  foreach(variant ${variants})
    # A race shows in any order, and a CUDA thread costs ThreadSanitizer a millisecond.
    set(orders $<$<STREQUAL:${variant},tsan>:forward;1>)
    emulator_test(${unit}.${variant} emulator_tests_${variant} ${unit} ${orders})
  endforeach()
endforeach()

# A planted bug must be reported by the tool that its "// caught by" lines name, in their words and
# at the line marked "// <- here".
foreach(file ${planted_files})
  get_filename_component(unit ${file} NAME_WE)
  execute_process(COMMAND grep -n "// <- here" ${file} OUTPUT_VARIABLE here)
  string(REGEX MATCH "^[0-9]+" here "${here}")
  set(place "${unit}.cu:${here}")
  file(STRINGS ${file} claims REGEX "^// caught by ")
  foreach(claim IN LISTS claims)
    string(REGEX REPLACE "^// caught by ([a-z]+): (.*)$" "\\1" variant "${claim}")
    string(REGEX REPLACE "^// caught by ([a-z]+): (.*)$" "\\2" words "${claim}")
    if(variant IN_LIST variants)
      emulator_test(planted.${unit}.${variant} emulator_tests_${variant} ${unit})
      # wrong values and a broken end of shared memory show where the bug is not
      set(report "${words}.*${place}[^0-9]|${place}:[0-9]+: ${words}")
      if(words MATCHES "^y.i. is|^wrote past")
        set(report "${words}")
      endif()
      set_tests_properties(planted.${unit}.${variant} PROPERTIES PASS_REGULAR_EXPRESSION
        "${report}")
    endif()
  endforeach()
endforeach()

# A kernel file without cases fails: nobody would miss what no sanitizer has seen.
foreach(file ${kernel_files})
  get_filename_component(unit ${file} NAME_WE)
  if(NOT EXISTS ${tests}/cases/${unit}.h)
    add_test(NAME ${unit}.has_no_cases COMMAND ${CMAKE_COMMAND} -E echo
      "kernels/${unit}.cu is judged by no sanitizer: add native/emulator/tests/cases/${unit}.h")
    set_tests_properties(${unit}.has_no_cases PROPERTIES FAIL_REGULAR_EXPRESSION "no sanitizer")
  endif()
endforeach()
