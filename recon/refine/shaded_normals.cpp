#include "recon/refine/shaded_normals.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "autograd/tensor.h"
#include "kernels/core/error.h"
#include "kernels/rasterize/rasterize.h"
#include "recon/refine/shading_evidence.h"

namespace fgcn::recon {
namespace {

using Vector = std::array<float, 3>;

constexpr double kSteepest = 0.7;  // tangent of 35 degrees

/// The slope of the height along the surface: what its normal is turned by. Twice as steep as
/// `kSteepest` and more is as steep as that.
Vector tilt_of(const float* n, double by_x, double by_up) {
  const double along = n[0] * by_x + n[1] * by_up;
  const std::array<double, 3> t{along * n[0] - by_x, along * n[1] - by_up, along * n[2]};
  const double length = std::sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2]);
  if (!(length > 1e-9)) return {0, 0, 0};
  const double scale = kSteepest * std::tanh(length / kSteepest) / length;
  return {static_cast<float>(scale * t[0]), static_cast<float>(scale * t[1]),
          static_cast<float>(scale * t[2])};
}

Image tilts(const SeenSurface& surface, const std::vector<float>& height) {
  const std::int64_t size = surface.normals.width;
  Image out(size, size, 3);
  for (std::int64_t y = 1; y + 1 < size; ++y)
    for (std::int64_t x = 1; x + 1 < size; ++x) {
      const auto i = static_cast<std::size_t>(y * size + x), row = static_cast<std::size_t>(size);
      const double by_x = 0.5 * (double{height[i + 1]} - double{height[i - 1]});
      const double by_up = 0.5 * (double{height[i - row]} - double{height[i + row]});
      if (by_x == 0 && by_up == 0) continue;
      const Vector t = tilt_of(surface.normals.at(y, x), by_x, by_up);
      std::copy(t.begin(), t.end(), out.at(y, x));
    }
  return out;
}

/// How much of the shading by the tilts the channels of the albedo follow: slopes of lines.
std::array<double, 3> held_by(const SeenSurface& surface, const ShadingEvidence& evidence,
                              const Image& tilt, const std::array<double, 27>& light) {
  constexpr double kMost = 10;
  std::array<double, 3> both{}, out{};
  double own = 0;
  const std::array<std::vector<float>, 3> albedo{fine_detail(surface.albedo, 0, evidence),
                                                 fine_detail(surface.albedo, 1, evidence),
                                                 fine_detail(surface.albedo, 2, evidence)};
  for (std::size_t i = 0; i < albedo[0].size(); ++i) {
    const double weight = evidence.heights.weight[i];
    if (!(weight > 0)) continue;
    const double shading =
        shading_change(&surface.normals.pixels[3 * i], &tilt.pixels[3 * i], light);
    for (std::size_t c = 0; c < 3; ++c) both[c] += weight * shading * double{albedo[c][i]};
    own += weight * shading * shading;
  }
  for (std::size_t c = 0; c < 3; ++c) out[c] = own > 0 ? std::clamp(both[c] / own, 0.0, kMost) : 0;
  // No more than these normals shade: the rest may be paint, or what they miss.
  const double mean = (out[0] + out[1] + out[2]) / 3;
  for (double& held : out) held /= std::max(1.0, mean);
  return out;
}

}  // namespace

SeenSurface seen_surface(const FitResult& fit, const std::vector<float>& albedo,
                         const std::vector<float>& visible,
                         const std::vector<std::int32_t>& triangles, std::int64_t side,
                         std::int64_t size) {
  FGCN_CHECK(albedo.size() == fit.screen.size() && 3 * visible.size() == fit.screen.size(),
             "seen_surface: albedo and visibility of ", albedo.size() / 3, " and ", visible.size(),
             " vertices for a face of ", fit.screen.size() / 3);
  const Context ctx(Device::kCpu, 1);
  std::vector<float> screen = fit.screen;
  const float scale = static_cast<float>(size) / static_cast<float>(side);
  for (std::size_t i = 0; i < screen.size(); ++i)
    if (i % 3 != 2) screen[i] *= scale;
  const auto vertices = static_cast<std::int64_t>(visible.size());
  Tensor raster(ctx, {1, size, size, 4});
  kernels::rasterize(
      ctx, Tensor::of(ctx, {1, vertices, 3}, screen).view(),
      IndexTensor::of(ctx, {static_cast<std::int64_t>(triangles.size() / 3), 3}, triangles).view(),
      {.cull = kernels::Cull::kBack}, raster.view());
  SeenSurface out{Image(size, size, 3), Image(size, size, 3), Image(size, size, 3),
                  Image(size, size, 1)};
  for (std::size_t i = 0; i < out.visible.pixels.size(); ++i) {
    const real* at = raster.data() + 4 * i;
    if (!(at[3] > 0)) continue;
    const std::size_t triangle = static_cast<std::size_t>(at[3]) - 1;
    const Vector share{static_cast<float>(at[0]), static_cast<float>(at[1]),
                       static_cast<float>(1 - at[0] - at[1])};
    float* n = &out.normals.pixels[3 * i];
    for (std::size_t k = 0; k < 3; ++k) {
      const auto v = static_cast<std::size_t>(triangles[3 * triangle + k]);
      out.visible.pixels[i] += share[k] * visible[v];
      for (std::size_t c = 0; c < 3; ++c) {
        n[c] += share[k] * fit.normals[3 * v + c];
        out.usual.pixels[3 * i + c] += share[k] * fit.albedo_colors[3 * v + c];
        out.albedo.pixels[3 * i + c] += share[k] * albedo[3 * v + c];
      }
    }
    const float length = std::sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
    for (std::size_t c = 0; c < 3; ++c) n[c] = length > 0 ? n[c] / length : 0;
  }
  return out;
}

ShadedNormals shaded_normals(const Image& photo, const SeenSurface& surface,
                             const std::array<double, 27>& light,
                             const photo::Landmarks& landmarks) {
  const ShadingEvidence evidence = shading_evidence(photo, surface, light, landmarks);
  const double scale = static_cast<double>(photo.width) / 224;
  HeightPrior prior;  // of a crop of 224 pixels
  prior.curvature /= scale;
  prior.height *= scale;
  ShadedNormals out;
  out.tilt = tilts(surface, height_from_shading(evidence.heights, prior));
  out.held = held_by(surface, evidence, out.tilt, light);
  return out;
}

}  // namespace fgcn::recon
