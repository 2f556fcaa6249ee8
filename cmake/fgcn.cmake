# Settings that every target shares, and the one function that makes a library out of a folder.

add_library(fgcn_options INTERFACE)
target_include_directories(fgcn_options INTERFACE ${PROJECT_SOURCE_DIR})
# nvcc has options of its own (cmake/cuda.cmake).
target_compile_options(
  fgcn_options
  INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-fno-math-errno>")
if(FGCN_WERROR)  # not in a user's project, whose compiler may know further warnings
  target_compile_options(fgcn_options INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:-Werror>")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms only: g++ 12 warns of its own AVX-512 intrinsics (_mm256_undefined_pd) inside Eigen,
  # and, with the sanitizers, of <regex>. What is really read unwritten, the sanitizer build finds.
  target_compile_options(fgcn_options INTERFACE
                         "$<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Debian's clang 14 does not know every pragma of g++.
  target_compile_options(fgcn_options INTERFACE -Wno-unknown-pragmas)
endif()
if(FGCN_SANITIZE)
  target_compile_options(fgcn_options INTERFACE -fsanitize=address,undefined
                                                -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(fgcn_options INTERFACE -fsanitize=address,undefined)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND (FGCN_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug"))
  # The same intrinsics again, by the other warning, at -O1 and -Og.
  target_compile_options(fgcn_options INTERFACE -Wno-uninitialized)
endif()
target_link_libraries(fgcn_options INTERFACE OpenMP::OpenMP_CXX)

# mesh/ is built for any CPU, photo/ to train/ for this one. Eigen's inline functions align memory by
# the CPU and the linker keeps one of each: without one alignment for all, vectors of 64 bytes are
# read where 16 were promised. Its small types have one alignment too, or each is two types of one name.
add_library(fgcn_eigen INTERFACE)
target_link_libraries(fgcn_eigen INTERFACE Eigen3::Eigen)
target_compile_definitions(fgcn_eigen INTERFACE EIGEN_MAX_ALIGN_BYTES=64 EIGEN_MAX_STATIC_ALIGN_BYTES=16)

# fgcn_precompile(TARGET <header>): a precompiled header, in the form that the compiler cache needs.
function(fgcn_precompile target header)
  target_precompile_headers(${target} PRIVATE ${header})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
endfunction()

# Numbers: contraction to fma is fixed here, so that one compiler gives one set of bits.
# Nobody reads the floating-point exception flags; without them a choice between two values becomes a
# vector instruction. No value changes by it.
set(FGCN_NUMERIC_FLAGS -ffp-contract=fast -fno-trapping-math)
if(FGCN_MARCH)
  list(APPEND FGCN_NUMERIC_FLAGS -march=${FGCN_MARCH})
endif()

# fgcn_library(NAME [NUMERIC] [TWICE] DEPENDS lib... LIBS external...)
# An object library `fgcn_NAME` of every .cpp below the current folder. Objects, not an archive:
# backends that a program links are found through weak symbols, which do not pull archive members.
# NUMERIC  built for the chosen instruction set
# TWICE    also `fgcn_NAME_f64` with real = double, for gradient checks (tests only)
function(fgcn_library name)
  cmake_parse_arguments(ARG "NUMERIC;TWICE" "" "DEPENDS;LIBS;SOURCES" ${ARGN})
  if(NOT ARG_SOURCES)
    file(GLOB_RECURSE ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    # The emulator, and what calls NVIDIA's libraries, are targets of their own.
    list(FILTER ARG_SOURCES EXCLUDE REGEX "/kernels/simt/|_(cublas|cudnn|cusparse)\\.cpp$")
  endif()
  set(variants "")
  if(ARG_SOURCES)
    list(APPEND variants "fgcn_${name}")
    if(ARG_TWICE AND FGCN_TESTS)
      list(APPEND variants "fgcn_${name}_f64")
    endif()
  endif()
  foreach(target IN LISTS variants)
    add_library(${target} OBJECT ${ARG_SOURCES})
    target_link_libraries(${target} PUBLIC fgcn_options ${ARG_LIBS})
    if(ARG_NUMERIC)
      target_compile_options(${target} PRIVATE ${FGCN_NUMERIC_FLAGS})
      set_target_properties(${target} PROPERTIES FGCN_NUMERIC TRUE)
    endif()
    if(target MATCHES "_f64$")
      target_compile_definitions(${target} PUBLIC FGCN_REAL_DOUBLE)
    endif()
  endforeach()
endfunction()

# fgcn_link(TARGET NAME...): links the object libraries that exist (an empty folder makes none).
function(fgcn_link target)
  foreach(name IN LISTS ARGN)
    if(TARGET fgcn_${name})
      target_link_libraries(${target} PRIVATE fgcn_${name})
    endif()
  endforeach()
endfunction()
