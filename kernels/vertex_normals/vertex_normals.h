// Normals of a triangle mesh's vertices, and their adjoint.
#pragma once

#include "kernels/core/corners.h"
#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// Area-weighted normals  y = s / |s|,  s = sum over the triangles around it (a - b) x (b - c).
///
///   x          [N, V, 3]  positions
///   triangles  [F, 3]     and where the vertices occur in them
///   y          [N, V, 3]  unit length; zero where s is no more than rounding; overwritten
///
/// y is zero for an isolated vertex, for one whose triangles are all degenerate (repeated or
/// collinear vertices, up to some twenty eps of their coordinates), and for one whose triangles
/// cancel each other. The rule (kernels/core/normal_sum.h) knows no unit, and every device decides
/// with the same bits. Edges may have any length that real can hold, but for denormals.
///
/// Units    y is dimensionless.
/// Errors   fgcn::Error when the shapes do not fit together.
/// Repeat   bitwise: one thread owns one vertex and sums its triangles in ascending order.
/// Source   Gouraud, IEEE Transactions on Computers 1971, with unnormalised triangle normals.
void vertex_normals(const Context& ctx, View<const std::int32_t> triangles,
                    const CornersView& corners, View<const real> x, View<real> y);

FGCN_BACKENDS(void vertex_normals(const Context& ctx, View<const std::int32_t> triangles,
                                  const CornersView& corners, View<const real> x, View<real> y))

/// grad_x = (dy/dx)^T grad_y. A normal that is zero is taken for a constant.
///
///   grad_sum  [N, V, 3]  work space: the cotangent of s; overwritten
///
/// Range    grad_sum goes with 1 / |s|: in float32 triangles from about 1e-18 to 1e18 units. Below,
///          it is zero where it would be infinite.
/// Repeat   bitwise: the scatter over triangles is gathered by vertex.
void vertex_normals_adjoint(const Context& ctx, View<const std::int32_t> triangles,
                            const CornersView& corners, View<const real> x, View<const real> grad_y,
                            View<real> grad_sum, View<real> grad_x);

FGCN_BACKENDS(void vertex_normals_adjoint(const Context& ctx, View<const std::int32_t> triangles,
                                          const CornersView& corners, View<const real> x,
                                          View<const real> grad_y, View<real> grad_sum,
                                          View<real> grad_x))

}  // namespace fgcn::kernels
