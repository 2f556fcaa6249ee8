// The calls of cuDNN that the kernels make, on the emulated device: the statuses are those of
// cuDNN's manual. A workspace or an image that is smaller than it must be is found by its size.
#include "kernels/simt/objects.h"
#include "kernels/simt/vendor/cudnn_convolution.h"
#include "kernels/simt/vendor/refusals.h"
#include "kernels/simt/vendor/vendor_device.h"

namespace fgcn::simt {
namespace {

struct Handle {
  cudaStream_t stream = nullptr;
};

/// cuDNN's interface is C's: handles and descriptors have no other place.
Objects<Handle>& handles() {
  static Objects<Handle> all;
  return all;
}
Objects<Block>& tensors() {
  static Objects<Block> all;
  return all;
}
Objects<Block>& filters() {
  static Objects<Block> all;
  return all;
}
Objects<ConvolutionRule>& rules() {
  static Objects<ConvolutionRule> all;
  return all;
}

template <class T, class Descriptor>
cudnnStatus_t create(Objects<T>& all, Descriptor* descriptor) {
  if (descriptor == nullptr) return CUDNN_STATUS_BAD_PARAM;
  *descriptor = static_cast<Descriptor>(all.add({}));
  return CUDNN_STATUS_SUCCESS;
}

template <class T>
cudnnStatus_t destroy(Objects<T>& all, const void* descriptor) {
  return all.remove(descriptor) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM;
}

cudnnStatus_t set(Block* block, cudnnTensorFormat_t format, cudnnDataType_t type, int a, int b,
                  int c, int d) {
  if (block == nullptr || a <= 0 || b <= 0 || c <= 0 || d <= 0 || format < CUDNN_TENSOR_NCHW ||
      format > CUDNN_TENSOR_NCHW_VECT_C || type < CUDNN_DATA_FLOAT)
    return CUDNN_STATUS_BAD_PARAM;
  if (type != CUDNN_DATA_FLOAT || format == CUDNN_TENSOR_NCHW_VECT_C)
    return CUDNN_STATUS_NOT_SUPPORTED;
  Block now;
  const int size[4] = {a, b, c, d};
  // From the axis that lies closest together.
  const int by_channel[4] = {1, 3, 2, 0}, by_plane[4] = {3, 2, 1, 0};
  std::ptrdiff_t stride = 1;
  for (const int axis : format == CUDNN_TENSOR_NHWC ? by_channel : by_plane) {
    now.size[axis] = size[axis];
    now.stride[axis] = stride;
    stride *= size[axis];
    if (stride >= std::ptrdiff_t{1} << 31) return CUDNN_STATUS_NOT_SUPPORTED;
  }
  now.format = format;
  *block = now;
  return CUDNN_STATUS_SUCCESS;
}

/// Finds the descriptors and checks that they fit together.
cudnnStatus_t find(cudnnHandle_t handle, cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w,
                   cudnnConvolutionDescriptor_t rule, cudnnTensorDescriptor_t y, Problem* problem) {
  if (handle == nullptr) return CUDNN_STATUS_BAD_PARAM;
  if (handles().find(handle) == nullptr) return CUDNN_STATUS_NOT_INITIALIZED;
  const Block *of_x = tensors().find(x), *of_w = filters().find(w), *of_y = tensors().find(y);
  const ConvolutionRule* of_rule = rules().find(rule);
  if (of_x == nullptr || of_w == nullptr || of_y == nullptr || of_rule == nullptr ||
      !of_x->is_set() || !of_w->is_set() || !of_y->is_set() || !of_rule->is_set())
    return CUDNN_STATUS_BAD_PARAM;
  *problem = {*of_x, *of_w, *of_y, *of_rule};
  if (of_w->size[1] != of_x->size[1]) return CUDNN_STATUS_BAD_PARAM;
  const ImageSize expected = output_size(*of_x, *of_w, *of_rule);
  for (int axis = 0; axis < 4; ++axis)
    if (of_y->size[axis] != expected.size[axis]) return CUDNN_STATUS_BAD_PARAM;
  // One layout, and products that are not rounded to fewer bits: as the kernels ask for.
  if (of_w->format != of_x->format || of_y->format != of_x->format ||
      of_rule->math != CUDNN_FMA_MATH)
    return CUDNN_STATUS_NOT_SUPPORTED;
  return CUDNN_STATUS_SUCCESS;
}

/// Arrays that a convolution reads and writes, in the order of its arguments.
struct Arguments {
  const void *alpha, *beta;
  const void *first, *second;
  void* result;
  void* workspace;
  std::size_t workspace_bytes;
};

cudnnStatus_t check_memory(cudnnHandle_t handle, const Arguments& a, std::size_t first_bytes,
                           std::size_t second_bytes, std::size_t result_bytes,
                           std::size_t workspace_needed) {
  if (a.alpha == nullptr || a.beta == nullptr || a.first == nullptr || a.second == nullptr ||
      a.result == nullptr || a.workspace == nullptr || a.workspace_bytes < workspace_needed)
    return CUDNN_STATUS_BAD_PARAM;
  VendorDevice* memory = VendorDevice::of_stream(handles().find(handle)->stream);
  if (memory == nullptr || !memory->holds(a.first, first_bytes) ||
      !memory->holds(a.second, second_bytes) || !memory->holds(a.result, result_bytes) ||
      !memory->holds(a.workspace, a.workspace_bytes) || memory->holds(a.alpha, sizeof(float)) ||
      memory->holds(a.beta, sizeof(float)))
    return CUDNN_STATUS_EXECUTION_FAILED;
  return CUDNN_STATUS_SUCCESS;
}

using Compute = void (*)(const Problem&, Factors, const float* first, const float* second,
                         void* workspace, float* result);

/// After check_memory(), with the sizes that were given to it.
void submit(cudnnHandle_t handle, const Problem& p, const Arguments& a, std::size_t first_bytes,
            std::size_t second_bytes, std::size_t result_bytes, Compute compute) {
  VendorDevice* device = VendorDevice::of_stream(handles().find(handle)->stream);
  const Factors factors{*static_cast<const float*>(a.alpha), *static_cast<const float*>(a.beta)};
  device->submit([=] {
    if (factors.before != 0) device->to_read(a.result, result_bytes);
    compute(p, factors, static_cast<const float*>(device->to_read(a.first, first_bytes)),
            static_cast<const float*>(device->to_read(a.second, second_bytes)),
            device->to_write(a.workspace, a.workspace_bytes),
            static_cast<float*>(device->to_write(a.result, result_bytes)));
  });
}

/// The answer about a workspace, for the one algorithm that there is a host version of.
cudnnStatus_t tell_workspace(const char* call, cudnnStatus_t found, bool has_algorithm,
                             const Problem& p, std::size_t (*workspace)(const Problem&),
                             std::size_t* bytes) {
  if (is_refused(call)) return CUDNN_STATUS_NOT_SUPPORTED;
  if (found != CUDNN_STATUS_SUCCESS) return found;
  if (bytes == nullptr) return CUDNN_STATUS_BAD_PARAM;
  if (!has_algorithm) return CUDNN_STATUS_NOT_SUPPORTED;
  *bytes = asked_workspace(call, workspace(p));
  return CUDNN_STATUS_SUCCESS;
}

constexpr auto kForward = CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
constexpr auto kByInput = CUDNN_CONVOLUTION_BWD_DATA_ALGO_1;
constexpr auto kByWeight = CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1;

}  // namespace
}  // namespace fgcn::simt

using namespace fgcn::simt;  // NOLINT(google-build-using-namespace): what follows is C's

extern "C" {

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (status) {
    case CUDNN_STATUS_SUCCESS:
      return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED:
      return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM:
      return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED:
      return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_ALLOC_FAILED:
      return "CUDNN_STATUS_ALLOC_FAILED";
    case CUDNN_STATUS_EXECUTION_FAILED:
      return "CUDNN_STATUS_EXECUTION_FAILED";
    default:
      return "a status that the host versions do not give";
  }
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  if (is_refused("cudnnCreate")) return CUDNN_STATUS_NOT_INITIALIZED;
  return create(handles(), handle);
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  return handles().remove(handle) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_INITIALIZED;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  if (is_refused("cudnnSetStream")) return CUDNN_STATUS_NOT_SUPPORTED;
  Handle* found = handles().find(handle);
  if (found == nullptr) return CUDNN_STATUS_BAD_PARAM;
  found->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* descriptor) {
  if (is_refused("cudnnCreateTensorDescriptor")) return CUDNN_STATUS_ALLOC_FAILED;
  return create(tensors(), descriptor);
}
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t descriptor) {
  return destroy(tensors(), descriptor);
}
cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t descriptor,
                                         cudnnTensorFormat_t format, cudnnDataType_t type, int n,
                                         int c, int h, int w) {
  if (is_refused("cudnnSetTensor4dDescriptor")) return CUDNN_STATUS_NOT_SUPPORTED;
  return set(tensors().find(descriptor), format, type, n, c, h, w);
}

cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* descriptor) {
  if (is_refused("cudnnCreateFilterDescriptor")) return CUDNN_STATUS_ALLOC_FAILED;
  return create(filters(), descriptor);
}
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t descriptor) {
  return destroy(filters(), descriptor);
}
cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t descriptor, cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int k, int c, int h, int w) {
  if (is_refused("cudnnSetFilter4dDescriptor")) return CUDNN_STATUS_NOT_SUPPORTED;
  return set(filters().find(descriptor), format, type, k, c, h, w);
}

cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* descriptor) {
  if (is_refused("cudnnCreateConvolutionDescriptor")) return CUDNN_STATUS_ALLOC_FAILED;
  return create(rules(), descriptor);
}
cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t descriptor) {
  return destroy(rules(), descriptor);
}
cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t descriptor, int pad_h,
                                              int pad_w, int u, int v, int dilation_h,
                                              int dilation_w, cudnnConvolutionMode_t mode,
                                              cudnnDataType_t type) {
  if (is_refused("cudnnSetConvolution2dDescriptor")) return CUDNN_STATUS_NOT_SUPPORTED;
  ConvolutionRule* rule = rules().find(descriptor);
  if (rule == nullptr || pad_h < 0 || pad_w < 0 || u <= 0 || v <= 0 || dilation_h <= 0 ||
      dilation_w <= 0 || (mode != CUDNN_CONVOLUTION && mode != CUDNN_CROSS_CORRELATION))
    return CUDNN_STATUS_BAD_PARAM;
  // The filter is not flipped in any kernel here.
  if (mode != CUDNN_CROSS_CORRELATION || type != CUDNN_DATA_FLOAT)
    return CUDNN_STATUS_NOT_SUPPORTED;
  *rule = {{pad_h, pad_w}, {u, v}, {dilation_h, dilation_w}, rule->math};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t descriptor,
                                          cudnnMathType_t math) {
  if (is_refused("cudnnSetConvolutionMathType")) return CUDNN_STATUS_NOT_SUPPORTED;
  ConvolutionRule* rule = rules().find(descriptor);
  if (rule == nullptr || math < CUDNN_DEFAULT_MATH || math > CUDNN_FMA_MATH)
    return CUDNN_STATUS_BAD_PARAM;
  rule->math = math;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t xDesc, const cudnnFilterDescriptor_t wDesc,
    const cudnnConvolutionDescriptor_t convDesc, const cudnnTensorDescriptor_t yDesc,
    cudnnConvolutionFwdAlgo_t algo, std::size_t* sizeInBytes) {
  Problem p;
  return tell_workspace("cudnnGetConvolutionForwardWorkspaceSize",
                        find(handle, xDesc, wDesc, convDesc, yDesc, &p), algo == kForward, p,
                        forward_workspace, sizeInBytes);
}
cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t wDesc, const cudnnTensorDescriptor_t dyDesc,
    const cudnnConvolutionDescriptor_t convDesc, const cudnnTensorDescriptor_t dxDesc,
    cudnnConvolutionBwdDataAlgo_t algo, std::size_t* sizeInBytes) {
  Problem p;
  return tell_workspace("cudnnGetConvolutionBackwardDataWorkspaceSize",
                        find(handle, dxDesc, wDesc, convDesc, dyDesc, &p), algo == kByInput, p,
                        input_workspace, sizeInBytes);
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t xDesc, const cudnnTensorDescriptor_t dyDesc,
    const cudnnConvolutionDescriptor_t convDesc, const cudnnFilterDescriptor_t gradDesc,
    cudnnConvolutionBwdFilterAlgo_t algo, std::size_t* sizeInBytes) {
  Problem p;
  return tell_workspace("cudnnGetConvolutionBackwardFilterWorkspaceSize",
                        find(handle, xDesc, gradDesc, convDesc, dyDesc, &p), algo == kByWeight, p,
                        weight_workspace, sizeInBytes);
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha,
                                      const cudnnTensorDescriptor_t xDesc, const void* x,
                                      const cudnnFilterDescriptor_t wDesc, const void* w,
                                      const cudnnConvolutionDescriptor_t convDesc,
                                      cudnnConvolutionFwdAlgo_t algo, void* workSpace,
                                      std::size_t workSpaceSizeInBytes, const void* beta,
                                      const cudnnTensorDescriptor_t yDesc, void* y) {
  if (is_refused("cudnnConvolutionForward")) return CUDNN_STATUS_NOT_SUPPORTED;
  Problem p;
  cudnnStatus_t status = find(handle, xDesc, wDesc, convDesc, yDesc, &p);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  if (algo != kForward) return CUDNN_STATUS_NOT_SUPPORTED;
  const Arguments a{alpha, beta, x, w, y, workSpace, workSpaceSizeInBytes};
  status = check_memory(handle, a, p.x.bytes(), p.w.bytes(), p.y.bytes(), forward_workspace(p));
  if (status != CUDNN_STATUS_SUCCESS) return status;
  submit(handle, p, a, p.x.bytes(), p.w.bytes(), p.y.bytes(), forward);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha,
                                           const cudnnFilterDescriptor_t wDesc, const void* w,
                                           const cudnnTensorDescriptor_t dyDesc, const void* dy,
                                           const cudnnConvolutionDescriptor_t convDesc,
                                           cudnnConvolutionBwdDataAlgo_t algo, void* workSpace,
                                           std::size_t workSpaceSizeInBytes, const void* beta,
                                           const cudnnTensorDescriptor_t dxDesc, void* dx) {
  if (is_refused("cudnnConvolutionBackwardData")) return CUDNN_STATUS_NOT_SUPPORTED;
  Problem p;
  cudnnStatus_t status = find(handle, dxDesc, wDesc, convDesc, dyDesc, &p);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  if (algo != kByInput) return CUDNN_STATUS_NOT_SUPPORTED;
  const Arguments a{alpha, beta, dy, w, dx, workSpace, workSpaceSizeInBytes};
  status = check_memory(handle, a, p.y.bytes(), p.w.bytes(), p.x.bytes(), input_workspace(p));
  if (status != CUDNN_STATUS_SUCCESS) return status;
  submit(handle, p, a, p.y.bytes(), p.w.bytes(), p.x.bytes(), by_input);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void* alpha,
                                             const cudnnTensorDescriptor_t xDesc, const void* x,
                                             const cudnnTensorDescriptor_t dyDesc, const void* dy,
                                             const cudnnConvolutionDescriptor_t convDesc,
                                             cudnnConvolutionBwdFilterAlgo_t algo, void* workSpace,
                                             std::size_t workSpaceSizeInBytes, const void* beta,
                                             const cudnnFilterDescriptor_t dwDesc, void* dw) {
  if (is_refused("cudnnConvolutionBackwardFilter")) return CUDNN_STATUS_NOT_SUPPORTED;
  Problem p;
  cudnnStatus_t status = find(handle, xDesc, dwDesc, convDesc, dyDesc, &p);
  if (status != CUDNN_STATUS_SUCCESS) return status;
  if (algo != kByWeight) return CUDNN_STATUS_NOT_SUPPORTED;
  const Arguments a{alpha, beta, x, dy, dw, workSpace, workSpaceSizeInBytes};
  status = check_memory(handle, a, p.x.bytes(), p.y.bytes(), p.w.bytes(), weight_workspace(p));
  if (status != CUDNN_STATUS_SUCCESS) return status;
  submit(handle, p, a, p.x.bytes(), p.y.bytes(), p.w.bytes(), by_weight);
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
