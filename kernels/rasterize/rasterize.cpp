#include "kernels/rasterize/rasterize.h"

namespace fgcn::kernels {
namespace {

constexpr std::int64_t kMaxPixels = 16384;             // an axis
constexpr std::int64_t kMaxTriangles = (1 << 24) - 1;  // a float holds every index + 1

void check_mesh(const char* name, View<const real> positions, View<const std::int32_t> triangles) {
  FGCN_CHECK(positions.shape.rank == 3 && positions.dim(2) == 3, name, ": positions is ",
             positions.shape, ", expected [N, V, 3]");
  FGCN_CHECK(triangles.shape.rank == 2 && triangles.dim(1) == 3, name, ": triangles is ",
             triangles.shape, ", expected [F, 3]");
  FGCN_CHECK(triangles.dim(0) <= kMaxTriangles, name, ": ", triangles.dim(0),
             " triangles are too many");
}

void check_raster(const char* name, const Shape& raster, std::int64_t batch) {
  FGCN_CHECK(raster.rank == 4 && raster[0] == batch && raster[3] == 4, name, ": raster is ", raster,
             ", expected [", batch, ", H, W, 4]");
  FGCN_CHECK(raster[1] <= kMaxPixels && raster[2] <= kMaxPixels, name, ": raster is ", raster,
             ", more than ", kMaxPixels, " pixels an axis");
}

}  // namespace

void check_triangles(const char* name, View<const std::int32_t> triangles, std::int64_t vertices) {
  // One pass without a branch: a negative index is a large unsigned one.
  std::uint32_t largest = 0;
  const std::int64_t count = triangles.size();
  for (std::int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<std::uint32_t>(triangles[i]);
    largest = index > largest ? index : largest;
  }
  FGCN_CHECK(count == 0 || static_cast<std::int64_t>(largest) < vertices, name,
             ": a triangle has vertex ", static_cast<std::int32_t>(largest), " of ", vertices);
}

void rasterize(const Context& ctx, View<const real> positions, View<const std::int32_t> triangles,
               const RasterizeOptions& options, View<real> raster) {
  check_mesh("rasterize", positions, triangles);
  check_raster("rasterize", raster.shape, positions.dim(0));
  FGCN_CHECK(options.near >= 0, "rasterize: near is ", options.near, ", expected 0 or more");
  if (ctx.device() == Device::kCpu) check_triangles("rasterize", triangles, positions.dim(1));
  FGCN_DISPATCH(ctx, rasterize, positions, triangles, options, raster);
}

void rasterize_vjp(const Context& ctx, View<const real> positions,
                   View<const std::int32_t> triangles, const CornersView& corners,
                   View<const real> raster, View<const real> grad_raster,
                   View<real> grad_positions) {
  check_mesh("rasterize_vjp", positions, triangles);
  check_raster("rasterize_vjp", raster.shape, positions.dim(0));
  FGCN_CHECK(grad_raster.shape == raster.shape, "rasterize_vjp: grad_raster is ", grad_raster.shape,
             ", expected ", raster.shape);
  FGCN_CHECK(grad_positions.shape == positions.shape, "rasterize_vjp: grad_positions is ",
             grad_positions.shape, ", expected ", positions.shape);
  FGCN_CHECK(corners.vertices == positions.dim(1), "rasterize_vjp: corners of ", corners.vertices,
             " vertices, positions is ", positions.shape);
  FGCN_DISPATCH(ctx, rasterize_vjp, positions, triangles, corners, raster, grad_raster,
                grad_positions);
}

}  // namespace fgcn::kernels
