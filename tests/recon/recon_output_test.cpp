// The files of a reconstruction on a model whose texture has a seam: a vertex on it stands twice,
// and each copy finds its own color in the texture.
#include "recon/recon_output.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/image.h"
#include "io/mesh/gltf.h"
#include "io/mesh/obj.h"
#include "io/temporary_folder.h"
#include "mesh/face/embedded/embedded_face.h"
#include "tests/support/golden_png.h"

namespace fgcn::recon {
namespace {

using mesh::FaceModel;
using mesh::Vec3;

constexpr std::int64_t kTexture = 512;

double middle(const FaceModel& m, std::size_t t) {
  double x = 0;
  for (const std::int32_t v : m.triangles[t])
    x += static_cast<double>(m.mean_shape[3 * static_cast<std::size_t>(v)]) / 3;
  return x;
}

/// The embedded face, cut in two charts along the middle: the halves change sides and leave a gap.
FaceModel seamed_face() {
  FaceModel m = mesh::make_embedded_face();
  const std::vector<float> uv = m.uv;
  m.uv.clear();
  std::map<std::pair<std::int32_t, bool>, std::int32_t> row;
  for (std::size_t t = 0; t < m.triangles.size(); ++t) {
    const bool left = middle(m, t) < 0;
    mesh::Triangle corners{};
    for (std::size_t k = 0; k < 3; ++k) {
      const std::int32_t v = m.triangles[t][k];
      const auto next = static_cast<std::int32_t>(m.uv.size() / 2);
      const auto [found, fresh] = row.try_emplace({v, left}, next);
      corners[k] = found->second;
      if (!fresh) continue;
      const float u = uv[2 * static_cast<std::size_t>(v)];
      m.uv.push_back(left ? 0.52f + 0.9f * u : 0.9f * (u - 0.5f) + 0.02f);
      m.uv.push_back(uv[2 * static_cast<std::size_t>(v) + 1]);
    }
    m.uv_triangles.push_back(corners);
  }
  return m;
}

/// Vertices red on the image's left and blue on its right, the upper ones greener.
std::vector<float> two_colors(const FaceModel& m) {
  std::vector<float> out;
  for (std::size_t v = 0; v < static_cast<std::size_t>(m.vertices()); ++v) {
    const float x = m.mean_shape[3 * v], y = m.mean_shape[3 * v + 1];
    const float t = 1 / (1 + std::exp(-8 * x));
    out.insert(out.end(), {0.9f - 0.8f * t, 0.5f + 0.2f * y, 0.1f + 0.8f * t});
  }
  return out;
}

Reconstruction result_of(const FaceModel& m) {
  Reconstruction r;
  r.input = "made here";
  r.fit.vertices = m.mean_shape;
  r.fit.translation_dm = {0, 0, 0};
  r.refined_albedo = r.fit.albedo_colors = two_colors(m);
  r.refined_irradiance.assign(m.mean_shape.size(), 1.0F);
  r.crop = r.coarse_overlay = r.refined_overlay = Image(224, 224, 3);
  return r;
}

Image8 read_png(const std::filesystem::path& path) {
  Image8 out(kTexture, kTexture, 3);
  out.pixels = test::golden_png(path, kTexture, kTexture);
  return out;
}

/// The texture's color at v up coordinates.
Vec3 texel(const Image& texture, const mesh::Vec2& uv) {
  const auto clamped = [](double x) {
    return std::min<std::int64_t>(kTexture - 1, static_cast<std::int64_t>(x * kTexture));
  };
  const float* p = texture.at(clamped(1 - uv[1]), clamped(uv[0]));
  return {p[0], p[1], p[2]};
}

/// `unit`: decimetres of the list.
void check_surface(const mesh::RenderMesh& out, double unit, const FaceModel& m,
                   const Image& texture) {
  const mesh::SeamedMesh seamed = mesh::cut_at_seams(m);
  REQUIRE(out.vertices.size() == seamed.vertex.size());
  REQUIRE(out.triangles == seamed.triangles);
  REQUIRE(out.uvs.size() == seamed.vertex.size());
  const std::vector<float> colors = two_colors(m);
  double worst = 0;
  for (std::size_t i = 0; i < seamed.vertex.size(); ++i) {
    const auto v = static_cast<std::size_t>(seamed.vertex[i]);
    for (std::size_t c = 0; c < 3; ++c) {
      REQUIRE(unit * out.vertices[i][c] == doctest::Approx(m.mean_shape[3 * v + c]).epsilon(1e-5));
      // A seam does not break the surface.
      REQUIRE(out.normals[i][c] == doctest::Approx(out.normals[v][c]).epsilon(1e-4));
    }
    REQUIRE(out.uvs[i][0] == doctest::Approx(seamed.uv[2 * i]).epsilon(1e-5));
    const Vec3 seen = texel(texture, out.uvs[i]);
    for (std::size_t c = 0; c < 3; ++c)
      worst = std::max(worst, std::abs(seen[c] - static_cast<double>(colors[3 * v + c])));
  }
  CHECK(worst < 0.05);  // a texel of 1 / 512 from the vertex, in eight bits
}

}  // namespace

TEST_CASE("recon output: along a seam of the texture, GLB and OBJ show the right colors") {
  const FaceModel m = seamed_face();
  const auto count = static_cast<std::size_t>(m.vertices());
  const mesh::SeamedMesh seamed = mesh::cut_at_seams(m);
  CHECK(seamed.vertex.size() > count + 50);  // the middle column
  CHECK(seamed.vertex.size() < count + 250);
  const TemporaryFolder folder;
  Reconstruction result = result_of(m);
  OutputOptions options;
  options.texture_size = kTexture;
  write_reconstruction(folder.path(), "head", m, result, options);
  const Image texture = to_float(read_png(folder / "head_albedo.png"));
  REQUIRE(texture.width == kTexture);
  check_surface(mesh::read_gltf(folder / "head.glb"), 1, m, texture);
  check_surface(mesh::render_mesh(mesh::read_obj(folder / "head.obj")), 10, m, texture);
}

TEST_CASE("recon output: landmarks between vertices are where their triangles have them") {
  FaceModel model = mesh::make_embedded_face();
  for (std::size_t k = 0; k < 68; ++k) {
    const auto of = std::find_if(
        model.triangles.begin(), model.triangles.end(),
        [&](const auto& t) { return std::count(t.begin(), t.end(), model.landmarks[k]) > 0; });
    model.landmark_points.triangles.push_back(
        static_cast<std::int32_t>(of - model.triangles.begin()));
    for (const std::int32_t corner : *of)
      model.landmark_points.weights.push_back(corner == model.landmarks[k] ? 0.5F : 0.25F);
  }
  mesh::check(model, "points");
  const std::vector<Vec3> points = landmarks_on(model, model.mean_shape);
  const mesh::Triangle& t =
      model.triangles[static_cast<std::size_t>(model.landmark_points.triangles[30])];
  double y = 0;
  for (const std::int32_t corner : t)
    y += (corner == model.landmarks[30] ? 0.5 : 0.25) *
         static_cast<double>(model.mean_shape[3 * static_cast<std::size_t>(corner) + 1]);
  CHECK(points[30][1] == doctest::Approx(y).epsilon(1e-6));
}

}  // namespace fgcn::recon
