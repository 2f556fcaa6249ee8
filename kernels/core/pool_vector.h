// A vector in a context's pool, for the workspace of CPU operators: large blocks of the system's
// allocator go back to the system after each call, and come again page by page.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/core/context.h"

namespace fgcn {

/// CPU contexts only. The runtime must outlive what was allocated.
template <class T>
class PoolAllocator {
 public:
  using value_type = T;

  PoolAllocator(const Context& ctx)
      : runtime_(&ctx.runtime()) {}  // NOLINT(google-explicit-constructor)
  template <class U>
  PoolAllocator(const PoolAllocator<U>& other)
      : runtime_(&other.runtime()) {}  // NOLINT(google-explicit-constructor): rebinding

  T* allocate(std::size_t count) { return static_cast<T*>(runtime_->allocate(count * sizeof(T))); }
  void deallocate(T* data, std::size_t count) noexcept {
    runtime_->release(data, count * sizeof(T));
  }

  Runtime& runtime() const { return *runtime_; }
  friend bool operator==(const PoolAllocator& a, const PoolAllocator& b) {
    return a.runtime_ == b.runtime_;
  }

 private:
  Runtime* runtime_;
};

/// PoolVector<int> v(ctx);
template <class T>
using PoolVector = std::vector<T, PoolAllocator<T>>;

}  // namespace fgcn
