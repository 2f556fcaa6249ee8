# nvcc's PTX of the kernels, run on the CPU by tests/ptx: no GPU is needed, the toolkit is.
# FGCN_PTX_FOUND  whether that can be built here
option(FGCN_PTX "Test the kernels' PTX on the CPU where nvcc is found" ON)
set(FGCN_PTX_ARCHITECTURES "75;120" CACHE STRING
    "Architectures whose PTX the tests run (as far as nvcc knows them)")
set(FGCN_PTX_FOUND FALSE)
if(NOT FGCN_PTX OR NOT FGCN_TESTS OR FGCN_CUDA OR FGCN_SANITIZE)
  # With FGCN_CUDA the real libcudart is linked; the sanitizers would check the simulator.
  return()
endif()

set(without_ptx "the kernels' PTX is not tested")
file(GLOB toolkits /usr/local/cuda /usr/local/cuda-*)
if(DEFINED ENV{CUDACXX})
  find_program(FGCN_NVCC $ENV{CUDACXX})
endif()
find_program(FGCN_NVCC nvcc HINTS ${CUDAToolkit_ROOT} ENV CUDA_PATH ENV CUDA_HOME PATHS ${toolkits}
             PATH_SUFFIXES bin)
if(FGCN_NVCC)
  get_filename_component(nvcc_real ${FGCN_NVCC} REALPATH)
  get_filename_component(nvcc_toolkit ${nvcc_real} DIRECTORY)
  get_filename_component(nvcc_toolkit ${nvcc_toolkit} DIRECTORY)
endif()
find_path(FGCN_CUDART_INCLUDE cuda_runtime_api.h HINTS ${nvcc_toolkit} PATHS ${toolkits}
          PATH_SUFFIXES include targets/x86_64-linux/include)
mark_as_advanced(FGCN_NVCC FGCN_CUDART_INCLUDE)
if(NOT FGCN_NVCC)
  message(STATUS "No nvcc: ${without_ptx}")
  return()
endif()
if(NOT FGCN_CUDART_INCLUDE)
  message(STATUS "No cuda_runtime_api.h: ${without_ptx}")
  return()
endif()

execute_process(COMMAND ${FGCN_NVCC} --list-gpu-arch OUTPUT_VARIABLE known ERROR_QUIET)
set(FGCN_PTX_GENCODE "")
set(FGCN_PTX_KNOWN "")
foreach(architecture IN LISTS FGCN_PTX_ARCHITECTURES)
  if(known MATCHES "compute_${architecture}[^0-9]")
    list(APPEND FGCN_PTX_KNOWN ${architecture})
    list(APPEND FGCN_PTX_GENCODE -gencode arch=compute_${architecture},code=compute_${architecture})
  endif()
endforeach()
if(NOT FGCN_PTX_GENCODE)
  message(STATUS "${FGCN_NVCC} makes PTX for none of ${FGCN_PTX_ARCHITECTURES}: ${without_ptx}")
  return()
endif()
set(FGCN_PTX_FOUND TRUE)

# fgcn_ptx_objects(OBJECTS source...): object files of .cu files with their PTX as text, as a list in
# OBJECTS. Targets that use them stand in the folder that called this.
# - Virtual architectures only: machine code would cost most of nvcc's time, and nobody runs it.
# - What must not depend on contraction has none (FGCN_EXACT_OPS).
function(fgcn_ptx_objects out)
  set(host_compiler "")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(host_compiler -ccbin ${CMAKE_CXX_COMPILER})
  endif()
  set(objects "")
  foreach(source IN LISTS ARGN)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${source})
    string(REPLACE "/" "_" name ${name})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/ptx/${name}.o)
    set(exact "")
    cmake_path(GET source PARENT_PATH op)
    cmake_path(GET op FILENAME op)
    if(op IN_LIST FGCN_EXACT_OPS)
      set(exact --fmad=false)
    endif()
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/ptx
      COMMAND
        ${CMAKE_CXX_COMPILER_LAUNCHER} ${FGCN_NVCC} ${host_compiler} -std=c++20
        -I${PROJECT_SOURCE_DIR} -O3 -lineinfo --no-compress ${FGCN_PTX_GENCODE}
        --expt-relaxed-constexpr --Werror=all-warnings ${exact} -MD -MF ${object}.d -MT ${object}
        -c ${source} -o ${object}
      DEPENDS ${source}
      DEPFILE ${object}.d
      COMMENT "PTX of ${name}"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(${out} ${objects} PARENT_SCOPE)
endfunction()
