// The simulated device as the host versions of NVIDIA's libraries see it.
#include "kernels/simt/vendor/vendor_device.h"

#include <map>
#include <utility>

#include "tests/ptx/device.h"
#include "tests/ptx/library_device.h"

namespace fgcn::simt {
namespace {

/// One stream of the device.
class SimulatedStream final : public VendorDevice {
 public:
  explicit SimulatedStream(void* stream) : stream_(stream) {}

  bool holds(const void* data, std::size_t bytes) const override {
    const std::lock_guard lock(ptx::device_lock());
    return bytes == 0 || ptx::holds(data, bytes);
  }
  void submit(Work work) override {
    const std::lock_guard lock(ptx::device_lock());
    ptx::submit(stream_, std::move(work));
  }
  void look(const Work& work) override {
    const std::lock_guard lock(ptx::device_lock());
    work();
  }
  const void* to_read(const void* data, std::size_t bytes) override {
    const std::byte* on_host = ptx::device_range(data, bytes, "a library reads");
    if (!ptx::all_written(data, bytes))
      ptx::library_finding("a library reads unwritten memory", std::to_string(bytes) + " bytes");
    return on_host;
  }
  void* to_write(void* data, std::size_t bytes) override {
    std::byte* on_host = ptx::device_range(data, bytes, "a library writes");
    ptx::mark_written(data, bytes);
    return on_host;
  }

 private:
  void* stream_;
};

}  // namespace

VendorDevice* VendorDevice::of_stream(const void* stream) {
  const std::lock_guard lock(ptx::device_lock());
  if (stream == nullptr || !ptx::device().streams.is_stream(stream)) return nullptr;
  // The libraries' interface is C's: a stream's name is all that reaches them.
  static std::map<const void*, SimulatedStream> all;
  return &all.try_emplace(stream, const_cast<void*>(stream)).first->second;
}

}  // namespace fgcn::simt
