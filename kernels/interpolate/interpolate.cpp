#include "kernels/interpolate/interpolate.h"

namespace fgcn::kernels {
namespace {

/// Checks that the three have in common. `pixels` is y or its cotangent, `values` the attributes or
/// theirs.
void check_shapes(const Context& ctx, const char* name, const Shape& raster, const Shape& values,
                  View<const std::int32_t> triangles, const Shape& pixels) {
  FGCN_CHECK(raster.rank == 4 && raster[3] == 4, name, ": raster is ", raster,
             ", expected [N, H, W, 4]");
  FGCN_CHECK(values.rank == 3 && values[0] == raster[0], name, ": attributes are ", values,
             ", expected [", raster[0], ", V, C]");
  FGCN_CHECK(triangles.shape.rank == 2 && triangles.dim(1) == 3, name, ": triangles is ",
             triangles.shape, ", expected [F, 3]");
  const Shape expected{raster[0], raster[1], raster[2], values[2]};
  FGCN_CHECK(pixels == expected, name, ": y is ", pixels, ", expected ", expected);
  if (ctx.device() == Device::kCpu) check_triangles(name, triangles, values[1]);
}

}  // namespace

void interpolate(const Context& ctx, View<const real> raster, View<const real> attributes,
                 View<const std::int32_t> triangles, View<real> y) {
  check_shapes(ctx, "interpolate", raster.shape, attributes.shape, triangles, y.shape);
  FGCN_DISPATCH(ctx, interpolate, raster, attributes, triangles, y);
}

void interpolate_attributes_vjp(const Context& ctx, View<const real> raster,
                                View<const real> grad_y, View<const std::int32_t> triangles,
                                const CornersView& corners, View<real> grad_attributes) {
  check_shapes(ctx, "interpolate_attributes_vjp", raster.shape, grad_attributes.shape, triangles,
               grad_y.shape);
  FGCN_CHECK(corners.vertices == grad_attributes.dim(1), "interpolate_attributes_vjp: corners of ",
             corners.vertices, " vertices, grad_attributes is ", grad_attributes.shape);
  FGCN_DISPATCH(ctx, interpolate_attributes_vjp, raster, grad_y, triangles, corners,
                grad_attributes);
}

void interpolate_raster_vjp(const Context& ctx, View<const real> raster,
                            View<const real> attributes, View<const std::int32_t> triangles,
                            View<const real> grad_y, View<real> grad_raster) {
  check_shapes(ctx, "interpolate_raster_vjp", raster.shape, attributes.shape, triangles,
               grad_y.shape);
  FGCN_CHECK(grad_raster.shape == raster.shape, "interpolate_raster_vjp: grad_raster is ",
             grad_raster.shape, ", expected ", raster.shape);
  FGCN_DISPATCH(ctx, interpolate_raster_vjp, raster, attributes, triangles, grad_y, grad_raster);
}

}  // namespace fgcn::kernels
