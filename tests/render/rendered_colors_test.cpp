#include "render/rendered_colors.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "autograd/tensor.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "kernels/interpolate/interpolate.h"
#include "kernels/rasterize/rasterize.h"

namespace fgcn {
namespace {

constexpr std::int64_t kSide = 30;    // vertices
constexpr std::int64_t kPixels = 64;  // the grid covers 60: about two pixels an edge

/// A jittered grid of vertices with random colors, and the picture of them.
struct Scene {
  std::vector<float> screen, normals, color;
  std::vector<std::int32_t> faces;
  Image photo{kPixels, kPixels, 4, 1.0F};

  Scene() {
    Rng rng(4);
    for (std::int64_t i = 0; i < kSide * kSide; ++i) {
      screen.push_back(static_cast<float>(2.5 + 2 * (i % kSide) + rng.uniform(-0.4, 0.4)));
      screen.push_back(static_cast<float>(2.5 + 2 * (i / kSide) + rng.uniform(-0.4, 0.4)));
      screen.push_back(10);
      normals.insert(normals.end(), {0, 0, 1});
      for (int c = 0; c < 3; ++c) color.push_back(static_cast<float>(rng.uniform(0.2, 0.8)));
    }
    const auto side = static_cast<std::int32_t>(kSide);
    for (std::int32_t y = 0; y + 1 < side; ++y)
      for (std::int32_t x = 0; x + 1 < side; ++x) {
        const std::int32_t v = y * side + x;
        faces.insert(faces.end(), {v, v + side, v + 1, v + 1, v + side, v + side + 1});
      }
    const Context ctx(Device::kCpu, 1);
    const Shape shape{1, kSide * kSide, 3};
    const IndexTensor triangles =
        IndexTensor::of(ctx, {static_cast<std::int64_t>(faces.size() / 3), 3}, faces);
    Tensor raster(ctx, {1, kPixels, kPixels, 4}), rendered(ctx, {1, kPixels, kPixels, 3});
    kernels::rasterize(ctx, Tensor::of(ctx, shape, screen).view(), triangles.view(), {},
                       raster.view());
    kernels::interpolate(ctx, raster.view(), Tensor::of(ctx, shape, color).view(), triangles.view(),
                         rendered.view());
    const std::vector<real> host = rendered.to_host();
    for (std::size_t i = 0; i < host.size() / 3; ++i)
      for (std::size_t c = 0; c < 3; ++c)
        photo.pixels[4 * i + c] = static_cast<float>(host[3 * i + c]);
  }
};

double distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(double{a[i]} - double{b[i]});
  return sum / static_cast<double>(a.size());
}

TEST_CASE("rendered colors undo the blur of reading at vertices") {
  const Scene scene;
  const ProjectedColors read =
      project_colors(scene.photo, scene.screen, scene.normals, scene.faces);
  const std::vector<float> sharp =
      rendered_colors(scene.photo, scene.screen, scene.faces, read, 30);
  CHECK(distance(sharp, scene.color) < 0.5 * distance(read.color, scene.color));
  CHECK(rendered_colors(scene.photo, scene.screen, scene.faces, read, 0) == read.color);
}

TEST_CASE("rendered colors leave alone what is hidden or masked") {
  Scene scene;
  ProjectedColors read = project_colors(scene.photo, scene.screen, scene.normals, scene.faces);
  const std::size_t hidden = kSide * kSide / 2;
  read.visible[hidden] = 0;
  const std::vector<float> sharp = rendered_colors(scene.photo, scene.screen, scene.faces, read);
  for (std::size_t c = 0; c < 3; ++c) CHECK(sharp[3 * hidden + c] == read.color[3 * hidden + c]);
  CHECK(sharp != read.color);
  for (std::size_t i = 0; i < scene.photo.pixels.size(); i += 4) scene.photo.pixels[i + 3] = 0;
  CHECK(rendered_colors(scene.photo, scene.screen, scene.faces, read) == read.color);
  read.visible.pop_back();
  CHECK_THROWS_AS(rendered_colors(scene.photo, scene.screen, scene.faces, read), Error);
}

}  // namespace
}  // namespace fgcn
