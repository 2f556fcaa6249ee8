// The arrays of a batch, sent to a device in one copy.
#pragma once

#include <span>
#include <vector>

#include "autograd/tensor.h"
#include "kernels/runtime/pinned.h"

namespace fgcn::train {

/// Arrays that lie in one piece of device memory, each on a cache line of its own, and in one of
/// several pinned arrays, which the host fills while the device still copies from others. Addresses
/// stay, so that recorded work (kernels/runtime/graph.h) finds each new batch.
///
///   arrays.begin();  ... arrays.room(i) ...  arrays.send();
class BatchArrays {
 public:
  BatchArrays() = default;
  /// Zeros at first; sent `uploads` times per step.
  BatchArrays(const Context& ctx, std::vector<Shape> shapes, std::int64_t uploads = 1);

  /// Starts to fill the next batch; waits for a copy of two steps ago.
  void begin() { host_ = ring_.fill(); }
  /// Where the host writes an array, all of it, between begin() and send().
  std::span<real> room(std::size_t which) const;
  /// Does not wait.
  void send() { ring_.upload(device_.data()); }

  /// The array on the device; shares the memory.
  Tensor on_device(std::size_t which) const { return device_.part(first_[which], shapes_[which]); }
  const Shape& shape(std::size_t which) const { return shapes_[which]; }

 private:
  std::vector<Shape> shapes_;
  std::vector<std::int64_t> first_;
  PinnedRing<real> ring_;
  Tensor device_;
  real* host_ = nullptr;  // of the ring
};

/// As RefinementModel::pack() takes arrays.
inline std::vector<const std::vector<float>*> pointers_to(
    const std::vector<std::vector<float>>& arrays) {
  std::vector<const std::vector<float>*> out;
  out.reserve(arrays.size());
  for (const auto& one : arrays) out.push_back(&one);
  return out;
}

}  // namespace fgcn::train
