#include "render/projected_colors.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "autograd/tensor.h"
#include "kernels/rasterize/rasterize.h"

namespace fgcn {
namespace {

constexpr std::int64_t kOversampling = 2;  // of the depth test, per pixel of the photo
constexpr float kDepthTolerance = 0.01F;   // dm

/// 1 for each vertex that is rendered, or that lies no deeper than the surface at its pixel.
std::vector<float> visible(const Image& photo, const std::vector<float>& screen,
                           const std::vector<std::int32_t>& triangles) {
  const Context ctx;
  const auto vertices = static_cast<std::int64_t>(screen.size() / 3);
  const std::int64_t height = photo.height * kOversampling, width = photo.width * kOversampling;
  std::vector<float> scaled = screen;
  for (std::size_t i = 0; i < scaled.size(); ++i)
    if (i % 3 != 2) scaled[i] *= static_cast<float>(kOversampling);
  const Tensor positions = Tensor::of(ctx, {1, vertices, 3}, scaled);
  const IndexTensor index =
      IndexTensor::of(ctx, {static_cast<std::int64_t>(triangles.size() / 3), 3}, triangles);
  Tensor raster(ctx, {1, height, width, 4});
  kernels::rasterize(ctx, positions.view(), index.view(), {}, raster.view());

  std::vector<float> out(static_cast<std::size_t>(vertices), 0.0F);
  const View<real> rendered = raster.view();
  // Every corner of a triangle that is rendered somewhere near the corner.
  for (std::int64_t i = 0; i < height * width; ++i) {
    const auto face = static_cast<std::int64_t>(rendered[4 * i + 3]) - 1;
    if (face < 0) continue;
    for (int k = 0; k < 3; ++k) {
      const auto v = static_cast<std::size_t>(triangles[3 * face + k]);
      const float dx = scaled[3 * v] - (static_cast<float>(i % width) + 0.5F);
      const std::int64_t row = i / width;
      const float dy = scaled[3 * v + 1] - (static_cast<float>(row) + 0.5F);
      if (std::max(std::abs(dx), std::abs(dy)) <= 1.5F) out[v] = 1;
    }
  }
  for (std::size_t v = 0; v < out.size(); ++v) {
    const float x = scaled[3 * v], y = scaled[3 * v + 1];
    const bool inside =
        x >= 0 && y >= 0 && x < static_cast<float>(width) && y < static_cast<float>(height);
    if (!inside) continue;
    const std::int64_t pixel = static_cast<std::int64_t>(y) * width + static_cast<std::int64_t>(x);
    const bool covered = rendered[4 * pixel + 3] > 0;
    if (covered &&
        scaled[3 * v + 2] <= static_cast<float>(rendered[4 * pixel + 2]) + kDepthTolerance)
      out[v] = 1;
  }
  return out;
}

/// All channels of the photo at a place in pixels.
std::array<float, 4> read(const Image& photo, float x, float y, PhotoSampling sampling) {
  std::array<float, 4> out{0, 0, 0, 1};
  const auto clamp_x = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i, 0, photo.width - 1);
  };
  const auto clamp_y = [&](std::int64_t i) {
    return std::clamp<std::int64_t>(i, 0, photo.height - 1);
  };
  if (sampling == PhotoSampling::kRounded) {
    // Ties to even, as the original's rounding.
    const float* p = photo.at(clamp_y(static_cast<std::int64_t>(std::nearbyint(y))),
                              clamp_x(static_cast<std::int64_t>(std::nearbyint(x))));
    std::copy_n(p, photo.channels, out.begin());
    return out;
  }
  const float left = std::floor(x - 0.5F), top = std::floor(y - 0.5F);
  const float fx = x - 0.5F - left, fy = y - 0.5F - top;
  const auto column = static_cast<std::int64_t>(left), row = static_cast<std::int64_t>(top);
  const float* p00 = photo.at(clamp_y(row), clamp_x(column));
  const float* p01 = photo.at(clamp_y(row), clamp_x(column + 1));
  const float* p10 = photo.at(clamp_y(row + 1), clamp_x(column));
  const float* p11 = photo.at(clamp_y(row + 1), clamp_x(column + 1));
  for (std::int64_t c = 0; c < photo.channels; ++c)
    out[c] = (1 - fy) * ((1 - fx) * p00[c] + fx * p01[c]) + fy * ((1 - fx) * p10[c] + fx * p11[c]);
  return out;
}

}  // namespace

ProjectedColors project_colors(const Image& photo, const std::vector<float>& screen,
                               const std::vector<float>& normals,
                               const std::vector<std::int32_t>& triangles,
                               const ProjectedColorOptions& options) {
  FGCN_CHECK(photo.channels == 3 || photo.channels == 4, "project_colors: the photo has ",
             photo.channels, " channels, expected 3 or 4");
  FGCN_CHECK(photo.width > 0 && photo.height > 0, "project_colors: the photo is empty");
  FGCN_CHECK(screen.size() % 3 == 0 && screen.size() == normals.size(),
             "project_colors: ", normals.size(), " numbers for the normals of ", screen.size(),
             " of the vertices");
  const std::size_t vertices = screen.size() / 3;
  ProjectedColors out;
  out.color.resize(3 * vertices);
  out.mask.resize(vertices);
  out.visible = options.visibility == VertexVisibility::kDepthTest
                    ? visible(photo, screen, triangles)
                    : std::vector<float>(vertices, 1.0F);
  for (std::size_t v = 0; v < vertices; ++v) {
    const float x = screen[3 * v], y = screen[3 * v + 1];
    const bool finite =
        std::isfinite(x) && std::isfinite(y) && std::abs(x) < 1e6F && std::abs(y) < 1e6F;
    const bool inside = finite && x >= 0 && y >= 0 && x < static_cast<float>(photo.width) &&
                        y < static_cast<float>(photo.height);
    if (!inside || !(normals[3 * v + 2] > 0)) out.visible[v] = 0;
    const std::array<float, 4> value =
        read(photo, finite ? x : 0, finite ? y : 0, options.sampling);
    std::copy_n(value.begin(), 3, out.color.begin() + static_cast<std::ptrdiff_t>(3 * v));
    out.mask[v] = value[3];
  }
  return out;
}

}  // namespace fgcn
