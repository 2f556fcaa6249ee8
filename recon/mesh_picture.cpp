#include "recon/mesh_picture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/tensor.h"
#include "io/mesh/normals.h"
#include "io/mesh/vec3.h"
#include "kernels/rasterize/rasterize.h"
#include "photo/decode/decode.h"
#include "render/camera.h"
#include "render/texture_bake.h"

namespace fgcn::recon {
namespace {

using mesh::MeshFile;
using mesh::norm;
using mesh::RenderMesh;
using mesh::Triangle;
using mesh::Vec3;
using mesh::operator+;
using mesh::operator-;
using mesh::operator*;

constexpr std::int64_t kSamples = 2;  // a side of a pixel

/// Vertices about the origin, in a ball that fits into the picture.
std::vector<Vec3> framed(const RenderMesh& surface, const Camera& camera, double zoom) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Vec3 low{kInfinity, kInfinity, kInfinity}, high = -1.0 * low;
  for (const Triangle& t : surface.triangles) {
    for (const std::int32_t v : t) {
      for (int k = 0; k < 3; ++k) {
        low[k] = std::min(low[k], surface.vertices[v][k]);
        high[k] = std::max(high[k], surface.vertices[v][k]);
      }
    }
  }
  const Vec3 middle = 0.5 * low + 0.5 * high;
  double radius = 0;
  for (const Triangle& t : surface.triangles)
    for (const std::int32_t v : t) radius = std::max(radius, norm(surface.vertices[v] - middle));
  const double narrow = static_cast<double>(std::min(camera.height, camera.width)) /
                        static_cast<double>(camera.height);
  constexpr double kFill = 0.95;
  const double half = camera.field_of_view / 2;
  const double wanted = kFill * narrow * camera.distance * std::sin(half) * zoom;
  const double scale = radius > 0 ? wanted / radius : 1;
  std::vector<Vec3> out;
  out.reserve(surface.vertices.size());
  for (const Vec3& p : surface.vertices) out.push_back(scale * (p - middle));
  return out;
}

/// Grey of a normal in camera space: a key light, a fill and some light from everywhere.
double clay(const Vec3& n) {
  const double key = std::max(0.0, -0.45 * n[0] + 0.5 * n[1] + 0.74 * n[2]);
  const double fill = std::max(0.0, 0.7 * n[0] - 0.1 * n[1] + 0.7 * n[2]);
  return std::sqrt(std::min(1.0, 0.16 + 0.58 * key + 0.2 * fill));
}

/// Interpolates what a pixel shows.
class Shader {
 public:
  Shader(const MeshFile& mesh, const PictureOptions& options) : mesh_(mesh), options_(options) {
    const RenderMesh& s = mesh.surface;
    FGCN_CHECK(!s.triangles.empty(), "picture: the mesh has no triangle");
    if (options.surface == Surface::kColors)
      FGCN_CHECK(!s.colors.empty(), "picture: the mesh has no colors");
    if (options.surface == Surface::kTexture) {
      texture_ = decoded_texture(mesh);
      FGCN_CHECK(texture_ && !s.uvs.empty(), "picture: the mesh has no texture");
    }
    if (options.surface == Surface::kClay || options.surface == Surface::kNormals) {
      const Pose turn{options.angles, {}};
      for (const Vec3& n : vertex_normals(mesh.geometry()))
        normals_.push_back(to_camera_space(turn, n));
    }
  }

  Vec3 color(std::int32_t triangle, const Vec3& at) const {
    const Triangle& t = mesh_.surface.triangles[static_cast<std::size_t>(triangle)];
    if (options_.surface == Surface::kColors) return mixed(mesh_.surface.colors, t, at);
    if (options_.surface == Surface::kTexture) {
      mesh::Vec2 uv{};
      for (int k = 0; k < 3; ++k)
        for (int c = 0; c < 2; ++c) uv[c] += at[k] * mesh_.surface.uvs[t[k]][c];
      const auto rgb = sampled(*texture_, uv);
      return {rgb[0], rgb[1], rgb[2]};
    }
    Triangle own = t;
    if (!mesh_.repeats.empty())
      for (std::int32_t& v : own) v = mesh_.repeats[static_cast<std::size_t>(v)];
    Vec3 n = mesh::normalised(mixed(normals_, own, at));
    if (options_.surface == Surface::kNormals)
      return {0.5 + 0.5 * n[0], 0.5 + 0.5 * n[1], 0.5 + 0.5 * n[2]};
    if (options_.both_sides && n[2] < 0) n = -1.0 * n;
    const double grey = clay(n);
    return {grey, grey, grey};
  }

 private:
  static Vec3 mixed(const std::vector<Vec3>& rows, const Triangle& t, const Vec3& at) {
    Vec3 out{0, 0, 0};
    for (int k = 0; k < 3; ++k) out = out + at[k] * rows[static_cast<std::size_t>(t[k])];
    return out;
  }

  const MeshFile& mesh_;
  const PictureOptions& options_;
  std::optional<Image8> texture_;
  std::vector<Vec3> normals_;  // in camera space
};

}  // namespace

Image picture_of(const MeshFile& mesh, const PictureOptions& options) {
  check(mesh);
  for (const std::int64_t side : {options.height, options.width})
    FGCN_CHECK(side >= 16 && side <= 8192, "picture: ", side, " pixels, expected 16 to 8192");
  FGCN_CHECK(options.zoom > 0 && options.zoom <= 1000, "picture: a zoom of ", options.zoom);
  const Shader shader(mesh, options);
  Camera fine;
  fine.height = kSamples * options.height;
  fine.width = kSamples * options.width;
  const Context ctx;
  std::vector<float> screen;
  screen.reserve(3 * mesh.surface.vertices.size());
  for (const Vec3& p : framed(mesh.surface, fine, options.zoom))
    for (const double x : to_screen(fine, to_camera_space({options.angles, {}}, p)))
      screen.push_back(static_cast<float>(x));
  std::vector<std::int32_t> index;
  index.reserve(3 * mesh.surface.triangles.size());
  for (const Triangle& t : mesh.surface.triangles) index.insert(index.end(), t.begin(), t.end());
  const IndexTensor triangles =
      IndexTensor::of(ctx, {static_cast<std::int64_t>(index.size() / 3), 3}, index);
  Tensor raster(ctx, {1, fine.height, fine.width, 4});
  const auto vertices = static_cast<std::int64_t>(mesh.surface.vertices.size());
  kernels::rasterize(ctx, Tensor::of(ctx, {1, vertices, 3}, screen).view(), triangles.view(),
                     {.cull = options.both_sides ? kernels::Cull::kNone : kernels::Cull::kBack},
                     raster.view());
  const View<real> samples = raster.view();
  Image out(options.height, options.width, 4);
#pragma omp parallel for schedule(dynamic, 8)
  for (std::int64_t y = 0; y < out.height; ++y) {
    for (std::int64_t x = 0; x < out.width; ++x) {
      Vec3 sum{0, 0, 0};
      int covered = 0;
      for (std::int64_t k = 0; k < kSamples * kSamples; ++k) {
        const std::int64_t row = y * kSamples + k / kSamples, column = x * kSamples + k % kSamples;
        const real* sample = &samples[(row * fine.width + column) * 4];
        if (!(sample[3] > 0)) continue;
        const double u = sample[0], v = sample[1];
        sum = sum + shader.color(static_cast<std::int32_t>(sample[3]) - 1, {u, v, 1 - u - v});
        ++covered;
      }
      if (covered == 0) continue;
      float* pixel = out.at(y, x);
      for (int c = 0; c < 3; ++c) pixel[c] = static_cast<float>(sum[c] / covered);
      pixel[3] = static_cast<float>(covered) / static_cast<float>(kSamples * kSamples);
    }
  }
  return out;
}

std::optional<Image8> decoded_texture(const MeshFile& mesh) {
  const RenderMesh& s = mesh.surface;
  if (!s.textured()) return std::nullopt;
  const std::string where = mesh.texture_name.empty() ? "the texture" : mesh.texture_name;
  return photo::decode_photo(s.texture_png.empty() ? s.texture_jpeg : s.texture_png, where).rgb;
}

std::array<float, 3> sampled(const Image8& texture, const mesh::Vec2& uv) {
  const double x = std::clamp(uv[0], 0.0, 1.0) * static_cast<double>(texture.width) - 0.5;
  const double y = (1 - std::clamp(uv[1], 0.0, 1.0)) * static_cast<double>(texture.height) - 0.5;
  const auto left = static_cast<std::int64_t>(std::floor(x)),
             top = static_cast<std::int64_t>(std::floor(y));
  const double fx = x - static_cast<double>(left), fy = y - static_cast<double>(top);
  std::array<float, 3> out;
  for (int c = 0; c < 3; ++c) {
    const auto at = [&](std::int64_t row, std::int64_t column) {
      return static_cast<double>(
          texture.at(std::clamp<std::int64_t>(row, 0, texture.height - 1),
                     std::clamp<std::int64_t>(column, 0, texture.width - 1))[c]);
    };
    const double upper = (1 - fx) * at(top, left) + fx * at(top, left + 1);
    const double lower = (1 - fx) * at(top + 1, left) + fx * at(top + 1, left + 1);
    out[c] = static_cast<float>(((1 - fy) * upper + fy * lower) / 255);
  }
  return out;
}

std::array<float, 3> surface_color(const MeshFile& source, const std::optional<Image8>& texture,
                                   const mesh::ClosestPoint& at) {
  const Triangle& t = source.surface.triangles[static_cast<std::size_t>(at.triangle)];
  if (texture && !source.surface.uvs.empty()) {
    mesh::Vec2 uv{};
    for (int k = 0; k < 3; ++k)
      for (int c = 0; c < 2; ++c) uv[c] += at.barycentric[k] * source.surface.uvs[t[k]][c];
    return sampled(*texture, uv);
  }
  FGCN_CHECK(!source.surface.colors.empty(), "transfer: the source has no texture and no colors");
  Vec3 sum{0, 0, 0};
  for (int k = 0; k < 3; ++k) sum = sum + at.barycentric[k] * source.surface.colors[t[k]];
  return {static_cast<float>(sum[0]), static_cast<float>(sum[1]), static_cast<float>(sum[2])};
}

Image transferred_texture(const MeshFile& source, const MeshFile& target,
                          const std::vector<Vec3>& place, std::int64_t size) {
  check(source);
  check(target);
  const RenderMesh& s = target.surface;
  FGCN_CHECK(!s.uvs.empty(), "transfer: the target has no texture coordinates");
  FGCN_CHECK(place.size() == s.vertices.size(), "transfer: ", place.size(), " places for ",
             s.vertices.size(), " vertices");
  std::vector<float> uv;
  for (const mesh::Vec2& at : s.uvs)
    for (const double x : at) uv.push_back(static_cast<float>(x));
  std::vector<std::int32_t> index;
  for (const Triangle& t : s.triangles) index.insert(index.end(), t.begin(), t.end());
  const TexelMap map = map_texels(uv, index, size);
  const std::optional<Image8> texture = decoded_texture(source);
  std::vector<Vec3> points;
  std::vector<std::size_t> texel;
  for (std::size_t i = 0; i < map.face.size(); ++i) {
    if (map.face[i] < 0) continue;
    const Triangle& t = s.triangles[static_cast<std::size_t>(map.face[i])];
    const double u = map.barycentrics[2 * i], v = map.barycentrics[2 * i + 1];
    points.push_back(u * place[t[0]] + v * place[t[1]] + (1 - u - v) * place[t[2]]);
    texel.push_back(i);
  }
  const mesh::ClosestPointTree tree(source.surface.triangle_mesh());
  const std::vector<mesh::ClosestPoint> found = tree.find(points);
  Image out(size, size, 3);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::array<float, 3> rgb = surface_color(source, texture, found[i]);
    std::copy(rgb.begin(), rgb.end(), &out.pixels[3 * texel[i]]);
  }
  return filled_texture(map, out);
}

}  // namespace fgcn::recon
