// Vertex attributes at the pixels of a raster, and the two adjoints.
#pragma once

#include "kernels/rasterize/rasterize.h"

namespace fgcn::kernels {

/// y = u a_0 + v a_1 + (1 - u - v) a_2 at each pixel, from the attributes a of its triangle's
/// vertices; zeros where the raster shows nothing.
///
///   raster      [N, H, W, 4]  u, v, depth (not read), triangle index + 1, as rasterize() gives it
///   attributes  [N, V, C]
///   triangles   [F, 3]
///   y           [N, H, W, C]  overwritten
///
/// Units    y carries those of the attributes.
/// Errors   fgcn::Error when shapes do not fit or an index is out of range (on a GPU, where the
///          check would stall, such pixels show nothing).
/// Repeat   bitwise: one thread owns a pixel's y.
void interpolate(const Context& ctx, View<const real> raster, View<const real> attributes,
                 View<const std::int32_t> triangles, View<real> y);

FGCN_BACKENDS(void interpolate(const Context& ctx, View<const real> raster,
                               View<const real> attributes, View<const std::int32_t> triangles,
                               View<real> y))

/// The adjoint by the attributes: each vertex gathers the weighted cotangents of its pixels.
///
///   grad_y           [N, H, W, C]
///   grad_attributes  [N, V, C]  overwritten
///
/// Repeat   bitwise: in corner order, then pixel order; accumulated in double.
void interpolate_attributes_vjp(const Context& ctx, View<const real> raster,
                                View<const real> grad_y, View<const std::int32_t> triangles,
                                const CornersView& corners, View<real> grad_attributes);

FGCN_BACKENDS(void interpolate_attributes_vjp(
    const Context& ctx, View<const real> raster, View<const real> grad_y,
    View<const std::int32_t> triangles, const CornersView& corners, View<real> grad_attributes))

/// The adjoint by u and v:  grad_u = <grad_y, a_0 - a_2>,  grad_v = <grad_y, a_1 - a_2>.
///
///   grad_raster  [N, H, W, 4]  overwritten; the last two channels are zero
void interpolate_raster_vjp(const Context& ctx, View<const real> raster,
                            View<const real> attributes, View<const std::int32_t> triangles,
                            View<const real> grad_y, View<real> grad_raster);

FGCN_BACKENDS(void interpolate_raster_vjp(const Context& ctx, View<const real> raster,
                                          View<const real> attributes,
                                          View<const std::int32_t> triangles,
                                          View<const real> grad_y, View<real> grad_raster))

}  // namespace fgcn::kernels
