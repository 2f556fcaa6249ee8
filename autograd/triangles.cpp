#include "autograd/triangles.h"

#include <utility>
#include <vector>

#include "kernels/rasterize/rasterize.h"

namespace fgcn {

Triangles::Triangles(IndexTensor triangles)
    : triangles_(std::move(triangles)), index_(std::make_shared<Index>()) {
  FGCN_CHECK(triangles_.shape().rank == 2 && triangles_.dim(1) == 3, "triangles: triangles is ",
             triangles_.shape(), ", expected [F, 3]");
}

Triangles::Triangles(const Context& ctx, std::int64_t vertices,
                     const std::vector<std::int32_t>& triangles)
    : Triangles(
          IndexTensor::of(ctx, {static_cast<std::int64_t>(triangles.size()) / 3, 3}, triangles)) {
  (void)corners(vertices);
}

kernels::CornersView Triangles::corners(std::int64_t vertices) const {
  FGCN_CHECK(index_ != nullptr, "triangles: none were given");
  if (index_->vertices != vertices) {
    const std::vector<std::int32_t> triangles = triangles_.to_host();
    kernels::check_triangles("triangles", {triangles.data(), triangles_.shape()}, vertices);
    std::vector<std::int32_t> begin(static_cast<std::size_t>(vertices) + 1, 0);
    for (const std::int32_t v : triangles) ++begin[v + 1];
    for (std::int64_t v = 0; v < vertices; ++v) begin[v + 1] += begin[v];
    std::vector<std::int32_t> next(begin.begin(), begin.end() - 1);
    std::vector<std::int32_t> corner(triangles.size());
    for (std::size_t i = 0; i < triangles.size(); ++i)
      corner[next[triangles[i]]++] = static_cast<std::int32_t>(i);
    const Context& ctx = triangles_.context();
    index_->begin = IndexTensor::of(ctx, {vertices + 1}, begin);
    index_->corner = IndexTensor::of(ctx, {static_cast<std::int64_t>(corner.size())}, corner);
    index_->vertices = vertices;
  }
  return {vertices, index_->begin.data(), index_->corner.data()};
}

}  // namespace fgcn
