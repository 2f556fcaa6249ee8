// The calls of cuBLAS that the kernels make, on the emulated device. Every argument is checked as
// cuBLAS' manual says, and every matrix against the memory that it must lie in.
#include "kernels/simt/vendor/names.h"
//
#include <cublas_v2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/simt/objects.h"
#include "kernels/simt/vendor/refusals.h"
#include "kernels/simt/vendor/vendor_device.h"

namespace fgcn::simt {
namespace {

struct Handle {
  cudaStream_t stream = nullptr;
  cublasPointerMode_t pointer_mode = CUBLAS_POINTER_MODE_HOST;
};

/// cuBLAS' interface is C's: the handles have no other place.
Objects<Handle>& handles() {
  static Objects<Handle> all;
  return all;
}

bool is_operation(cublasOperation_t op) {
  return op == CUBLAS_OP_N || op == CUBLAS_OP_T || op == CUBLAS_OP_C;
}

/// A matrix by columns, as it lies in memory; op(m) is what the product sees.
struct Matrix {
  const float* data;
  cublasOperation_t op;
  int rows, cols, leading;  // of what is stored

  Matrix(const float* first, cublasOperation_t o, int op_rows, int op_cols, int ld)
      : data(first),
        op(o),
        rows(o == CUBLAS_OP_N ? op_rows : op_cols),
        cols(o == CUBLAS_OP_N ? op_cols : op_rows),
        leading(ld) {}

  /// The matrix where the host reads it.
  Matrix in(VendorDevice& memory) const {
    Matrix out = *this;
    out.data = static_cast<const float*>(memory.to_read(data, bytes()));
    return out;
  }
  bool leading_fits() const { return leading >= std::max(1, rows); }
  /// From the first element to the last; the columns' padding after the last is not touched.
  std::size_t bytes() const {
    if (rows == 0 || cols == 0) return 0;
    return (static_cast<std::size_t>(cols - 1) * static_cast<std::size_t>(leading) +
            static_cast<std::size_t>(rows)) *
           sizeof(float);
  }
  float at(int i, int j) const {
    const std::ptrdiff_t row = op == CUBLAS_OP_N ? i : j;
    const std::ptrdiff_t col = op == CUBLAS_OP_N ? j : i;
    return data[col * leading + row];
  }
};

/// A scalar on the side that the handle's pointer mode names.
bool is_readable(const float* scalar, const Handle& handle, const VendorDevice& memory) {
  return memory.holds(scalar, sizeof *scalar) ==
         (handle.pointer_mode == CUBLAS_POINTER_MODE_DEVICE);
}

/// Column by column, sums in double precision in order of k.
void multiply(const Matrix& a, const Matrix& b, int m, int n, int k, float alpha, float beta,
              float* c, int ldc) {
  std::vector<double> sums(static_cast<std::size_t>(m));
  for (int j = 0; j < n; ++j) {
    std::fill(sums.begin(), sums.end(), 0.0);
    for (int d = 0; d < k; ++d) {
      const double factor = b.at(d, j);
      for (int i = 0; i < m; ++i) sums[static_cast<std::size_t>(i)] += factor * a.at(i, d);
    }
    for (int i = 0; i < m; ++i) {
      float& to = c[static_cast<std::ptrdiff_t>(j) * ldc + i];
      const double product = alpha * sums[static_cast<std::size_t>(i)];
      // 0 times what was there is not read: it may be NaN.
      to = static_cast<float>(beta == 0 ? product : product + static_cast<double>(beta) * to);
    }
  }
}

}  // namespace
}  // namespace fgcn::simt

using fgcn::simt::Handle;
using fgcn::simt::handles;
using fgcn::simt::is_refused;
using fgcn::simt::Matrix;
using fgcn::simt::VendorDevice;

extern "C" {

const char* cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
    default:
      return "a status that the host versions do not give";
  }
}

const char* cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "done";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "no such handle";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "an argument is wrong";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "a matrix lies outside the device's memory, or the handle has no stream of a device";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "the host version has no such mode";
    default:
      return cublasGetStatusName(status);
  }
}

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  if (handle == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (is_refused("cublasCreate")) return CUBLAS_STATUS_NOT_INITIALIZED;
  *handle = static_cast<cublasHandle_t>(handles().add({}));
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  return handles().remove(handle) ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_INITIALIZED;
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  if (is_refused("cublasSetStream")) return CUBLAS_STATUS_NOT_SUPPORTED;
  Handle* found = handles().find(handle);
  if (found == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  found->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode) {
  if (is_refused("cublasSetPointerMode")) return CUBLAS_STATUS_NOT_SUPPORTED;
  Handle* found = handles().find(handle);
  if (found == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (mode != CUBLAS_POINTER_MODE_HOST && mode != CUBLAS_POINTER_MODE_DEVICE)
    return CUBLAS_STATUS_INVALID_VALUE;
  found->pointer_mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace,
                                     std::size_t workspaceSizeInBytes) {
  if (is_refused("cublasSetWorkspace")) return CUBLAS_STATUS_NOT_SUPPORTED;
  const Handle* found = handles().find(handle);
  if (found == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  constexpr std::uintptr_t kAlignment = 256;  // the manual's
  VendorDevice* memory = VendorDevice::of_stream(found->stream);
  if (memory == nullptr || !memory->holds(workspace, workspaceSizeInBytes) ||
      reinterpret_cast<std::uintptr_t>(workspace) % kAlignment != 0)
    return CUBLAS_STATUS_INVALID_VALUE;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  if (is_refused("cublasSetMathMode")) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (handles().find(handle) == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  switch (mode) {
    case CUBLAS_DEFAULT_MATH:
    case CUBLAS_PEDANTIC_MATH:
      return CUBLAS_STATUS_SUCCESS;
    case CUBLAS_TF32_TENSOR_OP_MATH:  // nothing here would show what a shorter mantissa does
      return CUBLAS_STATUS_NOT_SUPPORTED;
    default:
      return CUBLAS_STATUS_INVALID_VALUE;
  }
}

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t transa,
                              cublasOperation_t transb, int m, int n, int k, const float* alpha,
                              const float* A, int lda, const float* B, int ldb, const float* beta,
                              float* C, int ldc) {
  if (is_refused("cublasSgemm")) return CUBLAS_STATUS_NOT_SUPPORTED;
  const Handle* found = handles().find(handle);
  if (found == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (m < 0 || n < 0 || k < 0 || !fgcn::simt::is_operation(transa) ||
      !fgcn::simt::is_operation(transb) || alpha == nullptr || beta == nullptr)
    return CUBLAS_STATUS_INVALID_VALUE;
  const Matrix a(A, transa, m, k, lda), b(B, transb, k, n, ldb), c(C, CUBLAS_OP_N, m, n, ldc);
  if (!a.leading_fits() || !b.leading_fits() || !c.leading_fits() ||
      (C == nullptr && c.bytes() > 0))
    return CUBLAS_STATUS_INVALID_VALUE;
  if (c.bytes() == 0) return CUBLAS_STATUS_SUCCESS;
  VendorDevice* memory = VendorDevice::of_stream(found->stream);
  if (memory == nullptr || !memory->holds(A, a.bytes()) || !memory->holds(B, b.bytes()) ||
      !memory->holds(C, c.bytes()) || !fgcn::simt::is_readable(alpha, *found, *memory) ||
      !fgcn::simt::is_readable(beta, *found, *memory))
    return CUBLAS_STATUS_EXECUTION_FAILED;
  memory->submit([=, factor = *alpha, keep = *beta] {
    if (keep != 0) memory->to_read(C, c.bytes());
    fgcn::simt::multiply(a.in(*memory), b.in(*memory), m, n, k, factor, keep,
                         static_cast<float*>(memory->to_write(C, c.bytes())), ldc);
  });
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
