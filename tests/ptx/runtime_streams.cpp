// libcudart: streams, events, capture and graphs. A handle that was destroyed, or is of another
// kind, gives cudaErrorInvalidResourceHandle; of graphs cudaErrorInvalidValue, as CUDA has it.
#include "tests/ptx/library_device.h"
#include "tests/ptx/runtime.h"

namespace fgcn::ptx {
namespace {

cudaError_t invalid_handle() { return status(cudaErrorInvalidResourceHandle); }

/// Waiting in a capture ends it: cudaStreamEndCapture says so.
cudaError_t broken_capture(Stream& stream) {
  stream.capture_broken = true;
  return status(cudaErrorStreamCaptureUnsupported);
}

}  // namespace
}  // namespace fgcn::ptx

using namespace fgcn::ptx;

extern "C" {

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned /*flags*/) {
  const std::lock_guard guard(device_lock());
  if (stream == nullptr) return status(cudaErrorInvalidValue);
  *stream = static_cast<cudaStream_t>(device().streams.streams.add({}));
  return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  Streams& streams = device().streams;
  if (streams.streams.find(stream) == nullptr) return invalid_handle();
  streams.finish_all();
  streams.streams.remove(stream);
  return device_status();
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  Streams& streams = device().streams;
  if (!streams.is_stream(stream)) return invalid_handle();
  if (Stream* captured = streams.captured(stream); captured != nullptr)
    return broken_capture(*captured);
  streams.finish_all();
  return device_status();
}
cudaError_t cudaDeviceSynchronize() {
  const std::lock_guard guard(device_lock());
  device().streams.finish_all();
  return device_status();
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode /*mode*/) {
  const std::lock_guard guard(device_lock());
  Stream* found = device().streams.streams.find(stream);
  // The default stream cannot be captured.
  if (stream == nullptr) return status(cudaErrorStreamCaptureUnsupported);
  if (found == nullptr) return invalid_handle();
  if (found->capture) return status(cudaErrorIllegalState);
  found->capture = std::make_shared<Graph>();
  found->capture_broken = false;
  return device_status();
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const std::lock_guard guard(device_lock());
  if (graph == nullptr) return status(cudaErrorInvalidValue);
  *graph = nullptr;
  Stream* found = device().streams.streams.find(stream);
  if (found == nullptr) return invalid_handle();
  if (!found->capture) return status(cudaErrorIllegalState);
  const std::shared_ptr<Graph> recorded = std::move(found->capture);
  found->capture = nullptr;
  if (found->capture_broken) return status(cudaErrorStreamCaptureInvalidated);
  *graph = static_cast<cudaGraph_t>(device().streams.graphs.add(recorded));
  return device_status();
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* instance, cudaGraph_t graph,
                                          unsigned long long /*flags*/) {
  const std::lock_guard guard(device_lock());
  const std::shared_ptr<Graph>* found = device().streams.graphs.find(graph);
  if (instance == nullptr || found == nullptr) return status(cudaErrorInvalidValue);
  *instance = static_cast<cudaGraphExec_t>(device().streams.instances.add(*found));
  return device_status();
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  const std::lock_guard guard(device_lock());
  return status(device().streams.graphs.remove(graph) ? cudaSuccess : cudaErrorInvalidValue);
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t instance) {
  const std::lock_guard guard(device_lock());
  device().streams.finish_all();
  return status(device().streams.instances.remove(instance) ? cudaSuccess : cudaErrorInvalidValue);
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t instance, cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  Streams& streams = device().streams;
  const std::shared_ptr<Graph>* found = streams.instances.find(instance);
  if (found == nullptr) return status(cudaErrorInvalidValue);
  if (!streams.is_stream(stream)) return invalid_handle();
  streams.submit(stream, [graph = *found] {
    for (const Work& work : graph->work) work();
  });
  return device_status();
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned /*flags*/) {
  const std::lock_guard guard(device_lock());
  if (event == nullptr) return status(cudaErrorInvalidValue);
  *event = static_cast<cudaEvent_t>(device().streams.events.add({}));
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const std::lock_guard guard(device_lock());
  return device().streams.events.remove(event) ? cudaSuccess : invalid_handle();
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const std::lock_guard guard(device_lock());
  Streams& streams = device().streams;
  Event* found = streams.events.find(event);
  if (found == nullptr || !streams.is_stream(stream)) return invalid_handle();
  found->captured = streams.captured(stream) != nullptr;
  found->position = streams.given();
  return device_status();
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  const std::lock_guard guard(device_lock());
  const Event* found = device().streams.events.find(event);
  if (found == nullptr) return invalid_handle();
  if (found->captured) return status(cudaErrorCapturedEvent);
  return device().streams.is_done(found->position) ? device_status() : status(cudaErrorNotReady);
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const std::lock_guard guard(device_lock());
  const Event* found = device().streams.events.find(event);
  if (found == nullptr) return invalid_handle();
  if (found->captured) return status(cudaErrorCapturedEvent);
  device().streams.finish(found->position);
  return device_status();
}

}  // extern "C"
