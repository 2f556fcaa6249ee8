// The CUDA device: one stream, and memory from a pool that is ordered with it.
#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "kernels/core/out_of_memory.h"
#include "kernels/runtime/graph_memory.h"
#include "kernels/runtime/launch.h"

namespace fgcn {

/// `words` times `word`.
__global__ void fill_words_kernel(std::uint32_t* data, std::uint32_t word, std::size_t words) {
  const std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < words) data[i] = word;
}

namespace {

#define FGCN_CUDA_CHECK(call) ::fgcn::detail::check_cuda((call), #call, __FILE__, __LINE__)

/// Allocations take multiples of this from the pool, so that steps of nearly equal sizes reuse each
/// other's memory.
constexpr std::size_t kGranule = 512;

constexpr std::size_t rounded(std::size_t bytes) {
  return (bytes + kGranule - 1) / kGranule * kGranule;
}

class CudaRuntime final : public Runtime {
 public:
  explicit CudaRuntime(int ordinal) : ordinal_(ordinal) {
    use_device();
    int has_pools = 0;
    FGCN_CUDA_CHECK(cudaDeviceGetAttribute(&has_pools, cudaDevAttrMemoryPoolsSupported, ordinal));
    FGCN_CHECK(has_pools != 0, "cuda: device ", ordinal, " has no stream-ordered memory");
    cudaMemPoolProps properties = {};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = ordinal;
    FGCN_CUDA_CHECK(cudaMemPoolCreate(&pool_, &properties));
    // Nothing goes back to the system before the end: a steady step allocates nothing.
    std::uint64_t keep = ~std::uint64_t{0};
    cudaError_t status = cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep);
    if (status == cudaSuccess) status = cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking);
    if (status != cudaSuccess) {
      cudaMemPoolDestroy(pool_);
      FGCN_CUDA_CHECK(status);
    }
  }

  ~CudaRuntime() override {
    cudaSetDevice(ordinal_);
    drop_libraries();
    cudaStreamSynchronize(stream_);
    cudaStreamDestroy(stream_);
    cudaMemPoolDestroy(pool_);
  }

  void* allocate(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    const std::lock_guard lock(mutex_);
    if (recording_) return graphs_.allocate(rounded(bytes));
    use_device();
    void* data = nullptr;
    check_memory(cudaMallocFromPoolAsync(&data, rounded(bytes), pool_, stream_), bytes);
    count(static_cast<std::int64_t>(rounded(bytes)));
    return data;
  }

  void release(void* data, std::size_t bytes) noexcept override {
    if (data == nullptr) return;
    const std::lock_guard lock(mutex_);
    if (graphs_.release(data, rounded(bytes))) return;
    cudaFreeAsync(data, stream_);
    count(-static_cast<std::int64_t>(rounded(bytes)));
  }

  void upload(void* device, const void* host, std::size_t bytes) override {
    if (bytes == 0) return;
    check_can_wait("upload");
    ++counts_.uploads;
    FGCN_CUDA_CHECK(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream_));
    synchronize();  // the caller may change or free its memory at once
  }
  void download(void* host, const void* device, std::size_t bytes) override {
    if (bytes == 0) return;
    check_can_wait("download");
    ++counts_.downloads;
    FGCN_CUDA_CHECK(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_));
    synchronize();
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    if (bytes == 0) return;
    ++counts_.copies;
    FGCN_CUDA_CHECK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_));
  }
  void zero(void* data, std::size_t bytes) override {
    if (bytes == 0) return;
    ++counts_.fills;
    FGCN_CUDA_CHECK(cudaMemsetAsync(data, 0, bytes, stream_));
  }
  void fill(void* data, std::uint32_t word, std::size_t words) override {
    if (words == 0) return;
    ++counts_.fills;
    use_device();
    constexpr std::size_t kBlock = 256;
    const std::size_t blocks = (words + kBlock - 1) / kBlock;
    FGCN_CHECK(blocks <= static_cast<std::size_t>(kMaxGrid), "fill: ", words, " words");
    fill_words_kernel<<<static_cast<unsigned>(blocks), kBlock, 0, stream_>>>(
        static_cast<std::uint32_t*>(data), word, words);
    FGCN_CUDA_CHECK(cudaGetLastError());
  }
  void synchronize() override {
    check_can_wait("synchronize");
    ++counts_.synchronisations;
    FGCN_CUDA_CHECK(cudaStreamSynchronize(stream_));
  }
  /// Asked for before every launch: kernels start on the stream's device.
  void* stream() const override {
    use_device();
    return stream_;
  }

  void upload_later(void* device, const void* pinned, std::size_t bytes) override {
    if (bytes == 0) return;
    ++counts_.uploads;
    FGCN_CUDA_CHECK(cudaMemcpyAsync(device, pinned, bytes, cudaMemcpyHostToDevice, stream_));
  }
  void download_later(void* pinned, const void* device, std::size_t bytes) override {
    if (bytes == 0) return;
    ++counts_.downloads;
    FGCN_CUDA_CHECK(cudaMemcpyAsync(pinned, device, bytes, cudaMemcpyDeviceToHost, stream_));
  }
  std::unique_ptr<Mark> make_mark() override {
    use_device();
    return std::make_unique<CudaMark>(*this);
  }
  void* allocate_pinned(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    use_device();
    void* data = nullptr;
    check_memory(cudaHostAlloc(&data, bytes, cudaHostAllocDefault), bytes);
    return data;
  }
  void release_pinned(void* data, std::size_t /*bytes*/) noexcept override { cudaFreeHost(data); }

  void begin_recording() override {
    FGCN_CHECK(!recording_, "graph: work is being recorded already");
    use_device();
    // Relaxed: the graph's memory is asked for while it is recorded, beside the stream.
    FGCN_CUDA_CHECK(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeRelaxed));
    graphs_.begin(*this);
    recording_ = true;
  }
  std::shared_ptr<RecordedWork> end_recording() override {
    cudaGraph_t graph = nullptr;
    cudaGraphExec_t work = nullptr;
    recording_ = false;
    const std::shared_ptr<GraphMemory<CudaRuntime>> memory = graphs_.end();
    FGCN_CUDA_CHECK(cudaStreamEndCapture(stream_, &graph));
    const cudaError_t status = cudaGraphInstantiateWithFlags(&work, graph, 0);
    cudaGraphDestroy(graph);
    FGCN_CUDA_CHECK(status);
    return std::make_shared<CudaGraph>(*this, work, memory);
  }
  void drop_recording() noexcept override {
    if (!recording_) return;
    recording_ = false;
    cudaGraph_t graph = nullptr;
    cudaStreamEndCapture(stream_, &graph);
    if (graph != nullptr) cudaGraphDestroy(graph);
    cudaGetLastError();  // the next launch is not to blame for it
    (void)graphs_.end();
  }

  // Source of a graph's memory: not ordered with the stream, which is being recorded.
  void* acquire(std::size_t bytes) {
    void* data = nullptr;
    check_memory(cudaMalloc(&data, bytes), bytes);
    own_.push_back(data);
    count(static_cast<std::int64_t>(bytes));
    return data;
  }
  void give_back(void* data, std::size_t bytes) noexcept {
    cudaSetDevice(ordinal_);
    const auto own = std::find(own_.begin(), own_.end(), data);
    if (own != own_.end()) {
      cudaStreamSynchronize(stream_);  // the graph may still run
      cudaFree(data);
      own_.erase(own);
    } else {
      cudaFreeAsync(data, stream_);  // adopted from the pool
    }
    count(-static_cast<std::int64_t>(bytes));
  }

 private:
  class CudaMark final : public Mark {
   public:
    explicit CudaMark(CudaRuntime& runtime) : runtime_(runtime) {
      FGCN_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming));
    }
    ~CudaMark() override { cudaEventDestroy(event_); }
    void set() override {
      FGCN_CHECK(!runtime_.recording(), "mark: it cannot be set while work is recorded");
      FGCN_CUDA_CHECK(cudaEventRecord(event_, runtime_.stream_));
    }
    void wait() override {
      if (cudaEventQuery(event_) == cudaSuccess) return;
      cudaGetLastError();  // "not ready" is no failure
      ++runtime_.counts_.synchronisations;
      FGCN_CUDA_CHECK(cudaEventSynchronize(event_));
    }

   private:
    CudaRuntime& runtime_;
    cudaEvent_t event_ = nullptr;
  };

  class CudaGraph final : public RecordedWork {
   public:
    CudaGraph(CudaRuntime& runtime, cudaGraphExec_t work,
              std::shared_ptr<GraphMemory<CudaRuntime>> memory)
        : runtime_(runtime), memory_(std::move(memory)), work_(work) {}
    ~CudaGraph() override {
      cudaStreamSynchronize(runtime_.stream_);
      cudaGraphExecDestroy(work_);
    }
    void run() override {
      ++runtime_.counts_.graphs;
      runtime_.use_device();
      FGCN_CUDA_CHECK(cudaGraphLaunch(work_, runtime_.stream_));
    }

   private:
    CudaRuntime& runtime_;
    std::shared_ptr<GraphMemory<CudaRuntime>> memory_;
    cudaGraphExec_t work_;
  };

  /// The device is a thread's: another context or another thread may have chosen another.
  void use_device() const { FGCN_CUDA_CHECK(cudaSetDevice(ordinal_)); }
  void check_can_wait(const char* what) const {
    FGCN_CHECK(!recording_, what, ": the host cannot wait while work is recorded");
    use_device();
  }
  void check_memory(cudaError_t status, std::size_t bytes) const {
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();  // the next launch is not to blame for it
      throw OutOfMemory(text("cuda: no memory for ", bytes, " bytes; ", bytes_in_use(),
                             " are in use by this program"));
    }
    FGCN_CUDA_CHECK(status);
  }

  int ordinal_;
  cudaMemPool_t pool_ = nullptr;
  cudaStream_t stream_ = nullptr;
  std::mutex mutex_;        // guards the count and the ledger
  std::vector<void*> own_;  // of graphs
  GraphLedger<CudaRuntime> graphs_;
};

}  // namespace

namespace cuda {

std::shared_ptr<Runtime> make_runtime(int ordinal) {
  return std::make_shared<CudaRuntime>(ordinal);
}

int count_devices(std::string& why_none) {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess) {
    cudaGetLastError();
    why_none = text(cudaGetErrorName(status), ": ", cudaGetErrorString(status));
    return 0;
  }
  if (devices == 0) why_none = "there is none";
  return devices;
}

}  // namespace cuda
}  // namespace fgcn
