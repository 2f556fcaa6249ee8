// libcudart's stand-in: statuses, handles, limits of architectures, order of work.
#include <doctest/doctest.h>

#include <cstring>
#include <memory>

#include "tests/ptx/check_program.h"
#include "tests/ptx/device_array.h"
#include "tests/ptx/library_device.h"
#include "tests/ptx/runtime_kernels.h"

namespace fgcn::ptx {
namespace {

constexpr std::size_t kCount = 64;
using Floats = std::vector<float>;

cudaStream_t new_stream() {
  cudaStream_t stream = nullptr;
  REQUIRE(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking) == cudaSuccess);
  return stream;
}

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a handle that was destroyed is refused by name") {
  const RestoredSettings settings;
  const DeviceArray<float> y(Floats(kCount, 0));
  cudaStream_t stream = new_stream();
  cudaEvent_t event = nullptr;
  REQUIRE(cudaEventCreateWithFlags(&event, cudaEventDisableTiming) == cudaSuccess);
  REQUIRE(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed) == cudaSuccess);
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t instance = nullptr;
  REQUIRE(cudaStreamEndCapture(stream, &graph) == cudaSuccess);
  REQUIRE(cudaGraphInstantiateWithFlags(&instance, graph, 0) == cudaSuccess);
  CHECK(cudaStreamDestroy(stream) == cudaSuccess);
  CHECK(cudaEventDestroy(event) == cudaSuccess);
  CHECK(cudaGraphDestroy(graph) == cudaSuccess);
  CHECK(cudaGraphExecDestroy(instance) == cudaSuccess);

  constexpr cudaError_t kHandle = cudaErrorInvalidResourceHandle;
  CHECK(cudaStreamDestroy(stream) == kHandle);
  CHECK(cudaStreamSynchronize(stream) == kHandle);
  CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed) == kHandle);
  CHECK(cudaMemsetAsync(y.data(), 0, 4, stream) == kHandle);
  CHECK(cudaMemcpyAsync(y.data(), y.data(), 4, cudaMemcpyDeviceToDevice, stream) == kHandle);
  CHECK(cudaFreeAsync(y.data(), stream) == kHandle);
  start_fill(y.data(), 1, stream);
  CHECK(cudaGetLastError() == kHandle);
  CHECK(cudaEventDestroy(event) == kHandle);
  CHECK(cudaEventRecord(event, nullptr) == kHandle);
  CHECK(cudaEventQuery(event) == kHandle);
  CHECK(cudaEventSynchronize(event) == kHandle);
  CHECK(cudaGraphDestroy(graph) == cudaErrorInvalidValue);
  CHECK(cudaGraphExecDestroy(instance) == cudaErrorInvalidValue);
  CHECK(cudaGraphLaunch(instance, nullptr) == cudaErrorInvalidValue);
  // A handle of another kind is none.
  cudaStream_t other = new_stream();
  CHECK(cudaEventQuery(reinterpret_cast<cudaEvent_t>(other)) == kHandle);
  CHECK(cudaStreamDestroy(other) == cudaSuccess);
  CHECK(std::string(cudaGetErrorName(kHandle)) == "cudaErrorInvalidResourceHandle");
  cudaGetLastError();
}

TEST_CASE("limits are those of the architecture") {
  const RestoredSettings settings;
  struct Row {
    int architecture, opt_in_kib, threads_processor;
  };
  for (const Row row : {Row{75, 64, 1024}, Row{80, 163, 2048}, Row{86, 99, 1536}, Row{89, 99, 1536},
                        Row{90, 227, 2048}, Row{100, 227, 2048}, Row{120, 99, 1536}}) {
    CAPTURE(row.architecture);
    options().architecture = row.architecture;
    int opt_in = 0, threads = 0, major = 0;
    REQUIRE(cudaDeviceGetAttribute(&opt_in, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0) ==
            cudaSuccess);
    REQUIRE(cudaDeviceGetAttribute(&threads, cudaDevAttrMaxThreadsPerMultiProcessor, 0) ==
            cudaSuccess);
    REQUIRE(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0) == cudaSuccess);
    CHECK(opt_in == row.opt_in_kib * 1024);
    CHECK(threads == row.threads_processor);
    CHECK(major == row.architecture / 10);
    const auto ask = [](int bytes) {
      return cudaFuncSetAttribute(empty_kernel_address(),
                                  cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
    };
    CHECK(ask(opt_in) == cudaSuccess);
    CHECK(ask(opt_in + 1) == cudaErrorInvalidValue);
    cudaGetLastError();
    start_empty(1, 1, static_cast<unsigned>(opt_in));
    CHECK(cudaGetLastError() == cudaSuccess);
    start_empty(1, 1, static_cast<unsigned>(opt_in + 1));
    CHECK(cudaGetLastError() == cudaErrorInvalidValue);
  }
}

TEST_CASE("a launch of an impossible shape is refused") {
  const auto status_of = [](dim3 grid, dim3 block) {
    start_empty(grid, block, 0);
    return cudaGetLastError();
  };
  constexpr cudaError_t kRefused = cudaErrorInvalidConfiguration;
  CHECK(status_of(1, 1024) == cudaSuccess);
  CHECK(status_of(1, 1025) == kRefused);
  CHECK(status_of(1, dim3(1, 1, 65)) == kRefused);
  CHECK(status_of(1, dim3(32, 32, 2)) == kRefused);
  CHECK(status_of(1, dim3(0, 1, 1)) == kRefused);
  CHECK(status_of(dim3(1, 65536, 1), 1) == kRefused);
  CHECK(status_of(dim3(1, 0, 1), 1) == kRefused);
  start_bounded(128);
  CHECK(cudaGetLastError() == cudaSuccess);
  start_bounded(129);
  CHECK(cudaGetLastError() == kRefused);
}

TEST_CASE("lazy work waits for the host; pinned memory is read then, pageable memory at once") {
  const RestoredSettings settings;
  const DeviceArray<float> y(Floats(kCount, 0));
  options().lazy = true;
  void* pinned = nullptr;
  REQUIRE(cudaHostAlloc(&pinned, kCount * sizeof(float), cudaHostAllocDefault) == cudaSuccess);
  cudaStream_t stream = new_stream();
  cudaEvent_t event = nullptr;
  REQUIRE(cudaEventCreateWithFlags(&event, cudaEventDisableTiming) == cudaSuccess);
  start_fill(y.data(), 3, stream);
  REQUIRE(cudaMemcpyAsync(pinned, y.data(), kCount * sizeof(float), cudaMemcpyDeviceToHost,
                          stream) == cudaSuccess);
  REQUIRE(cudaEventRecord(event, stream) == cudaSuccess);
  CHECK(cudaEventQuery(event) == cudaErrorNotReady);
  CHECK(static_cast<float*>(pinned)[0] != 3);
  CHECK(cudaEventSynchronize(event) == cudaSuccess);
  CHECK(cudaEventQuery(event) == cudaSuccess);
  CHECK(static_cast<float*>(pinned)[kCount - 1] == 3);
  CHECK(cudaEventDestroy(event) == cudaSuccess);
  CHECK(cudaStreamDestroy(stream) == cudaSuccess);
  CHECK(cudaFreeHost(pinned) == cudaSuccess);
  CHECK(cudaFreeHost(pinned) == cudaErrorInvalidValue);
  cudaGetLastError();
}

TEST_CASE("captured work runs when its graph is launched, as often as that is") {
  const RestoredSettings settings;
  const DeviceArray<float> y(Floats(kCount, 0));
  cudaStream_t stream = new_stream();
  REQUIRE(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed) == cudaSuccess);
  CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed) == cudaErrorIllegalState);
  start_increment(y.data(), stream);
  bool library_ran = false;
  submit(stream, [&] { library_ran = true; });
  CHECK_FALSE(library_ran);
  cudaGraph_t graph = nullptr;
  REQUIRE(cudaStreamEndCapture(stream, &graph) == cudaSuccess);
  CHECK(y.values()[0] == 0);
  cudaGraphExec_t instance = nullptr;
  REQUIRE(cudaGraphInstantiateWithFlags(&instance, graph, 0) == cudaSuccess);
  REQUIRE(cudaGraphDestroy(graph) == cudaSuccess);
  for (int i = 0; i < 3; ++i) CHECK(cudaGraphLaunch(instance, stream) == cudaSuccess);
  CHECK(y.values()[kCount - 1] == 3);
  CHECK(library_ran);
  CHECK(cudaGraphExecDestroy(instance) == cudaSuccess);
  // Waiting ends a capture.
  REQUIRE(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed) == cudaSuccess);
  CHECK(cudaStreamSynchronize(stream) == cudaErrorStreamCaptureUnsupported);
  CHECK(cudaStreamEndCapture(stream, &graph) == cudaErrorStreamCaptureInvalidated);
  CHECK(graph == nullptr);
  CHECK(cudaStreamDestroy(stream) == cudaSuccess);
  cudaGetLastError();
}

TEST_CASE("the host's mistakes with memory are found") {
  const RestoredSettings settings;
  options().sticky = false;
  const auto last_finding = [] {
    REQUIRE(device().findings.size() == 1);
    const Finding finding = device().findings.all().front();
    device().findings.clear();
    return finding.kind + ": " + finding.text;
  };
  const DeviceArray<float> y(Floats(kCount, 0));
  float host[kCount] = {};
  CHECK(cudaMemcpy(host, y.data(), 4, cudaMemcpyHostToDevice) == cudaErrorInvalidValue);
  CHECK(mentions(last_finding(), "copy in a wrong direction: from the device to the"));
  CHECK(cudaMemcpy(y.data(), host, sizeof host + 4, cudaMemcpyHostToDevice) ==
        cudaErrorInvalidValue);
  CHECK(mentions(last_finding(),
                 "fault: copy to the device: 260 bytes are not within "
                 "one allocation; the first is byte 0 of an "
                 "allocation of 256"));
  CHECK(cudaFree(host) == cudaErrorInvalidValue);
  CHECK(mentions(last_finding(), "free of what is no allocation"));
  void* fresh = nullptr;
  REQUIRE(cudaMalloc(&fresh, 8) == cudaSuccess);
  CHECK_FALSE(all_written(fresh, 8));
  CHECK(cudaMemcpy(host, fresh, 8, cudaMemcpyDeviceToHost) == cudaSuccess);
  CHECK(mentions(last_finding(), "download of unwritten memory"));
  std::memset(device_range(fresh, 8, "a library"), 0, 8);
  mark_written(fresh, 8);
  CHECK(all_written(fresh, 8));
  CHECK(holds(fresh, 8));
  CHECK_FALSE(holds(fresh, 9));
  CHECK_THROWS_WITH_AS(device_range(fresh, 9, "a library"),
                       doctest::Contains("a library: 9 bytes are not within one"), Fault);
  CHECK(cudaFree(fresh) == cudaSuccess);
  CHECK(cudaFree(fresh) == cudaErrorInvalidValue);
  cudaGetLastError();
}

TEST_CASE("pools: memory comes from one that lives") {
  cudaMemPoolProps properties = {};
  cudaMemPool_t pool = nullptr;
  REQUIRE(cudaMemPoolCreate(&pool, &properties) == cudaSuccess);
  void* data = nullptr;
  REQUIRE(cudaMallocFromPoolAsync(&data, 100, pool, nullptr) == cudaSuccess);
  CHECK(holds(data, 100));
  CHECK_FALSE(holds(data, 101));
  CHECK(cudaFreeAsync(data, nullptr) == cudaSuccess);
  CHECK_FALSE(holds(data, 1));
  CHECK(cudaMemPoolDestroy(pool) == cudaSuccess);
  CHECK(cudaMemPoolDestroy(pool) == cudaErrorInvalidValue);
  CHECK(cudaMallocFromPoolAsync(&data, 100, pool, nullptr) == cudaErrorInvalidValue);
  CHECK(cudaMalloc(&data, std::size_t{1} << 40) == cudaErrorMemoryAllocation);
  cudaGetLastError();
}

TEST_CASE("every kernel of this program is one that the simulator knows") {
  int count = 0;
  const std::vector<std::string> problems = check_all_kernels(count);
  for (const std::string& problem : problems) MESSAGE(problem);
  CHECK(problems.empty());
  CHECK(count > 100);
}

}  // namespace
}  // namespace fgcn::ptx
