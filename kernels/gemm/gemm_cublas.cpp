// cuBLAS counts matrices by columns: what we store as y by rows is its y transposed, and
// y^T = op(b)^T op(a)^T. So a and b change places and nothing is copied.
#include "kernels/gemm/gemm.h"
#include "kernels/runtime/vendor.h"
//
#include <cublas_v2.h>

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {
namespace {

template <class... About>
void check(cublasStatus_t status, const char* call, const About&... about) {
  FGCN_CHECK(status == CUBLAS_STATUS_SUCCESS, "gemm: ", call, about..., ": ",
             cublasGetStatusName(status), ", ", cublasGetStatusString(status));
}

/// Workspace that cuBLAS takes by itself on most devices. The runtime gives it, so that cuBLAS
/// takes none while work is recorded (graph.h): each product of a graph would hold memory of its
/// own.
constexpr std::size_t kWorkspaceBytes = std::size_t{4} << 20;

/// A context's handle. One handle on one stream: cuBLAS then gives the same bits in every run on
/// one kind of GPU and one version of the library ("Results reproducibility" in its manual).
class CublasHandle {
 public:
  explicit CublasHandle(Runtime& runtime) : runtime_(runtime) {
    FGCN_CHECK(!runtime.recording(), "gemm: the first product is being recorded; do one before");
    // First: it chooses the device, whose the handle is.
    auto* const stream = static_cast<cudaStream_t>(runtime.stream());
    check(cublasCreate(&handle_), "cublasCreate");
    try {
      check(cublasSetStream(handle_, stream), "cublasSetStream");
      workspace_ = runtime_.allocate(kWorkspaceBytes);
      check(cublasSetWorkspace(handle_, workspace_, kWorkspaceBytes), "cublasSetWorkspace");
      // Sums and products in float32: no tensor cores with shorter mantissas.
      check(cublasSetMathMode(handle_, CUBLAS_DEFAULT_MATH), "cublasSetMathMode");
      check(cublasSetPointerMode(handle_, CUBLAS_POINTER_MODE_HOST), "cublasSetPointerMode");
    } catch (...) {
      release();
      throw;
    }
  }
  CublasHandle(const CublasHandle&) = delete;
  CublasHandle& operator=(const CublasHandle&) = delete;
  ~CublasHandle() { release(); }

  cublasHandle_t get() const { return handle_; }

 private:
  void release() noexcept {
    cublasDestroy(handle_);
    runtime_.release(workspace_, kWorkspaceBytes);
  }

  Runtime& runtime_;
  cublasHandle_t handle_ = nullptr;
  void* workspace_ = nullptr;
};

}  // namespace

void gemm(const Context& ctx, const GemmOptions& options, View<const real> a, View<const real> b,
          View<real> y) {
  static_assert(sizeof(real) == sizeof(float), "the GPU's build is in single precision");
  const int m = vendor_size("gemm", y.dim(0)), n = vendor_size("gemm", y.dim(1));
  const int k = vendor_size("gemm", a.dim(is_transposed(options.transpose_a) ? 0 : 1));
  if (m == 0 || n == 0) return;
  if (k == 0) {  // an empty matrix has no address to give
    if (!options.accumulate)
      ctx.runtime().zero(y.data, static_cast<std::size_t>(y.size()) * sizeof(real));
    return;
  }
  ctx.runtime().count_vendor_call();
  (void)ctx.runtime().stream();  // chooses the device: another context may have chosen its own
  const float one = 1;
  const float before = options.accumulate ? 1.0f : 0.0f;  // 0: y is not read
  check(cublasSgemm(ctx.runtime().library<CublasHandle>().get(),
                    is_transposed(options.transpose_b) ? CUBLAS_OP_T : CUBLAS_OP_N,
                    is_transposed(options.transpose_a) ? CUBLAS_OP_T : CUBLAS_OP_N, n, m, k, &one,
                    b.data, static_cast<int>(b.dim(1)), a.data, static_cast<int>(a.dim(1)), &before,
                    y.data, n),
        "cublasSgemm", " of a ", a.shape, (is_transposed(options.transpose_a) ? " transposed" : ""),
        ", b ", b.shape, (is_transposed(options.transpose_b) ? " transposed" : ""), " and y ",
        y.shape);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
