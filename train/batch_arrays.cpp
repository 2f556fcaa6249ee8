#include "train/batch_arrays.h"

#include <utility>

namespace fgcn::train {

BatchArrays::BatchArrays(const Context& ctx, std::vector<Shape> shapes, std::int64_t uploads)
    : shapes_(std::move(shapes)) {
  constexpr std::int64_t kLine = 64;
  std::int64_t size = 0;
  for (const Shape& shape : shapes_) {
    first_.push_back(size);
    size += (shape.size() + kLine - 1) / kLine * kLine;
  }
  ring_ = PinnedRing<real>(ctx, size, pinned_arrays(uploads));
  device_ = Tensor::zeros(ctx, {size});
}

std::span<real> BatchArrays::room(std::size_t which) const {
  return {host_ + first_[which], static_cast<std::size_t>(shapes_[which].size())};
}

}  // namespace fgcn::train
