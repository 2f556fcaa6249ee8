# The operators, one a line. Configure stops with the name of a missing file, or of a folder under
# kernels/ that is not listed here.
set(FGCN_OPS
    adam
    bias_elu
    binary
    cheb_conv
    conv2d
    gather
    gemm
    interpolate
    max_pool
    momentum
    project
    rasterize
    reduce
    rigid
    sample_image
    sh_light
    slice
    spmm
    transpose
    unary
    vertex_normals)

# Which pixels a triangle covers, and which vertices have no normal, must not depend on where a
# compiler contracts a * b + c: these are built without on every device.
set(FGCN_EXACT_OPS rasterize vertex_normals)

# Operators whose CUDA version is still to come: they run on the CPU, and say so on a GPU. None.
set(FGCN_OPS_WITHOUT_CUDA "")

# Operators that call a library of NVIDIA's: the file that does so stands for <op>_cuda.cu.
set(FGCN_OPS_BY_VENDOR gemm_cublas)

# Operators that try a library of NVIDIA's before their own kernels: the file that calls it, beside
# <op>_cuda.cu.
set(FGCN_OPS_VENDOR_FIRST conv2d_cudnn)

# Kernels that are not differentiated: the optimisers' steps.
set(FGCN_OPS_UNTAPED adam momentum)

file(GLOB op_folders CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/kernels
     ${PROJECT_SOURCE_DIR}/kernels/*)
foreach(folder IN LISTS op_folders)
  if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/kernels/${folder} AND NOT folder MATCHES "^(core|gpu|runtime|simt)$"
     AND NOT folder IN_LIST FGCN_OPS)
    message(FATAL_ERROR "kernels/${folder} is not listed in cmake/ops.cmake")
  endif()
endforeach()
foreach(op IN LISTS FGCN_OPS)
  set(op_files kernels/${op}/${op}.h kernels/${op}/${op}.cpp kernels/${op}/${op}_cpu.cpp
               tests/ops/${op}_test.cpp)
  set(vendor_files ${FGCN_OPS_BY_VENDOR})
  list(FILTER vendor_files INCLUDE REGEX "^${op}_[a-z]+$")
  if(vendor_files)
    list(APPEND op_files kernels/${op}/${vendor_files}.cpp)
  elseif(NOT op IN_LIST FGCN_OPS_WITHOUT_CUDA)
    list(APPEND op_files kernels/${op}/${op}_cuda.cu)
  endif()
  set(first_files ${FGCN_OPS_VENDOR_FIRST})
  list(FILTER first_files INCLUDE REGEX "^${op}_[a-z]+$")
  if(first_files)
    list(APPEND op_files kernels/${op}/${first_files}.cpp)
  endif()
  if(NOT op IN_LIST FGCN_OPS_UNTAPED)
    list(APPEND op_files autograd/ops/${op}.h autograd/ops/${op}.cpp)
  endif()
  foreach(file IN LISTS op_files)
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${file})
      message(FATAL_ERROR "operator ${op}: ${file} is missing")
    endif()
  endforeach()
endforeach()
