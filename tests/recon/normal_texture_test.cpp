// The normal map of a reconstruction: a viewer that decodes it in the mesh's frames gets the
// normals that were found.
#include "recon/normal_texture.h"

#include <doctest/doctest.h>
#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "io/mesh/normals.h"
#include "io/mesh/vec3.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/face_surface.h"
#include "recon/fit/triangle_list.h"
#include "recon/recon_output.h"
#include "recon/refine/shading_evidence.h"
#include "render/camera.h"
#include "tests/support/glb_check.h"

namespace fgcn::recon {
namespace {

using mesh::Vec3;
using mesh::operator+;
using mesh::operator*;

constexpr std::int64_t kTexture = 256;
const Vec3 kTilt{0.3, 0.1, 0};  // camera space, everywhere

const mesh::FaceModel& model() {
  static const mesh::FaceModel face = mesh::make_embedded_face();
  return face;
}

/// The mean face before a camera that looks a little from the side.
Reconstruction turned_face() {
  const mesh::FaceModel& m = model();
  Reconstruction r;
  r.input = "made here";
  FitResult& fit = r.fit;
  fit.vertices = m.mean_shape;
  fit.angles_rad = {0.1, 0.3, -0.05};
  fit.albedo_colors.assign(m.mean_shape.size(), 0.5F);
  r.refined_albedo = fit.albedo_colors;
  r.refined_irradiance.assign(m.mean_shape.size(), 1.0F);
  r.refined_light[3] = r.refined_light[12] = r.refined_light[21] = -0.2;
  const std::vector<Vec3> points = points_of(fit.vertices);
  for (const Vec3& n : mesh::vertex_normals({points, m.triangles}))
    for (const double x : to_camera_space({fit.angles_rad, {}}, n))
      fit.normals.push_back(static_cast<float>(x));
  for (const Vec3& p : points)
    for (const double x : to_screen({}, to_camera_space(fit.pose(), p)))
      fit.screen.push_back(static_cast<float>(x));
  for (std::size_t v = 0; v < points.size(); ++v)
    r.visible.push_back(fit.normals[3 * v + 2] > 0.5F ? 1.0F : 0.0F);
  r.crop = r.coarse_overlay = r.refined_overlay = Image(224, 224, 3);
  r.shaded.tilt = Image(448, 448, 3);
  for (std::size_t i = 0; i < r.shaded.tilt.pixels.size(); ++i)
    r.shaded.tilt.pixels[i] = static_cast<float>(kTilt[i % 3]);
  return r;
}

struct Texel {
  std::size_t at;
  std::array<std::size_t, 3> corner;  // of the surface
  std::array<double, 3> share;
};

std::vector<Texel> texels_of(const FaceSurface& surface) {
  std::vector<float> uv;
  for (const mesh::Vec2& p : surface.fitted.uvs)
    for (const double x : p) uv.push_back(static_cast<float>(x));
  const std::vector<std::int32_t> faces = flat(surface.fitted.triangles);
  const TexelMap map = map_texels(uv, faces, kTexture);
  std::vector<Texel> out;
  for (std::size_t i = 0; i < map.face.size(); ++i) {
    if (map.face[i] < 0) continue;
    Texel t{i, {}, {map.barycentrics[2 * i], map.barycentrics[2 * i + 1], 0}};
    t.share[2] = 1 - t.share[0] - t.share[1];
    for (std::size_t k = 0; k < 3; ++k)
      t.corner[k] = static_cast<std::size_t>(faces[3 * std::size_t(map.face[i]) + k]);
    out.push_back(t);
  }
  return out;
}

/// What a viewer makes of a texel: the interpolated frame, its map's normal in it.
Vec3 decoded(const mesh::RenderMesh& mesh, const Texel& t, const float* map) {
  Vec3 normal{0, 0, 0}, tangent{0, 0, 0};
  for (std::size_t k = 0; k < 3; ++k) {
    const auto& at = mesh.tangents[t.corner[k]];
    normal = normal + t.share[k] * mesh.normals[t.corner[k]];
    tangent = tangent + t.share[k] * Vec3{at[0], at[1], at[2]};
  }
  normal = mesh::normalised(normal);
  tangent = mesh::normalised(tangent);
  const Vec3 up = mesh.tangents[t.corner[0]][3] * mesh::cross(normal, tangent);
  return mesh::normalised((2.0 * map[0] - 1) * tangent + (2.0 * map[1] - 1) * up +
                          (2.0 * map[2] - 1) * normal);
}

Vec3 expected(const Reconstruction& r, const FaceSurface& surface, const Texel& t) {
  Vec3 normal{0, 0, 0};
  for (std::size_t k = 0; k < 3; ++k) {
    const auto v = static_cast<std::size_t>(surface.vertex[t.corner[k]]);
    for (std::size_t c = 0; c < 3; ++c)
      normal[c] += t.share[k] * static_cast<double>(r.fit.normals[3 * v + c]);
  }
  return mesh::normalised(mesh::normalised(normal) + kTilt);  // camera space
}

TEST_CASE("a viewer decodes the normals that were found, and a flat surface where none were") {
  const Reconstruction r = turned_face();
  const FaceSurface surface = face_surface(model(), r, kTexture, WrittenPart::kHead);
  const std::vector<Texel> texels = texels_of(surface);
  std::vector<float> uv;
  for (const mesh::Vec2& p : surface.fitted.uvs)
    for (const double x : p) uv.push_back(static_cast<float>(x));
  const std::vector<std::int32_t> faces = flat(surface.fitted.triangles);
  const TexelMap map = map_texels(uv, faces, kTexture);
  Image albedo(kTexture, kTexture, 3, 0.5F);
  const Image normals = normal_texture(r, {map, faces, surface.vertex, surface.fitted}, albedo);
  std::size_t shown = 0, flat_ones = 0;
  for (const Texel& t : texels) {
    double visible = 0, most = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      visible += t.share[k] * r.visible[static_cast<std::size_t>(surface.vertex[t.corner[k]])];
      most =
          std::max(most, double{r.visible[static_cast<std::size_t>(surface.vertex[t.corner[k]])]});
    }
    const float* texel = &normals.pixels[3 * t.at];
    if (most == 0) {
      REQUIRE(texel[0] == 0.5F);
      REQUIRE(texel[1] == 0.5F);
      REQUIRE(texel[2] == 1.0F);
      REQUIRE(albedo.pixels[3 * t.at] == 0.5F);
      ++flat_ones;
    }
    if (visible < 1) continue;
    const Vec3 there = to_camera_space({r.fit.angles_rad, {}}, decoded(surface.fitted, t, texel));
    REQUIRE(mesh::dot(there, expected(r, surface, t)) > std::cos(0.02));
    ++shown;
  }
  CHECK(shown > 1000);
  CHECK(flat_ones > 1000);
  CHECK(std::all_of(albedo.pixels.begin(), albedo.pixels.end(),
                    [](float c) { return c == 0.5F; }));  // held is 0
}

TEST_CASE("the base color loses the shading that it holds, and no other") {
  Reconstruction r = turned_face();
  const FaceSurface plain = face_surface(model(), r, kTexture, WrittenPart::kHead);
  r.shaded.held = {1, 0.5, 0};
  const FaceSurface divided = face_surface(model(), r, kTexture, WrittenPart::kHead);
  CHECK(plain.fitted.normal_png == divided.fitted.normal_png);
  std::size_t changed = 0;
  for (const Texel& t : texels_of(plain)) {
    double visible = 0;
    std::array<float, 3> n{}, tilt{};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto v = static_cast<std::size_t>(plain.vertex[t.corner[k]]);
      visible += t.share[k] * r.visible[v];
      for (std::size_t c = 0; c < 3; ++c)
        n[c] += static_cast<float>(t.share[k]) * r.fit.normals[3 * v + c];
    }
    const double before = plain.texture.pixels[3 * t.at], after = divided.texture.pixels[3 * t.at];
    if (visible <= 0.5) REQUIRE(before == after);
    if (visible < 1) continue;
    const double length = std::hypot(double{n[0]}, double{n[1]}, double{n[2]});
    for (std::size_t c = 0; c < 3; ++c) {
      n[c] = static_cast<float>(n[c] / length);
      tilt[c] = static_cast<float>(kTilt[c]);
    }
    const double lighter = std::exp(shading_change(n.data(), tilt.data(), r.refined_light));
    REQUIRE(after * lighter == doctest::Approx(before).epsilon(1e-4));
    const float* green = &divided.texture.pixels[3 * t.at + 1];
    REQUIRE(double{green[0]} * std::sqrt(lighter) == doctest::Approx(before).epsilon(1e-4));
    REQUIRE(double{green[1]} == before);
    changed += before != after ? 1 : 0;
  }
  CHECK(changed > 1000);
}

TEST_CASE("the map is flat, byte by byte, where nothing was found, whatever the threads") {
  Reconstruction r = turned_face();
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const FaceSurface one = face_surface(model(), r, kTexture, WrittenPart::kHead);
  omp_set_num_threads(3);
  const FaceSurface three = face_surface(model(), r, kTexture, WrittenPart::kHead);
  omp_set_num_threads(threads);
  CHECK(one.fitted.normal_png == three.fitted.normal_png);
  CHECK(one.fitted.texture_png == three.fitted.texture_png);
  std::fill(r.shaded.tilt.pixels.begin(), r.shaded.tilt.pixels.end(), 0.0F);
  Image8 flat_map(kTexture, kTexture, 3, 128);
  for (std::size_t i = 2; i < flat_map.pixels.size(); i += 3) flat_map.pixels[i] = 255;
  const FaceSurface none = face_surface(model(), r, kTexture, WrittenPart::kHead);
  CHECK(none.fitted.normal_png == encode_png(flat_map));
}

TEST_CASE("the files of a reconstruction hold the map; without normals there is none") {
  Reconstruction r = turned_face();
  const TemporaryFolder folder;
  const OutputOptions options{
      .texture_size = kTexture, .face_model = "embedded", .weights = "none", .usdz = true};
  write_reconstruction(folder.path(), "face", model(), r, options);
  const test::Glb glb(read_file(folder / "face.glb"));
  CHECK(glb.root["materials"][0]["normalTexture"]["index"] == 1);
  const auto& attributes = glb.root["meshes"][0]["primitives"][0]["attributes"];
  const std::vector<double> tangents = glb.accessor(attributes["TANGENT"]);
  for (std::size_t i = 0; i < tangents.size(); i += 4) {
    REQUIRE(std::hypot(tangents[i], tangents[i + 1], tangents[i + 2]) ==
            doctest::Approx(1).epsilon(1e-5));
    REQUIRE(std::abs(tangents[i + 3]) == 1);
  }
  const Bytes mtl = read_file(folder / "face.mtl");
  CHECK(std::string(mtl.begin(), mtl.end()).find("norm face_normal.png") != std::string::npos);
  CHECK(std::filesystem::exists(folder / "face_normal.png"));
  r.shaded = {};
  write_reconstruction(folder.path(), "plain", model(), r, options);
  CHECK_FALSE(std::filesystem::exists(folder / "plain_normal.png"));
  CHECK_FALSE(
      test::Glb(read_file(folder / "plain.glb")).root["materials"][0].contains("normalTexture"));
  Image albedo(kTexture, kTexture, 3);
  const TexelMap map{kTexture, {}, {}};
  CHECK_THROWS_WITH_AS(normal_texture(r, {map, {}, {}, {}}, albedo),
                       doctest::Contains("no normals were looked for"), Error);
}

}  // namespace
}  // namespace fgcn::recon
