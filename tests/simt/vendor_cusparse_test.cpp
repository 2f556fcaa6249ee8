// The product by cuSPARSE against the operator's own; and calls of cuSPARSE with one deliberate
// fault each, for which the host versions must give the status that its manual names.
#include "kernels/simt/vendor/names.h"
//
#include <cusparse.h>
#include <doctest/doctest.h>

#include "autograd/ops/spmm.h"
#include "kernels/spmm/spmm.h"
#include "kernels/spmm/spmm_cusparse.h"
#include "tests/support/op_check.h"

namespace fgcn {
namespace {

TEST_CASE("spmm by cuSPARSE gives what spmm gives on the CPU") {
  struct Case {
    std::int64_t rows, cols, columns;
    double density;
  };
  for (const Case& k :
       {Case{1, 1, 1, 1}, Case{5, 9, 3, 0}, Case{37, 53, 10, 0.1}, Case{0, 4, 2, 1}}) {
    CAPTURE(k.rows);
    Rng rng(1);
    const Csr a = test::random_csr(k.rows, k.cols, k.density, rng);
    const Tensor x = test::uniform({k.cols, k.columns}, rng);
    const Context cpu;
    Tensor y(cpu, {k.rows, k.columns});
    kernels::spmm(cpu, SparseOperator(cpu, a).view(), x.view(), y.view());
    const std::vector<double> expected = test::to_double(y);
    for (const Device device : {Device::kEmulated, Device::kCuda}) {
      if (!available(device)) continue;
      const Context ctx(device);
      Tensor out = test::poisoned(ctx, {k.rows, k.columns});
      kernels::spmm_cusparse(ctx, SparseOperator(ctx, a).view(), x.to(ctx).view(), out.view());
      test::check_close(out, expected);
    }
  }
}

TEST_CASE("spmm by cuSPARSE names what does not fit, and is not there on the CPU") {
  const Context ctx(Device::kEmulated), cpu;
  Rng rng(2);
  const Csr a = test::random_csr(4, 5, 1, rng);
  Tensor y(ctx, {4, 3}), on_cpu(cpu, {4, 3});
  CHECK_THROWS_WITH_AS(kernels::spmm_cusparse(ctx, SparseOperator(ctx, a).view(),
                                              Tensor(ctx, {6, 3}).view(), y.view()),
                       doctest::Contains("x is [6, 3] and y [4, 3], A is [4, 5]"), Error);
  CHECK_THROWS_AS(kernels::spmm_cusparse(cpu, SparseOperator(cpu, a).view(),
                                         Tensor(cpu, {5, 3}).view(), on_cpu.view()),
                  MissingBackend);
}

constexpr auto kRight = CUSPARSE_STATUS_SUCCESS;
constexpr auto kInvalid = CUSPARSE_STATUS_INVALID_VALUE;
constexpr auto kNotSupported = CUSPARSE_STATUS_NOT_SUPPORTED;
constexpr auto kFailed = CUSPARSE_STATUS_EXECUTION_FAILED;
constexpr auto kMissing = CUSPARSE_STATUS_NOT_INITIALIZED;

/// [2, 3] times [3, 4] by rows; every argument right until a test changes one.
struct Call {
  Context ctx{Device::kEmulated};
  IndexTensor row_begin = IndexTensor::of<std::int32_t>(ctx, {3}, {0, 1, 3});
  IndexTensor col = IndexTensor::of<std::int32_t>(ctx, {3}, {2, 0, 1});
  Tensor value = Tensor::full(ctx, {3}, 2), x = Tensor::full(ctx, {3, 4}, 1);
  Tensor y = Tensor::full(ctx, {2, 4}, 1), memory{ctx, {8}};
  cusparseHandle_t handle = nullptr;
  cusparseConstSpMatDescr_t a = nullptr;
  cusparseDnMatDescr_t b = nullptr, c = nullptr;
  cusparseOperation_t op_a = CUSPARSE_OPERATION_NON_TRANSPOSE;
  cusparseSpMMAlg_t algorithm = CUSPARSE_SPMM_CSR_ALG2;
  float one = 1, none = 0;
  const void *alpha = &one, *beta = &none;
  void* buffer = memory.data();

  Call() {
    REQUIRE(cusparseCreate(&handle) == kRight);
    REQUIRE(cusparseSetStream(handle, static_cast<cudaStream_t>(ctx.runtime().stream())) == kRight);
    REQUIRE(set_a(2, 3, 3) == kRight);
    REQUIRE(set(&b, 3, 4, x.data()) == kRight);
    REQUIRE(set(&c, 2, 4, y.data()) == kRight);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    cusparseDestroyDnMat(c);
    cusparseDestroyDnMat(b);
    cusparseDestroySpMat(a);
    cusparseDestroy(handle);
  }

  cusparseStatus_t set_a(std::int64_t rows, std::int64_t cols, std::int64_t entries) {
    cusparseDestroySpMat(a);
    return cusparseCreateConstCsr(&a, rows, cols, entries, row_begin.data(), col.data(),
                                  value.data(), CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I,
                                  CUSPARSE_INDEX_BASE_ZERO, CUDA_R_32F);
  }
  static cusparseStatus_t set(cusparseDnMatDescr_t* matrix, std::int64_t rows, std::int64_t cols,
                              float* data) {
    cusparseDestroyDnMat(*matrix);
    return cusparseCreateDnMat(matrix, rows, cols, cols, data, CUDA_R_32F, CUSPARSE_ORDER_ROW);
  }
  cusparseStatus_t operator()() const {
    const auto plain = CUSPARSE_OPERATION_NON_TRANSPOSE;
    std::size_t bytes = 0;
    const cusparseStatus_t asked = cusparseSpMM_bufferSize(handle, op_a, plain, alpha, a, b, beta,
                                                           c, CUDA_R_32F, algorithm, &bytes);
    const cusparseStatus_t done =
        cusparseSpMM(handle, op_a, plain, alpha, a, b, beta, c, CUDA_R_32F, algorithm, buffer);
    if (asked != kRight) {
      CHECK(done == asked);
    } else {
      CHECK(bytes == memory.bytes());
    }
    return done;
  }
};

template <class Change>
cusparseStatus_t after(const Change& change) {
  Call call;
  change(call);
  return call();
}

TEST_CASE("cusparse: the call without a fault multiplies; what was there is added when asked for") {
  Call call;
  CHECK(call() == kRight);
  CHECK(call.y.to_host() == std::vector<real>{2, 2, 2, 2, 4, 4, 4, 4});
  call.beta = &call.one;
  CHECK(call() == kRight);
  CHECK(call.y.to_host() == std::vector<real>{4, 4, 4, 4, 8, 8, 8, 8});
}

TEST_CASE("cusparse: descriptors that are gone, wrong or do not fit together are invalid") {
  CHECK(after([](Call& c) { c.alpha = nullptr; }) == kInvalid);
  CHECK(after([](Call& c) { c.beta = nullptr; }) == kInvalid);
  CHECK(after([](Call& c) { cusparseDestroySpMat(c.a); }) == kInvalid);
  CHECK(after([](Call& c) { cusparseDestroyDnMat(c.b); }) == kInvalid);
  CHECK(after([](Call& c) { cusparseDestroyDnMat(c.c); }) == kInvalid);
  CHECK(after([](Call& c) { c.set_a(2, 4, 3); }) == kInvalid);
  CHECK(after([](Call& c) { c.set_a(1, 3, 1); }) == kInvalid);
  CHECK(after([](Call& c) { Call::set(&c.c, 2, 3, c.y.data()); }) == kInvalid);
  Call c;
  CHECK(c.set_a(-1, 3, 3) == kInvalid);
  CHECK(Call::set(&c.b, 3, 4, nullptr) == kInvalid);
  cusparseDnMatDescr_t narrow = nullptr;
  CHECK(cusparseCreateDnMat(&narrow, 3, 4, 3, c.x.data(), CUDA_R_32F, CUSPARSE_ORDER_ROW) ==
        kInvalid);
  CHECK(cusparseCreateDnMat(&narrow, 3, 4, 4, c.x.data(), CUDA_R_32F, CUSPARSE_ORDER_COL) ==
        kNotSupported);
  CHECK(cusparseCreateConstCsr(nullptr, 2, 3, 3, c.row_begin.data(), c.col.data(), c.value.data(),
                               CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO,
                               CUDA_R_32F) == kInvalid);
}

TEST_CASE("cusparse: memory that is left, a buffer too small and columns outside fail") {
  CHECK(after([](Call& c) { c.buffer = c.memory.data() + 1; }) == kFailed);
  CHECK(after([](Call& c) { c.buffer = nullptr; }) == kFailed);
  CHECK(after([](Call& c) { Call::set(&c.b, 3, 4, c.x.data() + 1); }) == kFailed);
  CHECK(after([](Call& c) { Call::set(&c.c, 2, 4, c.y.data() + 1); }) == kFailed);
  CHECK(after([](Call& c) { c.set_a(2, 3, 4); }) == kFailed);
  CHECK(after([](Call& c) {
          const std::vector<std::int32_t> outside{3, 0, 1};
          c.ctx.runtime().upload(c.col.data(), outside.data(), 12);
        }) == kFailed);
  CHECK(after([](Call& c) {
          const std::vector<std::int32_t> falling{0, 4, 3};
          c.ctx.runtime().upload(c.row_begin.data(), falling.data(), 12);
        }) == kFailed);
}

TEST_CASE("cusparse: handles that do not exist, and what there is no host version of") {
  CHECK(cusparseCreate(nullptr) == kInvalid);
  CHECK(after([](Call& c) { c.handle = nullptr; }) == kMissing);
  CHECK(after([](Call& c) { cusparseDestroy(c.handle); }) == kMissing);
  CHECK(after([](Call& c) { cusparseSetStream(c.handle, nullptr); }) == kFailed);
  CHECK(after([](Call& c) { c.op_a = CUSPARSE_OPERATION_TRANSPOSE; }) == kNotSupported);
  CHECK(after([](Call& c) { c.algorithm = CUSPARSE_SPMM_CSR_ALG1; }) == kNotSupported);
}

}  // namespace
}  // namespace fgcn
