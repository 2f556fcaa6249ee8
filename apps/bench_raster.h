// What fgcn_bench rasterises: the front of an ellipsoid with the face's number of triangles.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "autograd/triangles.h"
#include "kernels/interpolate/interpolate.h"

namespace fgcn::bench {

/// 35,721 vertices, 70,688 triangles (the face's are 35,709 and 70,789), 45 % of 224 x 224 pixels.
class RasterScene {
 public:
  using Add =
      std::function<void(const std::string& name, double bytes, const std::function<void()>& body)>;

  RasterScene(const Context& ctx, std::int64_t batch) : ctx_(ctx), batch_(batch) {
    std::vector<double> positions;
    for (std::int64_t n = 0; n < batch; ++n) {
      for (std::int32_t i = 0; i < kSide * kSide; ++i) {
        // Longitude goes past the silhouette, as the sides of a head do.
        const double latitude = 1.62 * (2.0 * (i / kSide) / (kSide - 1) - 1);
        const double longitude = 1.8 * (2.0 * (i % kSide) / (kSide - 1) - 1);
        positions.push_back(112 + 75 * std::sin(longitude) * std::cos(latitude));
        positions.push_back(112 + 95 * std::sin(latitude));
        positions.push_back(10 - std::cos(longitude) * std::cos(latitude));
      }
    }
    std::vector<std::int32_t> faces;
    for (std::int32_t y = 0; y + 1 < kSide; ++y) {
      for (std::int32_t x = 0; x + 1 < kSide; ++x) {
        const std::int32_t v = y * kSide + x;
        faces.insert(faces.end(), {v, v + kSide, v + 1, v + 1, v + kSide, v + kSide + 1});
      }
    }
    const auto count = static_cast<std::int64_t>(faces.size()) / 3;
    positions_ = Tensor::of(ctx, {batch, kSide * kSide, 3}, positions);
    triangles_ = Triangles(IndexTensor::of(ctx, {count, 3}, faces));
    raster_ = Tensor(ctx, {batch, kPixels, kPixels, 4});
    draw();
  }

  void draw() {
    kernels::rasterize(ctx_, positions_.view(), triangles_.faces().view(), {}, raster_.view());
  }

  /// Times rasterisation, interpolation of `channels` channels, and their adjoints.
  void run(std::int64_t channels, const Add& add) {
    const View<const std::int32_t> faces = triangles_.faces().view();
    const kernels::CornersView corners = triangles_.corners(kSide * kSide);
    const Tensor attributes = Tensor::full(ctx_, {batch_, kSide * kSide, channels}, real(0.5));
    const Tensor grad_raster = Tensor::full(ctx_, raster_.shape(), real(0.5));
    Tensor y(ctx_, {batch_, kPixels, kPixels, channels});
    Tensor by_positions(ctx_, positions_.shape()), by_attributes(ctx_, attributes.shape());
    Tensor by_raster(ctx_, raster_.shape());
    const auto mesh = static_cast<double>(triangles_.faces().bytes());
    const auto raster = static_cast<double>(raster_.bytes());
    const auto image = static_cast<double>(y.bytes());
    const auto positions = static_cast<double>(positions_.bytes());
    const auto values = static_cast<double>(attributes.bytes());
    add("rasterize", mesh + positions + raster, [&] { draw(); });
    add("rasterize_vjp", mesh + 2 * positions + 2 * raster, [&] {
      kernels::rasterize_vjp(ctx_, positions_.view(), faces, corners, raster_.view(),
                             grad_raster.view(), by_positions.view());
    });
    add("interpolate", mesh + values + raster + image,
        [&] { kernels::interpolate(ctx_, raster_.view(), attributes.view(), faces, y.view()); });
    add("interpolate_attributes_vjp", mesh + values + raster + image, [&] {
      kernels::interpolate_attributes_vjp(ctx_, raster_.view(), y.view(), faces, corners,
                                          by_attributes.view());
    });
    add("interpolate_raster_vjp", mesh + values + 2 * raster + image, [&] {
      kernels::interpolate_raster_vjp(ctx_, raster_.view(), attributes.view(), faces, y.view(),
                                      by_raster.view());
    });
  }

 private:
  static constexpr std::int32_t kSide = 189;
  static constexpr std::int64_t kPixels = 224;

  Context ctx_;
  std::int64_t batch_;
  Tensor positions_, raster_;
  Triangles triangles_;
};

}  // namespace fgcn::bench
