#include "kernels/core/context.h"

#include <omp.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

/// Free lists by size class: powers of two and the quarters between, so at most a quarter is
/// wasted.
class CpuRuntime final : public Runtime {
 public:
  ~CpuRuntime() override { give_back(); }

  void* allocate(std::size_t bytes) override {
    if (bytes == 0) return nullptr;
    const std::size_t rounded = class_bytes(size_class(bytes));
    const std::lock_guard lock(mutex_);
    count(static_cast<std::int64_t>(rounded));
    std::vector<void*>& list = free_[size_class(bytes)];
    if (!list.empty()) {
      void* block = list.back();
      list.pop_back();
      return block;
    }
    void* block = std::aligned_alloc(64, rounded);
    if (block == nullptr) {
      give_back();
      block = std::aligned_alloc(64, rounded);
    }
    if (block != nullptr) return block;
    count(-static_cast<std::int64_t>(rounded));
    throw std::bad_alloc();
  }

  void release(void* data, std::size_t bytes) noexcept override {
    if (data == nullptr) return;
    const std::size_t index = size_class(bytes);
    const std::lock_guard lock(mutex_);
    count(-static_cast<std::int64_t>(class_bytes(index)));
#ifdef __SANITIZE_ADDRESS__
    std::free(data);  // so that a use after release is seen
#else
    try {
      free_[index].push_back(data);
    } catch (const std::bad_alloc&) {
      std::free(data);
    }
#endif
  }

  void upload(void* device, const void* host, std::size_t bytes) override {
    if (bytes) std::memcpy(device, host, bytes);
  }
  void download(void* host, const void* device, std::size_t bytes) override {
    if (bytes) std::memcpy(host, device, bytes);
  }
  void copy(void* to, const void* from, std::size_t bytes) override {
    if (bytes) std::memcpy(to, from, bytes);
  }
  void zero(void* data, std::size_t bytes) override {
    if (bytes) std::memset(data, 0, bytes);
  }
  void fill(void* data, std::uint32_t word, std::size_t words) override {
    std::fill_n(static_cast<std::uint32_t*>(data), words, word);
  }
  void synchronize() override {}

 private:
  static constexpr std::size_t kSmallest = 256;
  static constexpr std::size_t kClasses = 4 * 48;

  /// Class 4p + q holds kSmallest * 2^p * (1 + q / 4) bytes.
  static std::size_t class_bytes(std::size_t index) {
    return (kSmallest << (index / 4)) / 4 * (4 + index % 4);
  }
  static std::size_t size_class(std::size_t bytes) {
    if (bytes <= kSmallest) return 0;
    const auto power = static_cast<std::size_t>(std::bit_width((bytes - 1) / kSmallest)) - 1;
    std::size_t index = 4 * power;
    while (class_bytes(index) < bytes) ++index;
    return index;
  }

  /// All that nobody uses, to the system.
  void give_back() noexcept {
    for (std::vector<void*>& list : free_) {
      for (void* block : list) std::free(block);
      list.clear();
    }
  }

  std::mutex mutex_;
  std::vector<void*> free_[kClasses];
};

void check_cuda_device(int ordinal) {
  if (cuda::make_runtime == nullptr)
    input_error(
        "--device cuda: this program was built without CUDA; use --device cpu, or "
        "build with the cuda preset");
  std::string why;
  const int devices = cuda::count_devices(why);
  if (devices == 0)
    input_error("--device cuda: no CUDA device can be used (", why, "); use --device cpu");
  if (ordinal < 0 || ordinal >= devices)
    input_error("--device cuda:", ordinal, ": this machine has ", devices,
                " CUDA devices, counted from cuda:0");
}

std::shared_ptr<Runtime> make_runtime(Device device, int ordinal) {
  switch (device) {
    case Device::kCpu:
      return std::make_shared<CpuRuntime>();
    case Device::kCuda:
      check_cuda_device(ordinal);
      return cuda::make_runtime(ordinal);
    case Device::kEmulated:
      if (emulated::make_runtime == nullptr)
        input_error(
            "--device emulated: this program has no emulated device, which only tests hold; use "
            "--device cpu");
      return emulated::make_runtime(ordinal);
  }
  throw Error("no such device");
}

}  // namespace

const char* name(Device device) {
  switch (device) {
    case Device::kCpu:
      return "cpu";
    case Device::kCuda:
      return "cuda";
    case Device::kEmulated:
      return "emulated";
  }
  return "unknown";
}

Context::Context(Device device, int threads, int ordinal)
    : device_(device),
      threads_(threads > 0 ? threads : std::max(1, omp_get_max_threads())),
      runtime_(make_runtime(device, ordinal)) {}

bool available(Device device) {
  if (device == Device::kCpu) return true;
  if (device == Device::kEmulated) return emulated::make_runtime != nullptr;
  std::string why;
  return cuda::make_runtime != nullptr && cuda::count_devices(why) > 0;
}

DeviceChoice choose_device(const std::string& name) {
  if (name == "cpu") return {};
  if (name == "auto") return {available(Device::kCuda) ? Device::kCuda : Device::kCpu, 0};
  DeviceChoice choice;
  const std::string numbered = "cuda:";
  if (name == "emulated") {
    constexpr int kGuarded = -1;  // memory that the host cannot touch (simt/runtime.cpp)
    choice = {Device::kEmulated, kGuarded};
    if (!available(choice.device)) (void)make_runtime(choice.device, 0);  // says why
    return choice;
  }
  const std::string digits = name.starts_with(numbered) ? name.substr(numbered.size()) : "";
  constexpr std::size_t kMostDigits = 4;
  if (name != "cuda" && (digits.empty() || digits.size() > kMostDigits ||
                         digits.find_first_not_of("0123456789") != std::string::npos))
    input_error("--device ", name, ": there is no such device; give auto, cpu, cuda or cuda:1");
  choice = {Device::kCuda, digits.empty() ? 0 : std::stoi(digits)};
  check_cuda_device(choice.ordinal);
  return choice;
}

void Runtime::begin_recording() { throw Error("graph: this device records no work"); }
std::shared_ptr<RecordedWork> Runtime::end_recording() {
  throw Error("graph: this device records no work");
}

}  // namespace fgcn
