#include "render/face_chip.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/reduce.h"
#include "autograd/ops/sample_image.h"
#include "autograd/ops/unary.h"

namespace fgcn {
namespace {

constexpr std::int64_t kMostSamples = 16;

void check(const ChipMap& map) {
  const double step = std::hypot(map.a, map.b);
  FGCN_CHECK(step > 0 && std::isfinite(step) && std::isfinite(map.x0) && std::isfinite(map.y0),
             "face_chip: a map of ", map.a, ", ", map.b, ", ", map.x0, ", ", map.y0);
}

void check(const ChipGrid& grid, std::int64_t least) {
  FGCN_CHECK(grid.side >= 1 && grid.samples >= least && grid.samples <= kMostSamples,
             "face_chip: a side of ", grid.side, " and ", grid.samples, " samples");
}

}  // namespace

std::int64_t chip_points(const ChipGrid& grid) {
  return grid.side * grid.side * grid.samples * grid.samples;
}

/// The samples of a pixel side by side.
void put_chip_points(const ChipMap& map, const ChipGrid& grid, std::span<real> points) {
  check(map);
  check(grid, 1);
  const std::int64_t samples = grid.samples, of_pixel = samples * samples;
  FGCN_CHECK(static_cast<std::int64_t>(points.size()) == 2 * chip_points(grid),
             "face_chip: room for ", points.size(), " numbers, expected ", 2 * chip_points(grid));
  for (std::int64_t i = 0; i < chip_points(grid); ++i) {
    const auto along = [&](std::int64_t pixel, std::int64_t sample) {
      return static_cast<double>(pixel) +
             (static_cast<double>(sample) + 0.5) / static_cast<double>(samples);
    };
    const double x = along(i / of_pixel % grid.side, i % samples);
    const double y = along(i / of_pixel / grid.side, i / samples % samples);
    real* const to = points.data() + 2 * i;
    to[0] = static_cast<real>(map.a * x - map.b * y + map.x0);
    to[1] = static_cast<real>(map.b * x + map.a * y + map.y0);
  }
}

Var face_chip(const Var& image, const std::vector<ChipMap>& maps, const ChipGrid& grid) {
  FGCN_CHECK(image.defined() && image.shape().rank == 4 &&
                 image.dim(0) == static_cast<std::int64_t>(maps.size()),
             "face_chip: the image is ", image.shape(),
             ", expected [N, H, W, C] with N = ", maps.size(), " maps");
  check(grid, 0);
  double step = 0;
  for (const ChipMap& map : maps) {
    check(map);
    step = std::max(step, std::hypot(map.a, map.b));
  }
  ChipGrid whole = grid;
  if (grid.samples == 0)
    whole.samples =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min<double>(step, kMostSamples)));
  const std::int64_t count = chip_points(whole);
  const auto of_map = 2 * static_cast<std::size_t>(count);
  std::vector<real> points(of_map * maps.size());
  for (std::size_t n = 0; n < maps.size(); ++n)
    put_chip_points(maps[n], whole, std::span(points).subspan(of_map * n, of_map));
  const Shape shape{static_cast<std::int64_t>(maps.size()), count, 2};
  return face_chip(image, Tensor::of(image.tape().context(), shape, points), whole);
}

Var face_chip(const Var& image, const Tensor& points, const ChipGrid& grid) {
  check(grid, 1);
  FGCN_CHECK(image.defined() && image.shape().rank == 4, "face_chip: the image is ", image.shape(),
             ", expected [N, H, W, C]");
  const Shape expected{image.dim(0), chip_points(grid), 2};
  FGCN_CHECK(points.shape() == expected, "face_chip: the points are ", points.shape(),
             ", expected ", expected);
  const std::int64_t pixels = grid.side * grid.side, channels = image.dim(3);
  Var y = ops::sample_image(image, image.tape().constant(points));
  if (grid.samples > 1) {
    const std::int64_t of_pixel = grid.samples * grid.samples;
    const Var apart = ops::reshape(y, {image.dim(0) * pixels, of_pixel, channels});
    y = ops::scale(ops::sum_to(apart, {image.dim(0) * pixels, 1, channels}),
                   1.0 / static_cast<double>(of_pixel));
  }
  return ops::reshape(y, {image.dim(0), grid.side, grid.side, channels});
}

}  // namespace fgcn
