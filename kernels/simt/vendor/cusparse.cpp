// The calls of cuSPARSE that the kernels make, on the emulated device: every argument is checked as
// cuSPARSE's manual says, and the matrices against the memory that they must lie in.
#include "kernels/simt/vendor/names.h"
//
#include <cusparse.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/simt/objects.h"
#include "kernels/simt/vendor/refusals.h"
#include "kernels/simt/vendor/vendor_device.h"

namespace fgcn::simt {
namespace {

struct Handle {
  cudaStream_t stream = nullptr;
};
struct Sparse {
  std::int64_t rows = 0, cols = 0, nnz = 0;
  const std::int32_t* row_begin = nullptr;
  const std::int32_t* col = nullptr;
  const float* value = nullptr;
};
/// By rows.
struct Dense {
  std::int64_t rows = 0, cols = 0, leading = 0;
  float* values = nullptr;

  std::size_t bytes() const {
    return rows == 0 ? 0 : static_cast<std::size_t>((rows - 1) * leading + cols) * sizeof(float);
  }
};

/// cuSPARSE's interface is C's: handles and descriptors have no other place.
Objects<Handle>& handles() {
  static Objects<Handle> all;
  return all;
}
Objects<Sparse>& sparse_matrices() {
  static Objects<Sparse> all;
  return all;
}
Objects<Dense>& dense_matrices() {
  static Objects<Dense> all;
  return all;
}

/// Arguments that both calls of a product take.
struct Product {
  cusparseHandle_t handle;
  cusparseOperation_t op_a, op_b;
  const void *alpha, *beta;
  cusparseConstSpMatDescr_t a;
  cusparseConstDnMatDescr_t b;
  cusparseDnMatDescr_t c;
  cudaDataType type;
  cusparseSpMMAlg_t algorithm;
};

cusparseStatus_t check(const Product& p) {
  if (handles().find(p.handle) == nullptr) return CUSPARSE_STATUS_NOT_INITIALIZED;
  const Sparse* a = sparse_matrices().find(p.a);
  const Dense *b = dense_matrices().find(p.b), *c = dense_matrices().find(p.c);
  if (p.alpha == nullptr || p.beta == nullptr || a == nullptr || b == nullptr || c == nullptr ||
      a->cols != b->rows || a->rows != c->rows || b->cols != c->cols)
    return CUSPARSE_STATUS_INVALID_VALUE;
  if (p.op_a != CUSPARSE_OPERATION_NON_TRANSPOSE || p.op_b != CUSPARSE_OPERATION_NON_TRANSPOSE ||
      p.type != CUDA_R_32F || p.algorithm != CUSPARSE_SPMM_CSR_ALG2)
    return CUSPARSE_STATUS_NOT_SUPPORTED;
  return CUSPARSE_STATUS_SUCCESS;
}

/// A row of sums.
std::size_t buffer_bytes(const Dense& c) {
  return static_cast<std::size_t>(c.cols) * sizeof(double);
}

/// Rows in order, columns within the matrix: a GPU would read elsewhere. Looked at when the call is
/// made, so what the matrix holds has to be there by then.
bool is_consistent(const Sparse& a) {
  if (a.row_begin[0] != 0 || a.row_begin[a.rows] != a.nnz) return false;
  for (std::int64_t r = 0; r < a.rows; ++r)
    if (a.row_begin[r + 1] < a.row_begin[r]) return false;
  return std::all_of(a.col, a.col + a.nnz,
                     [&](std::int32_t col) { return col >= 0 && col < a.cols; });
}

/// The matrix where the host reads it.
Sparse in(VendorDevice& memory, const Sparse& a) {
  const auto read = [&](const auto* data, std::int64_t count) {
    return static_cast<decltype(data)>(
        memory.to_read(data, static_cast<std::size_t>(count) * sizeof *data));
  };
  return {a.rows,
          a.cols,
          a.nnz,
          read(a.row_begin, a.rows + 1),
          read(a.col, a.nnz),
          read(a.value, a.nnz)};
}

bool is_consistent_on(VendorDevice& memory, const Sparse& a) {
  bool out = false;
  memory.look([&] { out = is_consistent(in(memory, a)); });
  return out;
}

bool lies_in(const VendorDevice& memory, const Sparse& a) {
  return memory.holds(a.row_begin, static_cast<std::size_t>(a.rows + 1) * sizeof *a.row_begin) &&
         memory.holds(a.col, static_cast<std::size_t>(a.nnz) * sizeof *a.col) &&
         memory.holds(a.value, static_cast<std::size_t>(a.nnz) * sizeof *a.value);
}

void multiply(const Sparse& a, const Dense& b, const Dense& c, float alpha, float beta,
              double* sums) {
  for (std::int64_t r = 0; r < a.rows; ++r) {
    std::fill_n(sums, c.cols, 0.0);
    for (std::int32_t e = a.row_begin[r]; e < a.row_begin[r + 1]; ++e)
      for (std::int64_t k = 0; k < c.cols; ++k)
        sums[k] += static_cast<double>(a.value[e]) * b.values[a.col[e] * b.leading + k];
    for (std::int64_t k = 0; k < c.cols; ++k) {
      float& to = c.values[r * c.leading + k];
      // 0 times what was there is not read: it may be NaN.
      to = static_cast<float>(beta == 0 ? alpha * sums[k]
                                        : alpha * sums[k] + static_cast<double>(beta) * to);
    }
  }
}

}  // namespace
}  // namespace fgcn::simt

using namespace fgcn::simt;  // NOLINT(google-build-using-namespace): what follows is C's

extern "C" {

const char* cusparseGetErrorName(cusparseStatus_t status) {
  switch (status) {
    case CUSPARSE_STATUS_SUCCESS:
      return "CUSPARSE_STATUS_SUCCESS";
    case CUSPARSE_STATUS_NOT_INITIALIZED:
      return "CUSPARSE_STATUS_NOT_INITIALIZED";
    case CUSPARSE_STATUS_INVALID_VALUE:
      return "CUSPARSE_STATUS_INVALID_VALUE";
    case CUSPARSE_STATUS_NOT_SUPPORTED:
      return "CUSPARSE_STATUS_NOT_SUPPORTED";
    case CUSPARSE_STATUS_EXECUTION_FAILED:
      return "CUSPARSE_STATUS_EXECUTION_FAILED";
    default:
      return "a status that the host versions do not give";
  }
}

const char* cusparseGetErrorString(cusparseStatus_t status) {
  return status == CUSPARSE_STATUS_SUCCESS ? "done" : "refused by the host version";
}

cusparseStatus_t cusparseCreate(cusparseHandle_t* handle) {
  if (is_refused("cusparseCreate")) return CUSPARSE_STATUS_NOT_SUPPORTED;
  if (handle == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  *handle = static_cast<cusparseHandle_t>(handles().add({}));
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t cusparseDestroy(cusparseHandle_t handle) {
  return handles().remove(handle) ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_NOT_INITIALIZED;
}

cusparseStatus_t cusparseSetStream(cusparseHandle_t handle, cudaStream_t streamId) {
  if (is_refused("cusparseSetStream")) return CUSPARSE_STATUS_NOT_SUPPORTED;
  Handle* found = handles().find(handle);
  if (found == nullptr) return CUSPARSE_STATUS_NOT_INITIALIZED;
  found->stream = streamId;
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t cusparseCreateConstCsr(cusparseConstSpMatDescr_t* spMatDescr, std::int64_t rows,
                                        std::int64_t cols, std::int64_t nnz,
                                        const void* csrRowOffsets, const void* csrColInd,
                                        const void* csrValues,
                                        cusparseIndexType_t csrRowOffsetsType,
                                        cusparseIndexType_t csrColIndType,
                                        cusparseIndexBase_t idxBase, cudaDataType valueType) {
  if (is_refused("cusparseCreateConstCsr")) return CUSPARSE_STATUS_NOT_SUPPORTED;
  if (spMatDescr == nullptr || rows < 0 || cols < 0 || nnz < 0 || csrRowOffsets == nullptr ||
      (nnz > 0 && (csrColInd == nullptr || csrValues == nullptr)))
    return CUSPARSE_STATUS_INVALID_VALUE;
  if (csrRowOffsetsType != CUSPARSE_INDEX_32I || csrColIndType != CUSPARSE_INDEX_32I ||
      idxBase != CUSPARSE_INDEX_BASE_ZERO || valueType != CUDA_R_32F)
    return CUSPARSE_STATUS_NOT_SUPPORTED;
  *spMatDescr = static_cast<cusparseConstSpMatDescr_t>(sparse_matrices().add(
      {rows, cols, nnz, static_cast<const std::int32_t*>(csrRowOffsets),
       static_cast<const std::int32_t*>(csrColInd), static_cast<const float*>(csrValues)}));
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t spMatDescr) {
  return sparse_matrices().remove(spMatDescr) ? CUSPARSE_STATUS_SUCCESS
                                              : CUSPARSE_STATUS_INVALID_VALUE;
}

cusparseStatus_t cusparseCreateDnMat(cusparseDnMatDescr_t* dnMatDescr, std::int64_t rows,
                                     std::int64_t cols, std::int64_t ld, void* values,
                                     cudaDataType valueType, cusparseOrder_t order) {
  if (is_refused("cusparseCreateDnMat")) return CUSPARSE_STATUS_NOT_SUPPORTED;
  if (dnMatDescr == nullptr || rows < 0 || cols < 0 || values == nullptr ||
      ld < (order == CUSPARSE_ORDER_ROW ? cols : rows))
    return CUSPARSE_STATUS_INVALID_VALUE;
  if (valueType != CUDA_R_32F || order != CUSPARSE_ORDER_ROW) return CUSPARSE_STATUS_NOT_SUPPORTED;
  *dnMatDescr = static_cast<cusparseDnMatDescr_t>(
      dense_matrices().add({rows, cols, ld, static_cast<float*>(values)}));
  return CUSPARSE_STATUS_SUCCESS;
}

cusparseStatus_t cusparseDestroyDnMat(cusparseConstDnMatDescr_t dnMatDescr) {
  return dense_matrices().remove(dnMatDescr) ? CUSPARSE_STATUS_SUCCESS
                                             : CUSPARSE_STATUS_INVALID_VALUE;
}

cusparseStatus_t cusparseSpMM_bufferSize(cusparseHandle_t handle, cusparseOperation_t opA,
                                         cusparseOperation_t opB, const void* alpha,
                                         cusparseConstSpMatDescr_t matA,
                                         cusparseConstDnMatDescr_t matB, const void* beta,
                                         cusparseDnMatDescr_t matC, cudaDataType computeType,
                                         cusparseSpMMAlg_t alg, std::size_t* bufferSize) {
  if (is_refused("cusparseSpMM_bufferSize")) return CUSPARSE_STATUS_NOT_SUPPORTED;
  const cusparseStatus_t status =
      check({handle, opA, opB, alpha, beta, matA, matB, matC, computeType, alg});
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  if (bufferSize == nullptr) return CUSPARSE_STATUS_INVALID_VALUE;
  *bufferSize =
      asked_workspace("cusparseSpMM_bufferSize", buffer_bytes(*dense_matrices().find(matC)));
  return CUSPARSE_STATUS_SUCCESS;
}

/// The buffer's size is not among the arguments: it is what it must be to the end of its memory.
cusparseStatus_t cusparseSpMM(cusparseHandle_t handle, cusparseOperation_t opA,
                              cusparseOperation_t opB, const void* alpha,
                              cusparseConstSpMatDescr_t matA, cusparseConstDnMatDescr_t matB,
                              const void* beta, cusparseDnMatDescr_t matC, cudaDataType computeType,
                              cusparseSpMMAlg_t alg, void* externalBuffer) {
  if (is_refused("cusparseSpMM")) return CUSPARSE_STATUS_NOT_SUPPORTED;
  const cusparseStatus_t status =
      check({handle, opA, opB, alpha, beta, matA, matB, matC, computeType, alg});
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  const Sparse a = *sparse_matrices().find(matA);
  const Dense b = *dense_matrices().find(matB), c = *dense_matrices().find(matC);
  VendorDevice* memory = VendorDevice::of_stream(handles().find(handle)->stream);
  if (memory == nullptr || !lies_in(*memory, a) || !memory->holds(b.values, b.bytes()) ||
      !memory->holds(c.values, c.bytes()) || !memory->holds(externalBuffer, buffer_bytes(c)) ||
      memory->holds(alpha, sizeof(float)) || memory->holds(beta, sizeof(float)) ||
      !is_consistent_on(*memory, a))
    return CUSPARSE_STATUS_EXECUTION_FAILED;
  memory->submit(
      [=, factor = *static_cast<const float*>(alpha), before = *static_cast<const float*>(beta)] {
        Dense from = b, to = c;
        from.values = static_cast<float*>(const_cast<void*>(memory->to_read(b.values, b.bytes())));
        if (before != 0) memory->to_read(c.values, c.bytes());
        to.values = static_cast<float*>(memory->to_write(c.values, c.bytes()));
        multiply(in(*memory, a), from, to, factor, before,
                 static_cast<double*>(memory->to_write(externalBuffer, buffer_bytes(c))));
      });
  return CUSPARSE_STATUS_SUCCESS;
}

}  // extern "C"
