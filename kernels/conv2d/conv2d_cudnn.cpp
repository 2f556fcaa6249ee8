// cuDNN takes images as they are, channels last, but a weight only as [C_out, KH, KW, C_in]: it is
// turned by a transpose of its own. Of cuDNN's algorithms the three here sum in a fixed order.
// Whatever cuDNN does not do, for this shape, on this GPU or in its version, is a refusal.
#include <limits>

#include "kernels/conv2d/conv2d_vendor.h"
#include "kernels/core/workspace.h"
#include "kernels/runtime/vendor.h"
#include "kernels/transpose/transpose.h"
//
#include <cudnn.h>

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {
namespace {

constexpr auto kForward = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
constexpr auto kByInput = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
constexpr auto kByWeight = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;

void check(cudnnStatus_t status, const char* call) {
  if (status != CUDNN_STATUS_SUCCESS)
    throw Conv2dRefusal(text(call, ": ", cudnnGetErrorString(status)));
}

/// A size as cuDNN counts.
int size(std::int64_t count) {
  if (count > std::numeric_limits<int>::max())
    throw Conv2dRefusal(text("a size of ", count, " is beyond its integers"));
  return static_cast<int>(count);
}

/// A context's handle, on its stream.
class CudnnHandle {
 public:
  explicit CudnnHandle(const Runtime& runtime) {
    // First: it chooses the device, whose the handle is.
    auto* const stream = static_cast<cudaStream_t>(runtime.stream());
    check_all(cudnnCreate(&handle_), "cudnnCreate");
    try {
      check_all(cudnnSetStream(handle_, stream), "cudnnSetStream");
    } catch (...) {
      cudnnDestroy(handle_);
      throw;
    }
  }
  CudnnHandle(const CudnnHandle&) = delete;
  CudnnHandle& operator=(const CudnnHandle&) = delete;
  ~CudnnHandle() { cudnnDestroy(handle_); }

  cudnnHandle_t get() const { return handle_; }

 private:
  static void check_all(cudnnStatus_t status, const char* call) {
    if (status != CUDNN_STATUS_SUCCESS)
      throw Conv2dRefusal(text(call, ": ", cudnnGetErrorString(status)), true);
  }

  cudnnHandle_t handle_ = nullptr;
};

/// A descriptor, for the length of one call.
template <class T, cudnnStatus_t (*kCreate)(T*), cudnnStatus_t (*kDestroy)(T)>
class Descriptor {
 public:
  Descriptor() { check(kCreate(&descriptor_), "a new descriptor"); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { kDestroy(descriptor_); }

  T get() const { return descriptor_; }

 private:
  T descriptor_ = nullptr;
};

/// Images [N, H, W, C].
class Images : public Descriptor<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor,
                                 cudnnDestroyTensorDescriptor> {
 public:
  explicit Images(const Shape& s) {
    check(cudnnSetTensor4dDescriptor(get(), CUDNN_TENSOR_NHWC, CUDNN_DATA_FLOAT, size(s[0]),
                                     size(s[3]), size(s[1]), size(s[2])),
          "cudnnSetTensor4dDescriptor");
  }
};

/// A weight [KH, KW, C_in, C_out], as it is after turned().
class Filter : public Descriptor<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor,
                                 cudnnDestroyFilterDescriptor> {
 public:
  explicit Filter(const Shape& s) {
    check(cudnnSetFilter4dDescriptor(get(), CUDNN_DATA_FLOAT, CUDNN_TENSOR_NHWC, size(s[3]),
                                     size(s[2]), size(s[0]), size(s[1])),
          "cudnnSetFilter4dDescriptor");
  }
};

class Convolution
    : public Descriptor<cudnnConvolutionDescriptor_t, cudnnCreateConvolutionDescriptor,
                        cudnnDestroyConvolutionDescriptor> {
 public:
  explicit Convolution(const Conv2dOptions& options) {
    const int pad = size(options.pad), stride = size(options.stride);
    check(cudnnSetConvolution2dDescriptor(get(), pad, pad, stride, stride, 1, 1,
                                          CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
          "cudnnSetConvolution2dDescriptor");
    // Products in float32: the default may round them to TF32.
    check(cudnnSetConvolutionMathType(get(), CUDNN_FMA_MATH), "cudnnSetConvolutionMathType");
  }
};

/// Working memory of that many bytes.
class BytesWorkspace {
 public:
  BytesWorkspace(const Context& ctx, std::size_t bytes) {
    try {
      memory_.emplace(ctx, static_cast<std::int64_t>((bytes + sizeof(real) - 1) / sizeof(real)));
    } catch (const Error& error) {
      throw Conv2dRefusal(text("its workspace: ", error.what()));
    }
  }

  real* data() const { return memory_->data(); }

 private:
  std::optional<Workspace> memory_;
};

/// A weight as a matrix: [KH * KW * C_in, C_out].
Shape as_matrix(const Shape& weight) { return {weight[0] * weight[1] * weight[2], weight[3]}; }

/// From [KH * KW * C_in, C_out] to cuDNN's [C_out, KH * KW * C_in].
void turn(const Context& ctx, View<const real> weight, real* turned) {
  const Shape rows = as_matrix(weight.shape);
  transpose(ctx, {weight.data, rows}, {1, 0}, {turned, {rows[1], rows[0]}});
}

void turn_back(const Context& ctx, const real* turned, View<real> weight) {
  const Shape rows = as_matrix(weight.shape);
  transpose(ctx, {turned, {rows[1], rows[0]}}, {1, 0}, {weight.data, rows});
}

constexpr float kOne = 1;
constexpr float kNothing = 0;  // the output is not read

/// The refusal of `work`, if there was one.
template <class Work>
std::optional<Conv2dRefusal> unless_refused(const Context& ctx, const Work& work) {
  try {
    work(ctx.runtime().library<CudnnHandle>().get());
  } catch (const Conv2dRefusal& refusal) {
    return refusal;
  }
  ctx.runtime().count_vendor_call();
  return std::nullopt;
}

}  // namespace

std::optional<Conv2dRefusal> conv2d_cudnn(const Context& ctx, const Conv2dOptions& options,
                                          View<const real> x, View<const real> weight,
                                          View<real> y) {
  return unless_refused(ctx, [&](cudnnHandle_t handle) {
    const Images of_x(x.shape), of_y(y.shape);
    const Filter of_weight(weight.shape);
    const Convolution convolution(options);
    std::size_t bytes = 0;
    check(cudnnGetConvolutionForwardWorkspaceSize(handle, of_x.get(), of_weight.get(),
                                                  convolution.get(), of_y.get(), kForward, &bytes),
          "cudnnGetConvolutionForwardWorkspaceSize");
    const BytesWorkspace workspace(ctx, bytes);
    const BytesWorkspace turned(ctx, static_cast<std::size_t>(weight.size()) * sizeof(real));
    turn(ctx, weight, turned.data());
    check(cudnnConvolutionForward(handle, &kOne, of_x.get(), x.data, of_weight.get(), turned.data(),
                                  convolution.get(), kForward, workspace.data(), bytes, &kNothing,
                                  of_y.get(), y.data),
          "cudnnConvolutionForward");
  });
}

std::optional<Conv2dRefusal> conv2d_input_cudnn(const Context& ctx, const Conv2dOptions& options,
                                                View<const real> grad_y, View<const real> weight,
                                                View<real> grad_x) {
  return unless_refused(ctx, [&](cudnnHandle_t handle) {
    const Images of_x(grad_x.shape), of_y(grad_y.shape);
    const Filter of_weight(weight.shape);
    const Convolution convolution(options);
    std::size_t bytes = 0;
    check(cudnnGetConvolutionBackwardDataWorkspaceSize(
              handle, of_weight.get(), of_y.get(), convolution.get(), of_x.get(), kByInput, &bytes),
          "cudnnGetConvolutionBackwardDataWorkspaceSize");
    const BytesWorkspace workspace(ctx, bytes);
    const BytesWorkspace turned(ctx, static_cast<std::size_t>(weight.size()) * sizeof(real));
    turn(ctx, weight, turned.data());
    check(cudnnConvolutionBackwardData(handle, &kOne, of_weight.get(), turned.data(), of_y.get(),
                                       grad_y.data, convolution.get(), kByInput, workspace.data(),
                                       bytes, &kNothing, of_x.get(), grad_x.data),
          "cudnnConvolutionBackwardData");
  });
}

std::optional<Conv2dRefusal> conv2d_weight_cudnn(const Context& ctx, const Conv2dOptions& options,
                                                 View<const real> x, View<const real> grad_y,
                                                 View<real> grad_weight) {
  return unless_refused(ctx, [&](cudnnHandle_t handle) {
    const Images of_x(x.shape), of_y(grad_y.shape);
    const Filter of_weight(grad_weight.shape);
    const Convolution convolution(options);
    std::size_t bytes = 0;
    check(
        cudnnGetConvolutionBackwardFilterWorkspaceSize(
            handle, of_x.get(), of_y.get(), convolution.get(), of_weight.get(), kByWeight, &bytes),
        "cudnnGetConvolutionBackwardFilterWorkspaceSize");
    const BytesWorkspace workspace(ctx, bytes);
    const BytesWorkspace turned(ctx, static_cast<std::size_t>(grad_weight.size()) * sizeof(real));
    check(cudnnConvolutionBackwardFilter(handle, &kOne, of_x.get(), x.data, of_y.get(), grad_y.data,
                                         convolution.get(), kByWeight, workspace.data(), bytes,
                                         &kNothing, of_weight.get(), turned.data()),
          "cudnnConvolutionBackwardFilter");
    turn_back(ctx, turned.data(), grad_weight);
  });
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
