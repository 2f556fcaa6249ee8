#include "render/face_chip.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/reduce.h"
#include "autograd/ops/sample_image.h"
#include "autograd/ops/unary.h"

namespace fgcn {
namespace {

constexpr std::int64_t kMostSamples = 16;

/// Points [N, side * side * samples * samples, 2], the samples of a pixel side by side.
Tensor points_of(const Context& ctx, const std::vector<ChipMap>& maps, std::int64_t side,
                 std::int64_t samples) {
  const std::int64_t of_pixel = samples * samples;
  const std::int64_t count = side * side * of_pixel;
  std::vector<real> points;
  points.reserve(static_cast<std::size_t>(2 * count) * maps.size());
  for (const ChipMap& map : maps)
    for (std::int64_t i = 0; i < count; ++i) {
      const auto along = [&](std::int64_t pixel, std::int64_t sample) {
        return static_cast<double>(pixel) +
               (static_cast<double>(sample) + 0.5) / static_cast<double>(samples);
      };
      const double x = along(i / of_pixel % side, i % samples);
      const double y = along(i / of_pixel / side, i / samples % samples);
      points.push_back(static_cast<real>(map.a * x - map.b * y + map.x0));
      points.push_back(static_cast<real>(map.b * x + map.a * y + map.y0));
    }
  return Tensor::of(ctx, {static_cast<std::int64_t>(maps.size()), count, 2}, points);
}

}  // namespace

Var face_chip(const Var& image, const std::vector<ChipMap>& maps, const ChipGrid& grid) {
  FGCN_CHECK(image.defined() && image.shape().rank == 4 &&
                 image.dim(0) == static_cast<std::int64_t>(maps.size()),
             "face_chip: the image is ", image.shape(),
             ", expected [N, H, W, C] with N = ", maps.size(), " maps");
  FGCN_CHECK(grid.side >= 1 && grid.samples >= 0 && grid.samples <= kMostSamples,
             "face_chip: a side of ", grid.side, " and ", grid.samples, " samples");
  double step = 0;
  for (const ChipMap& map : maps) {
    const double own = std::hypot(map.a, map.b);
    FGCN_CHECK(own > 0 && std::isfinite(own) && std::isfinite(map.x0) && std::isfinite(map.y0),
               "face_chip: a map of ", map.a, ", ", map.b, ", ", map.x0, ", ", map.y0);
    step = std::max(step, own);
  }
  const auto whole = static_cast<std::int64_t>(std::min<double>(step, kMostSamples));
  const std::int64_t samples = grid.samples > 0 ? grid.samples : std::max<std::int64_t>(1, whole);
  Tape& tape = image.tape();
  const std::int64_t pixels = grid.side * grid.side, channels = image.dim(3);
  Var y =
      ops::sample_image(image, tape.constant(points_of(tape.context(), maps, grid.side, samples)));
  if (samples > 1) {
    const std::int64_t of_pixel = samples * samples;
    const Var apart = ops::reshape(y, {image.dim(0) * pixels, of_pixel, channels});
    y = ops::scale(ops::sum_to(apart, {image.dim(0) * pixels, 1, channels}),
                   1.0 / static_cast<double>(of_pixel));
  }
  return ops::reshape(y, {image.dim(0), grid.side, grid.side, channels});
}

}  // namespace fgcn
