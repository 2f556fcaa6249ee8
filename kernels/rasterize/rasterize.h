// From triangles in screen space to the nearest triangle at each pixel.
#pragma once

#include "kernels/core/corners.h"
#include "kernels/core/dispatch.h"

namespace fgcn::kernels {

/// Which triangles are dropped for their winding. A front face is counter-clockwise as seen, that
/// is, (v1 - v0) x (v2 - v0) < 0 in screen space, where y points down.
enum class Cull { kNone, kBack };

struct RasterizeOptions {
  real near = real(1e-3);  // dm; a triangle with a vertex at or before this depth is dropped
  Cull cull = Cull::kNone;
};

/// The nearest triangle at each pixel centre, with perspective-correct barycentrics:
/// u = (w_0 / z_0) / sum_i w_i / z_i, v from w_1, 1 / depth = sum_i w_i / z_i / sum_i w_i.
///
///   positions  [N, V, 3]     x, y in pixels (y down, centres at half-integers), depth in dm
///   triangles  [F, 3]
///   raster     [N, H, W, 4]  u, v, depth, triangle index + 1; zeros where nothing is; overwritten
///
/// Depths are compared in single precision, at equal depth the lower triangle wins. A pixel centre
/// on an edge that two triangles share belongs to exactly one of them (top-left rule; an edge is
/// evaluated from the same end for both). A triangle is skipped when it has no area, a coordinate
/// that is not finite, or a vertex at depth <= near.
///
/// Errors   fgcn::Error when shapes do not fit, an index is out of range (on a GPU, where the check
///          would stall, such triangles are skipped), or an axis is over 16384 pixels.
/// Repeat   bitwise for any number of threads; the GPU's coverage is the CPU's.
/// Source   Olano and Greer, "Triangle scan conversion using 2D homogeneous coordinates", 1997;
///          Laine and Karras, "High-performance software rasterization on GPUs", 2011.
void rasterize(const Context& ctx, View<const real> positions, View<const std::int32_t> triangles,
               const RasterizeOptions& options, View<real> raster);

FGCN_BACKENDS(void rasterize(const Context& ctx, View<const real> positions,
                             View<const std::int32_t> triangles, const RasterizeOptions& options,
                             View<real> raster))

/// Vector-Jacobian product of rasterize() by positions: through u, v and depth of the triangle that
/// is seen, not through which one is seen.
///
///   raster          [N, H, W, 4]  what rasterize() gave for these positions
///   grad_raster     [N, H, W, 4]  its last channel is not read
///   grad_positions  [N, V, 3]     overwritten
///
/// Repeat   bitwise: gathered per triangle in pixel order, then per vertex in corner order.
/// Source   Loper and Black, OpenDR, ECCV 2014 (without its visibility term).
void rasterize_vjp(const Context& ctx, View<const real> positions,
                   View<const std::int32_t> triangles, const CornersView& corners,
                   View<const real> raster, View<const real> grad_raster,
                   View<real> grad_positions);

FGCN_BACKENDS(void rasterize_vjp(const Context& ctx, View<const real> positions,
                                 View<const std::int32_t> triangles, const CornersView& corners,
                                 View<const real> raster, View<const real> grad_raster,
                                 View<real> grad_positions))

/// Error unless every index is in [0, vertices). Host memory.
void check_triangles(const char* name, View<const std::int32_t> triangles, std::int64_t vertices);

}  // namespace fgcn::kernels
