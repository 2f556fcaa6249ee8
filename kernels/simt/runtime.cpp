// The emulated device: host memory that starts as NaN.
#include <cstdlib>
#include <cstring>

#include "kernels/core/launch.h"
#include "kernels/simt/device_memory.h"

namespace fgcn {
namespace {

/// Nothing is pooled: each block is of the exact size, and gone once released, so that a sanitizer
/// sees every access out of bounds or after the end.
class EmulatedRuntime final : public Runtime {
 public:
  explicit EmulatedRuntime(int order) : order_(static_cast<std::uint64_t>(order)) {}
  ~EmulatedRuntime() override { drop_libraries(); }

  void* allocate(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    constexpr std::size_t kAlignment = 256;  // cudaMalloc's
    void* data = nullptr;
    FGCN_CHECK(posix_memalign(&data, kAlignment, bytes) == 0, "no memory for ", bytes, " bytes");
    std::memset(data, 0xff, bytes);
    memory_.add(data, bytes);
    count(static_cast<std::int64_t>(bytes));
    return data;
  }
  void release(void* data, std::size_t bytes) noexcept override {
    if (data == nullptr) return;
    memory_.remove(data);
    count(-static_cast<std::int64_t>(bytes));
    std::free(data);
  }
  void upload(void* device, const void* host, std::size_t bytes) override {
    copy(device, host, bytes);
  }
  void download(void* host, const void* device, std::size_t bytes) override {
    copy(host, device, bytes);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    if (bytes != 0) std::memcpy(to, from, bytes);
  }
  void zero(void* data, std::size_t bytes) override {
    if (bytes != 0) std::memset(data, 0, bytes);
  }
  void synchronize() override {}
  void* stream() const override { return memory_.stream(); }

  /// Order 0 runs in order; otherwise every launch has a random order of its own.
  simt::Schedule next_schedule() {
    ++launches_;
    return {order_ == 0 ? 0 : order_ * 0x100000001b3ULL + launches_};
  }

 private:
  std::uint64_t order_;
  std::uint64_t launches_ = 0;
  simt::DeviceMemory memory_;
};

}  // namespace

namespace detail {

simt::Schedule next_schedule(const Context& ctx) {
  FGCN_CHECK(ctx.device() == Device::kEmulated, "launch: the context is on ", name(ctx.device()));
  return static_cast<EmulatedRuntime&>(ctx.runtime()).next_schedule();
}

}  // namespace detail

namespace emulated {

std::shared_ptr<Runtime> make_runtime(int order) {
  return std::make_shared<EmulatedRuntime>(order);
}

}  // namespace emulated
}  // namespace fgcn
