# The instrumented build of the CUDA kernels: clang reports each access of memory, kernels/simt/access
# counts (docs/results/kernel-report.md). For tests and analysis; left out where there is no clang.
set(FGCN_ACCESS FALSE)
if(NOT FGCN_TESTS OR FGCN_SANITIZE)
  return()
endif()
find_program(FGCN_CLANGXX NAMES clang++ clang++-19 clang++-18 clang++-17 clang++-16 clang++-15 clang++-14)
if(NOT FGCN_CLANGXX)
  message(STATUS "No clang++: what memory the kernels touch is not tested (scripts/install.sh clang)")
  return()
endif()
set(FGCN_ACCESS TRUE)

# fgcn_instrumented(OBJECTS source...): object files of .cu files, as a list in OBJECTS.
# - No vectors, no unrolling: one access in the source is one instruction.
# - Everything is inlined, as nvcc does, and copies stay loops: an access belongs to its kernel.
# - The callbacks are ours, so the sanitizer's runtime library is not linked.
function(fgcn_instrumented out)
  set(objects "")
  foreach(source IN LISTS ARGN)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${source})
    string(REPLACE "/" "_" name ${name})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/instrumented/${name}.o)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/instrumented
      COMMAND
        ${CMAKE_CXX_COMPILER_LAUNCHER} ${FGCN_CLANGXX} -x c++ -std=c++20 -I${PROJECT_SOURCE_DIR}
        -DFGCN_ACCESS -O2 -g -fPIE -Wall -Wextra -Werror -Wno-unknown-pragmas -ffp-contract=off
        -fno-math-errno -fno-vectorize -fno-slp-vectorize -fno-unroll-loops
        -fno-optimize-sibling-calls -fno-builtin-memcpy -fno-builtin-memmove -fno-builtin-memset
        -fsanitize=thread -fsanitize-coverage=edge,trace-pc,no-prune -mllvm -tsan-instrument-read-before-write=1 -mllvm
        -tsan-instrument-atomics=0 -mllvm -tsan-instrument-func-entry-exit=0 -mllvm
        -inline-threshold=10000 -MD -MF ${object}.d -c ${source} -o ${object}
      COMMAND ${CMAKE_OBJCOPY} --redefine-sym memcpy=fgcn_access_memcpy --redefine-sym
              memmove=fgcn_access_memmove --redefine-sym memset=fgcn_access_memset ${object}
      DEPENDS ${source}
      DEPFILE ${object}.d
      COMMENT "Instrumenting ${name}"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(${out} ${objects} PARENT_SCOPE)
endfunction()
