// libcudart: errors and the device's properties.
#include "kernels/core/error.h"
#include "tests/ptx/library_device.h"
#include "tests/ptx/runtime.h"

namespace fgcn::ptx {
namespace {

struct Meaning {
  cudaError_t error;
  const char* name;
  const char* sentence;
};
#define FGCN_PTX_MEANING(error, sentence) \
  Meaning { error, #error, sentence }
constexpr Meaning kMeanings[] = {
    FGCN_PTX_MEANING(cudaSuccess, "no error"),
    FGCN_PTX_MEANING(cudaErrorInvalidValue, "invalid argument"),
    FGCN_PTX_MEANING(cudaErrorMemoryAllocation, "out of memory"),
    FGCN_PTX_MEANING(cudaErrorInvalidConfiguration, "invalid configuration argument"),
    FGCN_PTX_MEANING(cudaErrorMissingConfiguration, "no configuration was given before a launch"),
    FGCN_PTX_MEANING(cudaErrorInvalidMemcpyDirection, "a copy's direction is invalid"),
    FGCN_PTX_MEANING(cudaErrorInvalidDevice, "invalid device ordinal"),
    FGCN_PTX_MEANING(cudaErrorInvalidDeviceFunction, "invalid device function"),
    FGCN_PTX_MEANING(cudaErrorNoKernelImageForDevice,
                     "no kernel image is available for execution on the device"),
    FGCN_PTX_MEANING(cudaErrorInvalidPtx, "a PTX compilation failed"),
    FGCN_PTX_MEANING(cudaErrorInvalidResourceHandle, "invalid resource handle"),
    FGCN_PTX_MEANING(cudaErrorIllegalState, "the operation cannot be done in the present state"),
    FGCN_PTX_MEANING(cudaErrorNotReady, "device not ready"),
    FGCN_PTX_MEANING(cudaErrorNotSupported, "operation not supported"),
    FGCN_PTX_MEANING(cudaErrorIllegalAddress, "an illegal memory access was encountered"),
    FGCN_PTX_MEANING(cudaErrorMisalignedAddress, "misaligned address"),
    FGCN_PTX_MEANING(cudaErrorInvalidAddressSpace, "operation not supported on this address space"),
    FGCN_PTX_MEANING(cudaErrorLaunchFailure, "unspecified launch failure"),
    FGCN_PTX_MEANING(cudaErrorStreamCaptureUnsupported,
                     "operation not permitted when the stream is capturing"),
    FGCN_PTX_MEANING(cudaErrorStreamCaptureInvalidated,
                     "the capture was ended by an operation that is not permitted in it"),
    FGCN_PTX_MEANING(cudaErrorCapturedEvent, "the event was recorded into a graph"),
    FGCN_PTX_MEANING(cudaErrorUnknown, "unknown error"),
};
#undef FGCN_PTX_MEANING

const Meaning& meaning_of(cudaError_t error) {
  static constexpr Meaning kOther{cudaErrorUnknown, "cudaError", "an error of the simulator"};
  for (const Meaning& meaning : kMeanings) {
    if (meaning.error == error) return meaning;
  }
  return kOther;
}

}  // namespace

ThreadState& this_thread() {
  thread_local ThreadState state;
  return state;
}

cudaError_t status(cudaError_t error) {
  if (error != cudaSuccess) this_thread().last = error;
  return error;
}

cudaError_t device_status() {
  return status(static_cast<cudaError_t>(device().streams.take_fault()));
}

void remember_detail(int error, const std::string& detail) {
  const std::lock_guard guard(device_lock());
  device().details.error = error;
  device().details.text = detail;
}

cudaError_t host_mistake(cudaError_t error, const char* kind, const std::string& text) {
  library_finding(kind, text);
  remember_detail(error, text);
  return status(error);
}

}  // namespace fgcn::ptx

using namespace fgcn::ptx;

extern "C" {

cudaError_t cudaGetLastError() {
  const cudaError_t error = this_thread().last;
  this_thread().last = cudaSuccess;
  return error;
}
cudaError_t cudaPeekAtLastError() { return this_thread().last; }

const char* cudaGetErrorName(cudaError_t error) { return meaning_of(error).name; }

const char* cudaGetErrorString(cudaError_t error) {
  const std::lock_guard guard(device_lock());
  ErrorDetails& details = device().details;
  if (error == cudaSuccess || details.error != error) return meaning_of(error).sentence;
  const std::string sentence = fgcn::text(meaning_of(error).sentence, ": ", details.text);
  return details.given.insert(sentence).first->c_str();
}

cudaError_t cudaGetDeviceCount(int* count) {
  if (count == nullptr) return status(cudaErrorInvalidValue);
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int ordinal) {
  return status(ordinal == 0 ? cudaSuccess : cudaErrorInvalidDevice);
}
cudaError_t cudaGetDevice(int* ordinal) {
  if (ordinal == nullptr) return status(cudaErrorInvalidValue);
  *ordinal = 0;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int ordinal) {
  if (value == nullptr) return status(cudaErrorInvalidValue);
  if (ordinal != 0) return status(cudaErrorInvalidDevice);
  const std::lock_guard guard(device_lock());
  const int architecture = options().architecture;
  const Limits limits = limits_of(architecture);
  switch (attribute) {
    case cudaDevAttrMemoryPoolsSupported:
      *value = 1;
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = architecture / 10;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = architecture % 10;
      break;
    case cudaDevAttrWarpSize:
      *value = static_cast<int>(kWarpSize);
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = 4;
      break;
    case cudaDevAttrMaxThreadsPerBlock:
      *value = static_cast<int>(limits.threads_block);
      break;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      *value = static_cast<int>(limits.threads_processor);
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = static_cast<int>(limits.shared_static);
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = static_cast<int>(limits.shared_opt_in);
      break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      *value = static_cast<int>(limits.shared_processor);
      break;
    default:
      return host_mistake(
          cudaErrorInvalidValue, "unknown attribute",
          fgcn::text("cudaDeviceGetAttribute: the simulator does not know attribute ",
                     static_cast<int>(attribute)));
  }
  return cudaSuccess;
}

}  // extern "C"
