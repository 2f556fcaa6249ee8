#include "autograd/ops/vertex_normals.h"

namespace fgcn {

TriangleIncidence::TriangleIncidence(const Context& ctx, std::int64_t vertices,
                                     const std::vector<std::int32_t>& triangles) {
  FGCN_CHECK(triangles.size() % 3 == 0, "TriangleIncidence: ", triangles.size(),
             " indices are not triangles");
  std::vector<std::int32_t> begin(static_cast<std::size_t>(vertices) + 1, 0);
  for (const std::int32_t v : triangles) {
    FGCN_CHECK(v >= 0 && v < vertices, "TriangleIncidence: a triangle names vertex ", v, " of ",
               vertices);
    ++begin[static_cast<std::size_t>(v) + 1];
  }
  for (std::size_t v = 1; v < begin.size(); ++v) begin[v] += begin[v - 1];
  std::vector<std::int32_t> corner(triangles.size());
  std::vector<std::int32_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t i = 0; i < triangles.size(); ++i)
    corner[next[triangles[i]]++] = static_cast<std::int32_t>(i);
  const auto corners = static_cast<std::int64_t>(triangles.size());
  triangles_ = IndexTensor::of(ctx, {corners / 3, 3}, triangles);
  row_begin_ = IndexTensor::of(ctx, {vertices + 1}, begin);
  corner_ = IndexTensor::of(ctx, {corners}, corner);
}

kernels::IncidenceView TriangleIncidence::view() const {
  FGCN_CHECK(row_begin_.defined(), "TriangleIncidence: no mesh was given");
  return {triangles_.view(), row_begin_.view(), corner_.view()};
}

namespace ops {

Var vertex_normals(const TriangleIncidence& mesh, const Var& x) {
  Tape& tape = x.tape();
  Tensor y(tape.context(), x.shape());
  kernels::vertex_normals(tape.context(), mesh.view(), x.value().view(), y.view());
  return tape.record(
      "vertex_normals", {x}, std::move(y),
      [mesh, x](const Var& grad_y) {
        Tape& t = grad_y.tape();
        Tensor grad_sum(t.context(), x.shape());
        Tensor grad_x(t.context(), x.shape());
        kernels::vertex_normals_adjoint(t.context(), mesh.view(), x.value().view(),
                                        grad_y.value().view(), grad_sum.view(), grad_x.view());
        return Vars{t.constant(std::move(grad_x))};
      },
      Order::kOnce);
}

}  // namespace ops
}  // namespace fgcn
