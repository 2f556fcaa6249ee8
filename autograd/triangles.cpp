#include "autograd/triangles.h"

#include <utility>
#include <vector>

#include "kernels/rasterize/rasterize.h"

namespace fgcn {

Triangles::Triangles(IndexTensor faces)
    : faces_(std::move(faces)), index_(std::make_shared<Index>()) {
  FGCN_CHECK(faces_.shape().rank == 2 && faces_.dim(1) == 3, "triangles: faces is ", faces_.shape(),
             ", expected [F, 3]");
}

Triangles::Triangles(const Context& ctx, std::int64_t vertices,
                     const std::vector<std::int32_t>& faces)
    : Triangles(IndexTensor::of(ctx, {static_cast<std::int64_t>(faces.size()) / 3, 3}, faces)) {
  (void)corners(vertices);
}

kernels::CornersView Triangles::corners(std::int64_t vertices) const {
  FGCN_CHECK(index_ != nullptr, "triangles: none were given");
  if (index_->vertices != vertices) {
    const std::vector<std::int32_t> faces = faces_.to_host();
    kernels::check_triangles("triangles", {faces.data(), faces_.shape()}, vertices);
    std::vector<std::int32_t> begin(static_cast<std::size_t>(vertices) + 1, 0);
    for (const std::int32_t v : faces) ++begin[v + 1];
    for (std::int64_t v = 0; v < vertices; ++v) begin[v + 1] += begin[v];
    std::vector<std::int32_t> next(begin.begin(), begin.end() - 1);
    std::vector<std::int32_t> corner(faces.size());
    for (std::size_t i = 0; i < faces.size(); ++i)
      corner[next[faces[i]]++] = static_cast<std::int32_t>(i);
    const Context& ctx = faces_.context();
    index_->begin = IndexTensor::of(ctx, {vertices + 1}, begin);
    index_->corner = IndexTensor::of(ctx, {static_cast<std::int64_t>(corner.size())}, corner);
    index_->vertices = vertices;
  }
  return {vertices, index_->begin.data(), index_->corner.data()};
}

}  // namespace fgcn
