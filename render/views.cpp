#include "render/views.h"

#include <algorithm>
#include <cmath>

#include "autograd/triangles.h"
#include "kernels/interpolate/interpolate.h"
#include "kernels/rasterize/rasterize.h"
#include "kernels/vertex_normals/vertex_normals.h"

namespace fgcn {
namespace {

constexpr std::int64_t kSamples = 2;  // a side of a pixel

/// Unit normals in model space, flat.
std::vector<real> model_normals(const Context& ctx, const ViewedMesh& mesh) {
  const auto vertices = static_cast<std::int64_t>(mesh.vertices.size() / 3);
  const Triangles triangles(ctx, vertices, mesh.triangles);
  const Tensor x = Tensor::of(ctx, {1, vertices, 3}, mesh.vertices);
  Tensor y(ctx, x.shape());
  kernels::vertex_normals(ctx, triangles.index().view(), triangles.corners(vertices), x.view(),
                          y.view());
  return y.to_host();
}

}  // namespace

Image render_colors(const ViewedMesh& mesh, const std::vector<float>& colors, const Pose& pose,
                    const Camera& camera) {
  FGCN_CHECK(colors.size() == mesh.vertices.size(), "render_colors: ", colors.size(),
             " color values for ", mesh.vertices.size(), " coordinates");
  const Context ctx;
  Camera fine = camera;
  fine.height *= kSamples;
  fine.width *= kSamples;
  const std::size_t vertices = mesh.vertices.size() / 3;
  std::vector<float> screen;
  std::vector<float> attributes;
  screen.reserve(3 * vertices);
  attributes.reserve(4 * vertices);
  for (std::size_t v = 0; v < vertices; ++v) {
    const float* p = &mesh.vertices[3 * v];
    const std::array<double, 3> at = to_screen(fine, to_camera_space(pose, {p[0], p[1], p[2]}));
    for (const double coordinate : at) screen.push_back(static_cast<float>(coordinate));
    attributes.insert(attributes.end(), {colors[3 * v], colors[3 * v + 1], colors[3 * v + 2], 1});
  }
  const auto count = static_cast<std::int64_t>(vertices);
  const IndexTensor triangles = IndexTensor::of(
      ctx, {static_cast<std::int64_t>(mesh.triangles.size() / 3), 3}, mesh.triangles);
  Tensor raster(ctx, {1, fine.height, fine.width, 4});
  Tensor rendered(ctx, {1, fine.height, fine.width, 4});
  kernels::rasterize(ctx, Tensor::of(ctx, {1, count, 3}, screen).view(), triangles.view(),
                     {.cull = kernels::Cull::kBack}, raster.view());
  kernels::interpolate(ctx, raster.view(), Tensor::of(ctx, {1, count, 4}, attributes).view(),
                       triangles.view(), rendered.view());
  const View<real> samples = rendered.view();
  Image out(camera.height, camera.width, 4);
  for (std::int64_t y = 0; y < fine.height; ++y) {
    for (std::int64_t x = 0; x < fine.width; ++x) {
      float* pixel = out.at(y / kSamples, x / kSamples);
      for (int c = 0; c < 4; ++c)
        pixel[c] += static_cast<float>(samples[(y * fine.width + x) * 4 + c]);
    }
  }
  for (std::int64_t i = 0; i < out.height * out.width; ++i) {
    float* pixel = out.pixels.data() + 4 * i;
    for (int c = 0; c < 3; ++c) pixel[c] = pixel[3] > 0 ? pixel[c] / pixel[3] : 0;
    pixel[3] /= static_cast<float>(kSamples * kSamples);
  }
  return out;
}

Image render_clay(const ViewedMesh& mesh, const Pose& pose, const Camera& camera) {
  const Context ctx;
  const std::vector<real> normals = model_normals(ctx, mesh);
  const Pose turn{pose.angles, {}};
  std::vector<float> shade(normals.size());
  for (std::size_t v = 0; v < normals.size() / 3; ++v) {
    const std::array<double, 3> n =
        to_camera_space(turn, {normals[3 * v], normals[3 * v + 1], normals[3 * v + 2]});
    // A key light, a fill from the other side and some light from everywhere.
    const double key = std::max(0.0, -0.45 * n[0] + 0.5 * n[1] + 0.74 * n[2]);
    const double fill = std::max(0.0, 0.7 * n[0] - 0.1 * n[1] + 0.7 * n[2]);
    const double grey = std::min(1.0, 0.16 + 0.58 * key + 0.2 * fill);
    shade[3 * v] = shade[3 * v + 1] = shade[3 * v + 2] = static_cast<float>(std::sqrt(grey));
  }
  return render_colors(mesh, shade, pose, camera);
}

Image lay_over(const Image& picture, const Image& ground) {
  FGCN_CHECK(picture.channels == 4, "lay_over: the picture has ", picture.channels,
             " channels, expected 4");
  FGCN_CHECK(
      picture.height == ground.height && picture.width == ground.width && ground.channels >= 3,
      "lay_over: a picture of ", picture.height, " x ", picture.width, " on a ground of ",
      ground.height, " x ", ground.width, " x ", ground.channels);
  Image out(picture.height, picture.width, 3);
  for (std::int64_t i = 0; i < out.height * out.width; ++i) {
    const float* over = picture.pixels.data() + 4 * i;
    const float* under = ground.pixels.data() + ground.channels * i;
    for (int c = 0; c < 3; ++c)
      out.pixels[3 * i + c] = over[3] * over[c] + (1 - over[3]) * under[c];
  }
  return out;
}

Image lay_over(const Image& picture, const std::array<float, 3>& ground) {
  Image flat(picture.height, picture.width, 3);
  for (std::size_t i = 0; i < flat.pixels.size(); ++i) flat.pixels[i] = ground[i % 3];
  return lay_over(picture, flat);
}

}  // namespace fgcn
