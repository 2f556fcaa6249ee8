#include "apps/bench/bench_scene.h"

#include <cmath>
#include <utility>
#include <vector>

#include "kernels/core/rng.h"
#include "kernels/project/project.h"
#include "kernels/rasterize/rasterize.h"
#include "render/camera.h"

namespace fgcn::bench {

Tensor uniform(const Context& ctx, const Shape& shape, std::uint64_t seed, double low,
               double high) {
  Rng rng(seed);
  std::vector<real> values(static_cast<std::size_t>(shape.size()));
  for (real& v : values) v = static_cast<real>(rng.uniform(low, high));
  return Tensor::of(ctx, shape, values);
}

Scene::Scene(const Context& context, const Sizes& chosen, GraphHierarchy matrices)
    : ctx(context), sizes(chosen), hierarchy(std::move(matrices)) {
  const std::int32_t side = sizes.side;
  std::vector<double> points;
  for (std::int64_t n = 0; n < sizes.batch; ++n) {
    for (std::int32_t i = 0; i < side * side; ++i) {
      // Longitude goes past the silhouette, as the sides of a head do.
      const std::int32_t row = i / side, column = i % side;
      const double latitude = 1.62 * (1 - 2.0 * row / (side - 1));
      const double longitude = 1.8 * (2.0 * column / (side - 1) - 1);
      points.push_back(0.74 * std::sin(longitude) * std::cos(latitude));
      points.push_back(0.94 * std::sin(latitude));
      points.push_back(0.7 * std::cos(longitude) * std::cos(latitude));
    }
  }
  std::vector<std::int32_t> faces;
  for (std::int32_t y = 0; y + 1 < side; ++y) {
    for (std::int32_t x = 0; x + 1 < side; ++x) {
      const std::int32_t v = y * side + x;
      faces.insert(faces.end(), {v, v + side, v + 1, v + 1, v + side, v + side + 1});
    }
  }
  positions = Tensor::of(ctx, {sizes.batch, sizes.vertices(), 3}, points);
  triangles = Triangles(ctx, sizes.vertices(), faces);
  Camera camera;
  camera.height = camera.width = sizes.pixels;
  // By the CPU: setting up a scene is not to show among a device's launches.
  const Context cpu = ctx.device() == Device::kCpu ? ctx : Context();
  const Tensor before = positions.to(cpu);
  const IndexTensor corners = triangles.index().to(cpu);
  Tensor projected(cpu, before.shape());
  kernels::project(cpu, camera.pinhole(), before.view(), projected.view());
  Tensor drawn(cpu, {sizes.batch, sizes.pixels, sizes.pixels, 4});
  kernels::rasterize(cpu, std::as_const(projected).view(), corners.view(), {}, drawn.view());
  screen = projected.to(ctx);
  raster = drawn.to(ctx);
}

}  // namespace fgcn::bench
