// Calls of cuBLAS with one deliberate fault each: the host versions must give the status that
// cuBLAS' manual names. And the same calls without the fault.
#include "kernels/simt/vendor/names.h"
//
#include <cublas_v2.h>
#include <doctest/doctest.h>

#include <string>

#include "autograd/tensor.h"
#include "kernels/gemm/gemm.h"

namespace fgcn {
namespace {

/// C [3, 2] = op(A) op(B) by columns, with one more row in A's and C's memory than they have; all
/// arguments right until a test changes one.
struct Call {
  Context ctx{Device::kEmulated};
  Tensor a = Tensor::of<real>(ctx, {11}, {1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9});  // [3, 3], leading 4
  Tensor b = Tensor::of<real>(ctx, {6}, {1, 0, 2, 0, 1, 1});                  // [3, 2], leading 3
  Tensor c = Tensor::full(ctx, {7}, 100);                                     // [3, 2], leading 4
  cublasHandle_t handle = nullptr;
  cublasOperation_t transa = CUBLAS_OP_N, transb = CUBLAS_OP_N;
  int m = 3, n = 2, k = 3, lda = 4, ldb = 3, ldc = 4;
  float one = 1, two = 2;
  const float* alpha = &one;
  const float* beta = &two;
  const float* A = a.data();
  const float* B = b.data();
  float* C = c.data();

  Call() {
    REQUIRE(cublasCreate(&handle) == CUBLAS_STATUS_SUCCESS);
    REQUIRE(cublasSetStream(handle, static_cast<cudaStream_t>(ctx.runtime().stream())) ==
            CUBLAS_STATUS_SUCCESS);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { cublasDestroy(handle); }

  cublasStatus_t operator()() const {
    return cublasSgemm(handle, transa, transb, m, n, k, alpha, A, lda, B, ldb, beta, C, ldc);
  }
};

/// Status of a call with one change.
template <class Change>
cublasStatus_t after(const Change& change) {
  Call call;
  change(call);
  return call();
}

TEST_CASE("cublas: the call without a fault multiplies by columns, and leaves the padding alone") {
  Call call;
  CHECK(call() == CUBLAS_STATUS_SUCCESS);
  // 1 * A B + 2 * 100
  CHECK(call.c.to_host() == std::vector<real>{215, 218, 221, 100, 211, 213, 215});
  call.transa = CUBLAS_OP_T;
  call.beta = nullptr;
  const float nothing = 0;
  call.beta = &nothing;
  CHECK(call() == CUBLAS_STATUS_SUCCESS);
  CHECK(call.c.to_host() == std::vector<real>{7, 16, 25, 100, 5, 11, 17});
}

TEST_CASE("cublas: wrong sizes, leading dimensions, operations and missing scalars are invalid") {
  const auto invalid = CUBLAS_STATUS_INVALID_VALUE;
  CHECK(after([](Call& c) { c.m = -1; }) == invalid);
  CHECK(after([](Call& c) { c.n = -1; }) == invalid);
  CHECK(after([](Call& c) { c.k = -1; }) == invalid);
  CHECK(after([](Call& c) { c.lda = 2; }) == invalid);
  CHECK(after([](Call& c) { c.ldb = 2; }) == invalid);
  CHECK(after([](Call& c) { c.ldc = 2; }) == invalid);
  // Transposed, b is stored as [2, 3]; with 2 of a leading dimension it would do.
  CHECK(after([](Call& c) { c.transb = CUBLAS_OP_T, c.ldb = 1; }) == invalid);
  CHECK(after([](Call& c) { c.transb = CUBLAS_OP_T, c.ldb = 2; }) == CUBLAS_STATUS_SUCCESS);
  CHECK(after([](Call& c) { c.transa = CUBLAS_OP_CONJG; }) == invalid);
  CHECK(after([](Call& c) { c.alpha = nullptr; }) == invalid);
  CHECK(after([](Call& c) { c.beta = nullptr; }) == invalid);
  CHECK(after([](Call& c) { c.C = nullptr; }) == invalid);
  CHECK(after([](Call& c) { c.m = 0, c.C = nullptr; }) == CUBLAS_STATUS_SUCCESS);
}

TEST_CASE("cublas: matrices that leave the device's memory fail") {
  const auto failed = CUBLAS_STATUS_EXECUTION_FAILED;
  CHECK(after([](Call& c) { c.A = nullptr; }) == failed);
  CHECK(after([](Call& c) { c.B = nullptr; }) == failed);
  CHECK(after([](Call& c) { c.lda = 5; }) == failed);
  CHECK(after([](Call& c) { c.ldb = 4; }) == failed);
  CHECK(after([](Call& c) { c.ldc = 5; }) == failed);
  CHECK(after([](Call& c) { c.A += 1; }) == failed);
  CHECK(after([](Call& c) { c.A -= 1; }) == failed);
  float on_the_host[11] = {};
  CHECK(after([&](Call& c) { c.A = on_the_host; }) == failed);
  // A scalar must lie where the pointer mode says.
  CHECK(after([](Call& c) { c.alpha = c.a.data(); }) == failed);
  CHECK(after([](Call& c) { cublasSetPointerMode(c.handle, CUBLAS_POINTER_MODE_DEVICE); }) ==
        failed);
  CHECK(after([](Call& c) {
          cublasSetPointerMode(c.handle, CUBLAS_POINTER_MODE_DEVICE);
          c.alpha = c.a.data();
          c.beta = c.a.data() + 1;
        }) == CUBLAS_STATUS_SUCCESS);
}

TEST_CASE("cublas: memory that was released, or that is another device's, fails") {
  Call call;
  { call.B = Tensor::full(call.ctx, {6}, 1).data(); }
  CHECK(call() == CUBLAS_STATUS_EXECUTION_FAILED);
  const Context elsewhere(Device::kEmulated);
  const Tensor there = Tensor::full(elsewhere, {6}, 1);
  call.B = there.data();
  CHECK(call() == CUBLAS_STATUS_EXECUTION_FAILED);
}

TEST_CASE("cublas: handles that do not exist, and streams that are no device's, are found") {
  const auto missing = CUBLAS_STATUS_NOT_INITIALIZED;
  CHECK(cublasCreate(nullptr) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(cublasDestroy(nullptr) == missing);
  CHECK(after([](Call& c) { c.handle = nullptr; }) == missing);
  CHECK(after([](Call& c) { cublasDestroy(c.handle); }) == missing);
  cublasHandle_t handle = nullptr;
  CHECK(cublasCreate(&handle) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasSetMathMode(handle, CUBLAS_DEFAULT_MATH) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasSetMathMode(handle, CUBLAS_TF32_TENSOR_OP_MATH) == CUBLAS_STATUS_NOT_SUPPORTED);
  CHECK(cublasSetMathMode(handle, static_cast<cublasMath_t>(7)) == CUBLAS_STATUS_INVALID_VALUE);
  CHECK(after([&](Call& c) { std::swap(c.handle, handle); }) == CUBLAS_STATUS_EXECUTION_FAILED);
  CHECK(cublasDestroy(handle) == CUBLAS_STATUS_SUCCESS);
  CHECK(cublasDestroy(handle) == missing);
  CHECK(cublasSetStream(handle, nullptr) == missing);
  CHECK(cublasSetMathMode(handle, CUBLAS_DEFAULT_MATH) == missing);
  CHECK(cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_HOST) == missing);
}

TEST_CASE("cublas: the operator names the call, the shapes and the status") {
  const Context ctx(Device::kEmulated), elsewhere(Device::kEmulated);
  const Tensor a = Tensor::full(ctx, {2, 3}, 1), b = Tensor::full(elsewhere, {3, 5}, 1);
  Tensor y(ctx, {2, 5});
  std::string message;
  try {
    kernels::gemm(ctx, {}, a.view(), b.view(), y.view());
  } catch (const Error& error) {
    message = error.what();
  }
  CAPTURE(message);
  for (const char* part :
       {"gemm: cublasSgemm", "a [2, 3]", "b [3, 5]", "y [2, 5]", "CUBLAS_STATUS_EXECUTION_FAILED"})
    CHECK(message.find(part) != std::string::npos);
}

}  // namespace
}  // namespace fgcn
