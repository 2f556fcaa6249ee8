#include "kernels/spmm/spmm_cusparse.h"

#include "kernels/core/workspace.h"
#include "kernels/runtime/vendor.h"
//
#include <cusparse.h>

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {
namespace {

// The fastest for matrices by rows, says the manual.
constexpr auto kAlgorithm = CUSPARSE_SPMM_CSR_ALG2;
constexpr auto kAsItIs = CUSPARSE_OPERATION_NON_TRANSPOSE;

template <class... About>
void check(cusparseStatus_t status, const char* call, const About&... about) {
  FGCN_CHECK(status == CUSPARSE_STATUS_SUCCESS, "spmm: ", call, about..., ": ",
             cusparseGetErrorName(status), ", ", cusparseGetErrorString(status));
}

/// A context's handle, on its stream.
class CusparseHandle {
 public:
  explicit CusparseHandle(const Runtime& runtime) {
    // First: it chooses the device, whose the handle is.
    auto* const stream = static_cast<cudaStream_t>(runtime.stream());
    check(cusparseCreate(&handle_), "cusparseCreate");
    try {
      check(cusparseSetStream(handle_, stream), "cusparseSetStream");
    } catch (...) {
      cusparseDestroy(handle_);
      throw;
    }
  }
  CusparseHandle(const CusparseHandle&) = delete;
  CusparseHandle& operator=(const CusparseHandle&) = delete;
  ~CusparseHandle() { cusparseDestroy(handle_); }

  cusparseHandle_t get() const { return handle_; }

 private:
  cusparseHandle_t handle_ = nullptr;
};

class Sparse {
 public:
  explicit Sparse(const CsrView& a) {
    check(cusparseCreateConstCsr(&descriptor_, a.rows, a.cols, a.nnz, a.row_begin, a.col, a.value,
                                 CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO,
                                 CUDA_R_32F),
          "cusparseCreateConstCsr", " of [", a.rows, ", ", a.cols, "]");
  }
  Sparse(const Sparse&) = delete;
  Sparse& operator=(const Sparse&) = delete;
  ~Sparse() { cusparseDestroySpMat(descriptor_); }

  cusparseConstSpMatDescr_t get() const { return descriptor_; }

 private:
  cusparseConstSpMatDescr_t descriptor_ = nullptr;
};

/// A matrix by rows.
class Dense {
 public:
  Dense(std::int64_t rows, std::int64_t columns, real* data) {
    check(cusparseCreateDnMat(&descriptor_, rows, columns, columns, data, CUDA_R_32F,
                              CUSPARSE_ORDER_ROW),
          "cusparseCreateDnMat", " of [", rows, ", ", columns, "]");
  }
  Dense(const Dense&) = delete;
  Dense& operator=(const Dense&) = delete;
  ~Dense() { cusparseDestroyDnMat(descriptor_); }

  cusparseDnMatDescr_t get() const { return descriptor_; }

 private:
  cusparseDnMatDescr_t descriptor_ = nullptr;
};

}  // namespace

void spmm_cusparse(const Context& ctx, const CsrView& a, View<const real> x, View<real> y) {
  if (y.size() == 0) return;
  if (a.nnz == 0) {
    ctx.runtime().zero(y.data, static_cast<std::size_t>(y.size()) * sizeof(real));
    return;
  }
  const std::int64_t columns = y.size() / a.rows;
  ctx.runtime().count_vendor_call();
  cusparseHandle_t handle = ctx.runtime().library<CusparseHandle>().get();
  const Sparse sparse(a);
  // One kind of descriptor for both; the product only reads x.
  const Dense from(a.cols, columns, const_cast<real*>(x.data));
  const Dense to(a.rows, columns, y.data);
  const float one = 1, nothing = 0;
  std::size_t bytes = 0;
  check(cusparseSpMM_bufferSize(handle, kAsItIs, kAsItIs, &one, sparse.get(), from.get(), &nothing,
                                to.get(), CUDA_R_32F, kAlgorithm, &bytes),
        "cusparseSpMM_bufferSize", " of x ", x.shape, " and y ", y.shape);
  const Workspace buffer(ctx, static_cast<std::int64_t>((bytes + sizeof(real) - 1) / sizeof(real)));
  check(cusparseSpMM(handle, kAsItIs, kAsItIs, &one, sparse.get(), from.get(), &nothing, to.get(),
                     CUDA_R_32F, kAlgorithm, buffer.data()),
        "cusparseSpMM", " of x ", x.shape, " and y ", y.shape);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
