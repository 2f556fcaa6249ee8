// The CUDA device: one stream, and memory from a pool that is ordered with it.
#include <mutex>

#include "kernels/core/launch.h"

namespace fgcn {
namespace {

#define FGCN_CUDA_CHECK(call) ::fgcn::detail::check_cuda((call), #call, __FILE__, __LINE__)

/// What an allocation takes from the pool: a multiple of this, so that steps of nearly the same
/// sizes reuse each other's memory.
constexpr std::size_t kGranule = 512;

constexpr std::size_t rounded(std::size_t bytes) {
  return (bytes + kGranule - 1) / kGranule * kGranule;
}

class CudaRuntime final : public Runtime {
 public:
  explicit CudaRuntime(int ordinal) {
    int devices = 0;
    FGCN_CUDA_CHECK(cudaGetDeviceCount(&devices));
    FGCN_CHECK(ordinal >= 0 && ordinal < devices, "cuda: device ", ordinal, " of ", devices);
    FGCN_CUDA_CHECK(cudaSetDevice(ordinal));
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
    drop_libraries();
    cudaStreamSynchronize(stream_);
    cudaStreamDestroy(stream_);
    cudaMemPoolDestroy(pool_);
  }

  void* allocate(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    void* data = nullptr;
    const cudaError_t status = cudaMallocFromPoolAsync(&data, rounded(bytes), pool_, stream_);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();  // the next launch is not to blame for it
      throw Error(text("cuda: no memory for ", bytes, " bytes; ", bytes_in_use(),
                       " are in use by this program"));
    }
    FGCN_CUDA_CHECK(status);
    const std::lock_guard lock(mutex_);
    count(static_cast<std::int64_t>(rounded(bytes)));
    return data;
  }

  void release(void* data, std::size_t bytes) noexcept override {
    if (data == nullptr) return;
    cudaFreeAsync(data, stream_);
    const std::lock_guard lock(mutex_);
    count(-static_cast<std::int64_t>(rounded(bytes)));
  }

  void upload(void* device, const void* host, std::size_t bytes) override {
    if (bytes == 0) return;
    FGCN_CUDA_CHECK(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, stream_));
    // The caller may change or free its memory at once.
    FGCN_CUDA_CHECK(cudaStreamSynchronize(stream_));
  }
  void download(void* host, const void* device, std::size_t bytes) override {
    if (bytes == 0) return;
    FGCN_CUDA_CHECK(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, stream_));
    FGCN_CUDA_CHECK(cudaStreamSynchronize(stream_));
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    if (bytes == 0) return;
    FGCN_CUDA_CHECK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_));
  }
  void zero(void* data, std::size_t bytes) override {
    if (bytes == 0) return;
    FGCN_CUDA_CHECK(cudaMemsetAsync(data, 0, bytes, stream_));
  }
  void synchronize() override { FGCN_CUDA_CHECK(cudaStreamSynchronize(stream_)); }
  void* stream() const override { return stream_; }

 private:
  cudaMemPool_t pool_ = nullptr;
  cudaStream_t stream_ = nullptr;
  std::mutex mutex_;  // guards the count
};

}  // namespace

namespace cuda {

std::shared_ptr<Runtime> make_runtime(int ordinal) {
  return std::make_shared<CudaRuntime>(ordinal);
}

}  // namespace cuda
}  // namespace fgcn
