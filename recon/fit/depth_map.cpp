#include "recon/fit/depth_map.h"

#include <cmath>
#include <utility>

#include "kernels/rasterize/rasterize.h"

namespace fgcn::recon {

DepthMap::DepthMap(const Context& ctx, const std::vector<mesh::Triangle>& triangles,
                   std::int64_t size)
    : context_(ctx), size_(size) {
  std::vector<std::int32_t> flat;
  flat.reserve(triangles.size() * 3);
  for (const mesh::Triangle& t : triangles) flat.insert(flat.end(), t.begin(), t.end());
  triangles_ = IndexTensor::of(ctx, {static_cast<std::int64_t>(triangles.size()), 3}, flat);
}

void DepthMap::draw(const std::vector<float>& positions) {
  const auto vertices = static_cast<std::int64_t>(positions.size() / 3);
  const Tensor screen = Tensor::of(context_, {1, vertices, 3}, positions);
  Tensor raster(context_, {1, size_, size_, 4});
  kernels::rasterize(context_, screen.view(), std::as_const(triangles_).view(), {}, raster.view());
  raster_ = raster.to_host();
}

bool DepthMap::reaches(float x, float y, float depth, float margin) const {
  const auto column = static_cast<std::int64_t>(std::floor(x));
  const auto row = static_cast<std::int64_t>(std::floor(y));
  if (column < 0 || row < 0 || column >= size_ || row >= size_) return true;
  const auto at = static_cast<std::size_t>((row * size_ + column) * 4);
  return raster_[at + 3] == 0 || depth <= raster_[at + 2] + margin;
}

}  // namespace fgcn::recon
