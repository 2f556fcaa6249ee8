# Headers of NVIDIA's libraries, for the emulated device: it runs the operators that call them with
# host versions of the calls, compiled against the real declarations. The libraries are not needed.
# FGCN_VENDOR_FOUND     which of them have their headers here
# FGCN_VENDOR_INCLUDES  where those are
set(FGCN_VENDOR_FOUND "")
set(FGCN_VENDOR_INCLUDES "")
if(NOT FGCN_TESTS)
  return()
endif()

# fgcn_vendor_headers(LIBRARY HEADER OTHERWISE), what is not tested without it
function(fgcn_vendor_headers library header otherwise)
  string(TOUPPER FGCN_${library}_INCLUDE folder)
  if(FGCN_VENDOR_HEADERS)
    file(GLOB toolkits /usr/local/cuda /usr/local/cuda-*)
    find_path(${folder} ${header} HINTS ${CUDAToolkit_INCLUDE_DIRS}
              PATHS ${CUDAToolkit_ROOT} ENV CUDA_PATH ENV CUDA_HOME ${toolkits}
              PATH_SUFFIXES include targets/x86_64-linux/include)
    find_path(FGCN_CUDART_INCLUDE cuda_runtime_api.h HINTS ${CUDAToolkit_INCLUDE_DIRS}
              PATHS ${CUDAToolkit_ROOT} ENV CUDA_PATH ENV CUDA_HOME ${toolkits}
              PATH_SUFFIXES include targets/x86_64-linux/include)
    mark_as_advanced(${folder} FGCN_CUDART_INCLUDE)
  endif()
  if(FGCN_VENDOR_HEADERS AND ${folder} AND FGCN_CUDART_INCLUDE)
    set(FGCN_VENDOR_FOUND ${FGCN_VENDOR_FOUND} ${library} PARENT_SCOPE)
    set(includes ${FGCN_VENDOR_INCLUDES} ${${folder}} ${FGCN_CUDART_INCLUDE})
    list(REMOVE_DUPLICATES includes)
    set(FGCN_VENDOR_INCLUDES ${includes} PARENT_SCOPE)
  else()
    message(STATUS "No ${header}: ${otherwise}")
  endif()
endfunction()

fgcn_vendor_headers(cublas cublas_v2.h "gemm is tested on the CPU, not on the emulated device")
if(FGCN_CUDNN)
  fgcn_vendor_headers(cudnn cudnn.h "conv2d is tested by its own kernels, not by calls of cuDNN")
endif()
fgcn_vendor_headers(cusparse cusparse.h "the benchmark's spmm by cuSPARSE is not tested")
