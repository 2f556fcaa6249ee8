// Calls of cuDNN with one deliberate fault each: the host versions must give the status that
// cuDNN's manual names. And the same calls without the fault.
#include "kernels/simt/vendor/names.h"
//
#include <cudnn.h>
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/conv2d/conv2d_vendor.h"

namespace fgcn {
namespace {

constexpr auto kRight = CUDNN_STATUS_SUCCESS;
constexpr auto kBad = CUDNN_STATUS_BAD_PARAM;
constexpr auto kNotSupported = CUDNN_STATUS_NOT_SUPPORTED;
constexpr auto kFailed = CUDNN_STATUS_EXECUTION_FAILED;
constexpr auto kMissing = CUDNN_STATUS_NOT_INITIALIZED;

/// A convolution of images [1, 3, 4, 2] by a filter [5, 2, 2, 2] with a stride of 1 and a pad of 1
/// to [1, 4, 5, 5], all channels last; every argument right until a test changes one. Each of the
/// three calls is made in turn.
struct Call {
  Context ctx{Device::kEmulated};
  Tensor on_x = Tensor::full(ctx, {1, 3, 4, 2}, 1), on_w = Tensor::full(ctx, {5, 2, 2, 2}, 1);
  Tensor on_y = Tensor::full(ctx, {1, 4, 5, 5}, 1), memory{ctx, {200}};
  cudnnHandle_t handle = nullptr;
  cudnnTensorDescriptor_t of_x = nullptr, of_y = nullptr;
  cudnnFilterDescriptor_t of_w = nullptr;
  cudnnConvolutionDescriptor_t rule = nullptr;
  cudnnConvolutionFwdAlgo_t forward = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
  cudnnConvolutionBwdDataAlgo_t by_input = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
  cudnnConvolutionBwdFilterAlgo_t by_weight = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;
  float one = 1, none = 0;
  const void *alpha = &one, *beta = &none;
  float *x = on_x.data(), *w = on_w.data(), *y = on_y.data();
  void* workspace = memory.data();
  std::size_t missing_bytes = 0;  // of the workspace

  Call() {
    REQUIRE(cudnnCreate(&handle) == kRight);
    REQUIRE(cudnnSetStream(handle, static_cast<cudaStream_t>(ctx.runtime().stream())) == kRight);
    REQUIRE(cudnnCreateTensorDescriptor(&of_x) == kRight);
    REQUIRE(cudnnCreateTensorDescriptor(&of_y) == kRight);
    REQUIRE(cudnnCreateFilterDescriptor(&of_w) == kRight);
    REQUIRE(cudnnCreateConvolutionDescriptor(&rule) == kRight);
    REQUIRE(set_x(1, 2, 3, 4) == kRight);
    REQUIRE(set_y(1, 5, 4, 5) == kRight);
    REQUIRE(set_w(5, 2, 2, 2) == kRight);
    REQUIRE(set_rule(1, 1, 1) == kRight);
    REQUIRE(cudnnSetConvolutionMathType(rule, CUDNN_FMA_MATH) == kRight);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    cudnnDestroyConvolutionDescriptor(rule);
    cudnnDestroyFilterDescriptor(of_w);
    cudnnDestroyTensorDescriptor(of_y);
    cudnnDestroyTensorDescriptor(of_x);
    cudnnDestroy(handle);
  }

  cudnnStatus_t set_x(int n, int c, int h, int w_) {
    return cudnnSetTensor4dDescriptor(of_x, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, n, c, h, w_);
  }
  cudnnStatus_t set_y(int n, int c, int h, int w_) {
    return cudnnSetTensor4dDescriptor(of_y, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, n, c, h, w_);
  }
  cudnnStatus_t set_w(int k, int c, int h, int w_) {
    return cudnnSetFilter4dDescriptor(of_w, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC, k, c, h, w_);
  }
  cudnnStatus_t set_rule(int pad, int stride, int dilation) {
    return cudnnSetConvolution2dDescriptor(rule, pad, pad, stride, stride, dilation, dilation,
                                           CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT);
  }

  /// The status of asking for the workspace, or else of the call.
  cudnnStatus_t operator()(int which) const {
    std::size_t bytes = 0;
    cudnnStatus_t status = which == 0 ? cudnnGetConvolutionForwardWorkspaceSize(
                                            handle, of_x, of_w, rule, of_y, forward, &bytes)
                           : which == 1 ? cudnnGetConvolutionBackwardDataWorkspaceSize(
                                              handle, of_w, of_y, rule, of_x, by_input, &bytes)
                                        : cudnnGetConvolutionBackwardFilterWorkspaceSize(
                                              handle, of_x, of_y, rule, of_w, by_weight, &bytes);
    if (status == kRight) {
      REQUIRE(bytes > 0);  // or its lack could not be seen
      REQUIRE(bytes <= memory.bytes());
    }
    const std::size_t given = bytes - std::min(bytes, missing_bytes);
    const cudnnStatus_t done =
        which == 0   ? cudnnConvolutionForward(handle, alpha, of_x, x, of_w, w, rule, forward,
                                               workspace, given, beta, of_y, y)
        : which == 1 ? cudnnConvolutionBackwardData(handle, alpha, of_w, w, of_y, y, rule, by_input,
                                                    workspace, given, beta, of_x, x)
                     : cudnnConvolutionBackwardFilter(handle, alpha, of_x, x, of_y, y, rule,
                                                      by_weight, workspace, given, beta, of_w, w);
    // The call refuses whatever the first question refuses.
    if (status != kRight) CHECK(done == status);
    return done;
  }
};

/// Each of the three calls, with one change, gives this status.
template <class Change>
bool all_give(cudnnStatus_t expected, const Change& change) {
  bool all = true;
  for (const int which : {0, 1, 2}) {
    Call call;
    change(call);
    all = all && call(which) == expected;
  }
  return all;
}

TEST_CASE("cudnn: the calls without a fault convolve; what was there is added when asked for") {
  CHECK(all_give(kRight, [](Call&) {}));
  Call call;
  CHECK(call(0) == kRight);
  // Corners see one pixel of two channels, the inside four of them.
  CHECK(call.on_y.to_host()[0] == 2);
  CHECK(call.on_y.to_host()[(1 * 5 + 1) * 5] == 8);
  call.beta = &call.one;
  CHECK(call(0) == kRight);
  CHECK(call.on_y.to_host()[0] == 4);
}

TEST_CASE("cudnn: null pointers are bad parameters") {
  CHECK(all_give(kBad, [](Call& c) { c.x = nullptr; }));
  CHECK(all_give(kBad, [](Call& c) { c.y = nullptr; }));
  CHECK(all_give(kBad, [](Call& c) { c.w = nullptr; }));
  CHECK(all_give(kBad, [](Call& c) { c.alpha = nullptr; }));
  CHECK(all_give(kBad, [](Call& c) { c.beta = nullptr; }));
  CHECK(all_give(kBad, [](Call& c) { c.workspace = nullptr; }));
  CHECK(cudnnCreate(nullptr) == kBad);
  CHECK(cudnnCreateTensorDescriptor(nullptr) == kBad);
  CHECK(cudnnCreateFilterDescriptor(nullptr) == kBad);
  CHECK(cudnnCreateConvolutionDescriptor(nullptr) == kBad);
  const Call c;
  CHECK(cudnnGetConvolutionForwardWorkspaceSize(c.handle, c.of_x, c.of_w, c.rule, c.of_y, c.forward,
                                                nullptr) == kBad);
}

TEST_CASE("cudnn: descriptors that are gone, not yet set, or do not fit together") {
  CHECK(all_give(kBad, [](Call& c) { cudnnDestroyTensorDescriptor(c.of_x); }));
  CHECK(all_give(kBad, [](Call& c) { cudnnDestroyTensorDescriptor(c.of_y); }));
  CHECK(all_give(kBad, [](Call& c) { cudnnDestroyFilterDescriptor(c.of_w); }));
  CHECK(all_give(kBad, [](Call& c) { cudnnDestroyConvolutionDescriptor(c.rule); }));
  CHECK(all_give(kBad, [](Call& c) {
    cudnnDestroyTensorDescriptor(c.of_x);
    cudnnCreateTensorDescriptor(&c.of_x);
  }));
  CHECK(all_give(kBad, [](Call& c) { c.set_x(1, 3, 3, 4); }));  // channels
  CHECK(all_give(kBad, [](Call& c) { c.set_y(2, 5, 4, 5); }));  // images
  CHECK(all_give(kBad, [](Call& c) { c.set_y(1, 4, 4, 5); }));  // filters
  CHECK(all_give(kBad, [](Call& c) { c.set_y(1, 5, 5, 5); }));  // rows
  CHECK(all_give(kBad, [](Call& c) { c.set_y(1, 5, 4, 4); }));  // columns
  CHECK(all_give(kBad, [](Call& c) { c.set_rule(0, 1, 1); }));
  CHECK(all_give(kBad, [](Call& c) { c.set_rule(1, 2, 1); }));
  CHECK(all_give(kBad, [](Call& c) { c.set_rule(1, 1, 2); }));
  CHECK(all_give(kBad, [](Call& c) { c.set_w(5, 2, 6, 2); }));  // does not fit into the image
}

TEST_CASE("cudnn: descriptors refuse what cannot be") {
  Call c;
  CHECK(c.set_x(1, 2, -3, 4) == kBad);
  CHECK(c.set_w(0, 2, 2, 2) == kBad);
  CHECK(c.set_x(1 << 12, 1 << 12, 1 << 12, 4) == kNotSupported);  // over 2^31 elements
  CHECK(c.set_rule(-1, 1, 1) == kBad);
  CHECK(c.set_rule(1, 0, 1) == kBad);
  CHECK(c.set_rule(1, 1, 0) == kBad);
  CHECK(cudnnSetTensor4dDescriptor(c.of_x, static_cast<cudnnTensorFormat_t>(3), CUDNN_DATA_FLOAT, 1,
                                   1, 1, 1) == kBad);
  CHECK(cudnnSetTensor4dDescriptor(nullptr, CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, 1, 1, 1, 1) ==
        kBad);
  CHECK(cudnnDestroyTensorDescriptor(nullptr) == kBad);
}

TEST_CASE("cudnn: other layouts, types, precisions and algorithms are not supported here") {
  Call c;
  CHECK(cudnnSetTensor4dDescriptor(c.of_x, CUDNN_TENSOR_NHWC, CUDNN_DATA_HALF, 1, 2, 3, 4) ==
        kNotSupported);
  CHECK(all_give(kNotSupported, [](Call& k) {
    cudnnSetTensor4dDescriptor(k.of_x, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1, 2, 3, 4);
  }));
  CHECK(all_give(kNotSupported, [](Call& k) {
    cudnnSetFilter4dDescriptor(k.of_w, CUDNN_DATA_FLOAT, CUDNN_TENSOR_NCHW, 5, 2, 2, 2);
  }));
  // TF32 where the GPU has it.
  CHECK(all_give(kNotSupported,
                 [](Call& k) { cudnnSetConvolutionMathType(k.rule, CUDNN_DEFAULT_MATH); }));
  // Those of the adjoints add atomically.
  CHECK(all_give(kNotSupported, [](Call& k) {
    k.forward = CUDNN_CONVOLUTION_FWD_ALGO_FFT;
    k.by_input = CUDNN_CONVOLUTION_BWD_DATA_ALGO_0;
    k.by_weight = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0;
  }));
}

TEST_CASE("cudnn: a workspace that is too small, and memory that is left") {
  CHECK(all_give(kBad, [](Call& c) { c.missing_bytes = 1; }));
  CHECK(all_give(kFailed, [](Call& c) {
    c.workspace = static_cast<char*>(c.workspace) + c.memory.bytes() - 4;
  }));
  CHECK(all_give(kFailed, [](Call& c) { c.x += 1; }));
  CHECK(all_give(kFailed, [](Call& c) { c.y += 1; }));
  CHECK(all_give(kFailed, [](Call& c) { c.w += 1; }));
  float on_the_host[24] = {};
  CHECK(all_give(kFailed, [&](Call& c) { c.x = on_the_host; }));
  CHECK(all_give(kFailed, [](Call& c) { c.alpha = c.memory.data(); }));
}

TEST_CASE("cudnn: handles that do not exist, and streams that are no device's, are found") {
  CHECK(all_give(kBad, [](Call& c) { c.handle = nullptr; }));
  CHECK(all_give(kMissing, [](Call& c) { cudnnDestroy(c.handle); }));
  cudnnHandle_t handle = nullptr;
  CHECK(cudnnCreate(&handle) == kRight);
  CHECK(all_give(kFailed, [&](Call& c) {
    cudnnDestroy(c.handle);
    cudnnCreate(&c.handle);
  }));
  CHECK(cudnnDestroy(handle) == kRight);
  CHECK(cudnnDestroy(handle) == kMissing);
  CHECK(cudnnSetStream(handle, nullptr) == kBad);
}

TEST_CASE("cudnn: where a call is refused, conv2d runs by its own kernels, and says so once") {
  const Context ctx(Device::kEmulated), elsewhere(Device::kEmulated);
  const Tensor not_here = Tensor::full(elsewhere, {1, 3, 4, 2}, 1);
  const Tensor x = Tensor::full(ctx, {1, 3, 4, 2}, 1), other = Tensor::full(ctx, {2, 3, 4, 2}, 1);
  const Tensor weight = Tensor::full(ctx, {2, 2, 2, 5}, 1);
  Tensor y = Tensor::zeros(ctx, {1, 2, 3, 5}), of_other(ctx, {2, 2, 3, 5});
  const auto& choices = ctx.runtime().library<kernels::Conv2dChoices>();
  const auto calls = [&] { return ctx.runtime().counts().vendor_calls; };
  kernels::conv2d(ctx, {}, not_here.view(), weight.view(), y.view());
  CHECK(y.to_host() == std::vector<real>(30, 8));
  REQUIRE(choices.said().size() == 1);
  const std::string line = choices.said()[0];
  CAPTURE(line);
  for (const char* part :
       {"conv2d: cuDNN refuses", "cudnnConvolutionForward: CUDNN_STATUS_EXECUTION_FAILED",
        "forward, x [1, 3, 4, 2], weight [2, 2, 2, 5], stride 1, pad 0", "own kernels"})
    CHECK(line.find(part) != std::string::npos);
  // A refused call is not asked for again; other shapes and the adjoints are.
  kernels::conv2d(ctx, {}, x.view(), weight.view(), y.view());
  CHECK(calls() == 0);
  kernels::conv2d(ctx, {}, other.view(), weight.view(), of_other.view());
  CHECK(calls() == 1);
  Tensor grad_x(ctx, x.shape()), grad_weight(ctx, weight.shape());
  kernels::conv2d_input(ctx, {}, y.view(), weight.view(), grad_x.view());
  kernels::conv2d_weight(ctx, {}, x.view(), y.view(), grad_weight.view());
  CHECK(calls() == 3);
  CHECK(choices.said().size() == 1);
  CHECK(of_other.to_host() == std::vector<real>(60, 8));
}

}  // namespace
}  // namespace fgcn
