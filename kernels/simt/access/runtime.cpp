#include "kernels/simt/access/runtime.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "kernels/runtime/launch.h"
#include "kernels/simt/access/recorder.h"

namespace fgcn {
namespace simt {

void* RecordingRuntime::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  void* data = arena_.allocate(bytes);
  std::memset(data, 0xff, bytes);
  count(static_cast<std::int64_t>(bytes));
  return data;
}

void RecordingRuntime::release(void* data, std::size_t bytes) noexcept {
  if (data == nullptr) return;
  count(-static_cast<std::int64_t>(bytes));
  arena_.release(data, bytes);
}

void RecordingRuntime::upload(void* device, const void* host, std::size_t bytes) {
  if (bytes != 0) std::memcpy(device, host, bytes);
}

void RecordingRuntime::download(void* host, const void* device, std::size_t bytes) {
  if (bytes != 0) std::memcpy(host, device, bytes);
}

void RecordingRuntime::copy(void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  std::memcpy(to, from, bytes);
  if (recorder_ != nullptr) recorder_->transfer("copy", bytes, bytes);
}

void RecordingRuntime::zero(void* data, std::size_t bytes) {
  if (bytes == 0) return;
  std::memset(data, 0, bytes);
  if (recorder_ != nullptr) recorder_->transfer("zero", 0, bytes);
}

void RecordingRuntime::fill(void* data, std::uint32_t word, std::size_t words) {
  if (words == 0) return;
  std::fill_n(static_cast<std::uint32_t*>(data), words, word);
  if (recorder_ != nullptr) recorder_->transfer("fill", 0, words * sizeof word);
}

void RecordingRuntime::count_call(const char* name, std::size_t read, std::size_t written) {
  if (recorder_ != nullptr) recorder_->transfer(name, read, written);
}

}  // namespace simt

namespace detail {

void submit(const Context& ctx, std::function<void(const simt::Schedule&)> work) {
  FGCN_CHECK(ctx.device() == Device::kEmulated, "launch: the context is on ", name(ctx.device()));
  const std::function<void(const simt::Schedule&)> now = std::move(work);
  now({});
}

}  // namespace detail

namespace emulated {

std::shared_ptr<Runtime> make_runtime(int /*order*/) {
  return std::make_shared<simt::RecordingRuntime>();
}

}  // namespace emulated
}  // namespace fgcn
