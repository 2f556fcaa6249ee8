#include "tests/ptx/device.h"

#include "kernels/core/error.h"
#include "tests/ptx/library_device.h"

namespace fgcn::ptx {

Device& device() {
  static Device& process = *[] {
    auto* fresh = new Device;
    fresh->options = options_from_environment();
    return fresh;
  }();
  return process;
}

std::recursive_mutex& device_lock() { return device().lock; }

void submit(void* stream, std::function<void()> work) {
  const std::lock_guard guard(device_lock());
  device().streams.submit(stream, std::move(work));
}

std::byte* device_range(const void* address, std::uint64_t bytes, const char* what) {
  constexpr int kInvalidValue = 1;
  if (bytes == 0) return nullptr;
  const std::lock_guard guard(device_lock());
  const DeviceSpace& memory = device().memory;
  const u64 begin = reinterpret_cast<u64>(address);
  if (!memory.within_one(begin, bytes)) {
    const Allocation* below = memory.is_device(begin) ? memory.at_or_below(begin) : nullptr;
    std::string where = "; no address of the device";
    if (below != nullptr)
      where = text("; the first is byte ", begin - below->begin, " of an allocation of ",
                   below->end - below->begin);
    const std::string sentence =
        text(what, ": ", bytes, " bytes are not within one allocation", where);
    library_finding("fault", sentence);
    throw Fault(sentence, kInvalidValue);
  }
  return reinterpret_cast<std::byte*>(memory.host(begin));
}

bool holds(const void* address, std::uint64_t bytes) {
  const std::lock_guard guard(device_lock());
  return device().memory.within_one(reinterpret_cast<u64>(address), bytes);
}

void mark_written(const void* address, std::uint64_t bytes) {
  const std::lock_guard guard(device_lock());
  if (holds(address, bytes)) device().memory.mark_written(reinterpret_cast<u64>(address), bytes);
}

bool all_written(const void* address, std::uint64_t bytes) {
  const std::lock_guard guard(device_lock());
  return bytes == 0 || (holds(address, bytes) &&
                        device().memory.all_written(reinterpret_cast<u64>(address), bytes));
}

void library_finding(const char* kind, const std::string& text) {
  const std::lock_guard guard(device_lock());
  // Sizes differ from call to call, what is wrong with them does not.
  device().findings.add({kind, "(host)", "", text, 0},
                        text.substr(0, text.find_first_of("0123456789")));
}

}  // namespace fgcn::ptx
