// The objects behind opaque pointers: streams, and the handles and descriptors of NVIDIA's
// libraries.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace fgcn::simt {

/// Objects by numbers that pass for pointers. A number is never given twice, so that the pointer to
/// an object that is gone is known for what it is.
template <class T>
class Objects {
 public:
  void* add(T object) {
    const std::lock_guard lock(mutex_);
    const std::uintptr_t name = next_;
    next_ += kStep;
    objects_.emplace(name, std::move(object));
    return reinterpret_cast<void*>(name);  // NOLINT(performance-no-int-to-ptr): never read through
  }
  /// False when there is no such object.
  bool remove(const void* name) {
    const std::lock_guard lock(mutex_);
    return objects_.erase(reinterpret_cast<std::uintptr_t>(name)) != 0;
  }
  /// Null when there is no such object.
  T* find(const void* name) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uintptr_t>(name));
    return found == objects_.end() ? nullptr : &found->second;
  }

 private:
  static constexpr std::uintptr_t kStep = 16;

  std::mutex mutex_;
  std::uintptr_t next_ = kStep;
  std::map<std::uintptr_t, T> objects_;
};

}  // namespace fgcn::simt
