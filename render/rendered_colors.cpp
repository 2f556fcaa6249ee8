#include "render/rendered_colors.h"

#include <algorithm>
#include <array>

#include "autograd/tensor.h"
#include "kernels/rasterize/rasterize.h"

namespace fgcn {
namespace {

/// A pixel that a visible vertex colors: its place in the photo, the triangle's corners and their
/// weights.
struct Rendered {
  std::size_t pixel;
  std::array<std::size_t, 3> corner;
  std::array<float, 3> weight;
};

std::vector<Rendered> draw(const Image& photo, const std::vector<float>& screen,
                           const std::vector<std::int32_t>& triangles) {
  const Context ctx(Device::kCpu, 1);
  const auto vertices = static_cast<std::int64_t>(screen.size() / 3);
  const Tensor positions = Tensor::of(ctx, {1, vertices, 3}, screen);
  const IndexTensor index =
      IndexTensor::of(ctx, {static_cast<std::int64_t>(triangles.size() / 3), 3}, triangles);
  Tensor raster(ctx, {1, photo.height, photo.width, 4});
  kernels::rasterize(ctx, positions.view(), index.view(), {}, raster.view());
  std::vector<Rendered> out;
  const real* at = raster.data();
  for (std::size_t i = 0; i < static_cast<std::size_t>(photo.height * photo.width); ++i, at += 4) {
    const auto face = static_cast<std::int64_t>(at[3]) - 1;
    if (face < 0) continue;
    if (photo.channels == 4 && photo.pixels[4 * i + 3] <= 0.5F) continue;
    Rendered d{i,
               {},
               {static_cast<float>(at[0]), static_cast<float>(at[1]),
                static_cast<float>(1 - at[0] - at[1])}};
    for (std::size_t k = 0; k < 3; ++k)
      d.corner[k] = static_cast<std::size_t>(triangles[3 * static_cast<std::size_t>(face) + k]);
    out.push_back(d);
  }
  return out;
}

std::vector<float> sum_of_weights(const std::vector<Rendered>& pixels, std::size_t vertices) {
  std::vector<float> total(vertices, 0.0F);
  for (const Rendered& d : pixels)
    for (std::size_t k = 0; k < 3; ++k) total[d.corner[k]] += d.weight[k];
  return total;
}

}  // namespace

std::vector<float> pixels_colored(const Image& photo, const std::vector<float>& screen,
                                  const std::vector<std::int32_t>& triangles) {
  return sum_of_weights(draw(photo, screen, triangles), screen.size() / 3);
}

std::vector<float> rendered_colors(const Image& photo, const std::vector<float>& screen,
                                   const std::vector<std::int32_t>& triangles,
                                   const ProjectedColors& start, int iterations) {
  FGCN_CHECK(photo.channels == 3 || photo.channels == 4, "rendered_colors: the photo has ",
             photo.channels, " channels, expected 3 or 4");
  FGCN_CHECK(screen.size() == start.color.size() && screen.size() == 3 * start.visible.size(),
             "rendered_colors: ", start.color.size(), " color values for ", screen.size(),
             " of the vertices");
  const std::vector<Rendered> pixels = draw(photo, screen, triangles);
  const std::vector<float> total = sum_of_weights(pixels, start.visible.size());

  std::vector<float> out = start.color;
  std::vector<float> missing(out.size());
  const auto channels = static_cast<std::size_t>(photo.channels);
  for (int iteration = 0; iteration < iterations; ++iteration) {
    std::fill(missing.begin(), missing.end(), 0.0F);
    for (const Rendered& d : pixels) {
      for (std::size_t c = 0; c < 3; ++c) {
        float off = photo.pixels[channels * d.pixel + c];
        for (std::size_t k = 0; k < 3; ++k) off -= d.weight[k] * out[3 * d.corner[k] + c];
        for (std::size_t k = 0; k < 3; ++k) missing[3 * d.corner[k] + c] += d.weight[k] * off;
      }
    }
    for (std::size_t v = 0; v < total.size(); ++v) {
      if (!(start.visible[v] > 0) || total[v] < kLeastPixels) continue;
      for (std::size_t c = 0; c < 3; ++c) {
        float& x = out[3 * v + c];
        x = std::clamp(x + missing[3 * v + c] / total[v], 0.0F, 1.0F);
      }
    }
  }
  return out;
}

}  // namespace fgcn
