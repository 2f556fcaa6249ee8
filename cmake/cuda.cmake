# The CUDA kernels, for machines with the toolkit. They build and link without a GPU.
include(CheckLanguage)
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  message(FATAL_ERROR "FGCN_CUDA: no CUDA compiler was found. Install the CUDA toolkit, name its "
                      "compiler with -DCMAKE_CUDA_COMPILER=/path/to/nvcc, or use another preset.")
endif()
if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
  # Turing to Blackwell as machine code, as far as the toolkit goes; newer devices compile the last
  # one's PTX.
  execute_process(COMMAND ${CMAKE_CUDA_COMPILER} --list-gpu-code OUTPUT_VARIABLE offered)
  foreach(architecture IN ITEMS 75 80 86 89 90 100 120)
    if(offered MATCHES "sm_${architecture}[^0-9]")
      list(APPEND CMAKE_CUDA_ARCHITECTURES ${architecture}-real)
    endif()
  endforeach()
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    message(FATAL_ERROR "FGCN_CUDA: ${CMAKE_CUDA_COMPILER} makes code for none of sm_75, 80, 86, 89, "
                        "90, 100 and 120; name others with -DCMAKE_CUDA_ARCHITECTURES=...")
  endif()
  list(POP_BACK CMAKE_CUDA_ARCHITECTURES newest)
  string(REPLACE "-real" "" newest ${newest})
  list(APPEND CMAKE_CUDA_ARCHITECTURES ${newest})
  message(STATUS "CUDA architectures: ${CMAKE_CUDA_ARCHITECTURES}")
endif()
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  # CMake 3.25 does not know C++20 for the compilers that came after it.
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
if(FGCN_CCACHE)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${FGCN_CCACHE})
endif()
find_package(CUDAToolkit REQUIRED)

# cuDNN is a choice: without it conv2d takes its own kernels.
add_library(fgcn_cudnn INTERFACE)
set(FGCN_CUDNN_FOUND FALSE)
if(FGCN_CUDNN)
  find_path(FGCN_CUDNN_INCLUDE cudnn.h HINTS ${CUDAToolkit_INCLUDE_DIRS} ENV CUDNN_PATH
            PATH_SUFFIXES include)
  find_library(FGCN_CUDNN_LIBRARY cudnn HINTS ${CUDAToolkit_LIBRARY_DIR} ENV CUDNN_PATH
               PATH_SUFFIXES lib lib64)
  mark_as_advanced(FGCN_CUDNN_INCLUDE FGCN_CUDNN_LIBRARY)
  if(FGCN_CUDNN_INCLUDE AND FGCN_CUDNN_LIBRARY)
    set(FGCN_CUDNN_FOUND TRUE)
    message(STATUS "cuDNN: ${FGCN_CUDNN_LIBRARY}")
    target_link_libraries(fgcn_cudnn INTERFACE ${FGCN_CUDNN_LIBRARY})
    target_include_directories(fgcn_cudnn SYSTEM INTERFACE ${FGCN_CUDNN_INCLUDE})
  else()
    message(STATUS "No cuDNN (its folder may be named in CUDNN_PATH): conv2d runs by its own kernels")
  endif()
endif()

# fgcn_cuda_library(): the object library `fgcn_cuda` of every .cu below the current folder, and of
# the files that call NVIDIA's libraries. Single precision only; the double build for gradient
# checks is the CPU's.
function(fgcn_cuda_library)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cu
       ${CMAKE_CURRENT_SOURCE_DIR}/*_cublas.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*_cudnn.cpp
       ${CMAKE_CURRENT_SOURCE_DIR}/*_cusparse.cpp)
  list(FILTER sources EXCLUDE REGEX "/kernels/simt/")
  if(NOT FGCN_CUDNN_FOUND)
    list(FILTER sources EXCLUDE REGEX "_cudnn\\.cpp$")
  endif()
  add_library(fgcn_cuda OBJECT ${sources})
  target_link_libraries(fgcn_cuda PUBLIC fgcn_options CUDA::cudart_static CUDA::cublas
                                         CUDA::cusparse fgcn_cudnn)
  target_compile_options(
    fgcn_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--Werror=all-warnings --expt-relaxed-constexpr
                      -lineinfo "SHELL:-Xcompiler=-Wall,-Wextra">)
endfunction()
