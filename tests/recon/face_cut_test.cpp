// --part face: the rim is a clean line, and what lies on it blends what lies on both sides.
#include "recon/face_cut.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <numbers>
#include <set>
#include <utility>
#include <vector>

#include "io/mesh/vec3.h"
#include "mesh/topology.h"
#include "recon/face_rig.h"
#include "recon/face_surface.h"
#include "recon/reconstruct.h"
#include "tests/support/rendered_photos.h"
#include "tests/support/small_head.h"

namespace fgcn::recon {
namespace {

using mesh::Vec3;
using mesh::operator-;
using mesh::operator+;
using mesh::operator*;

/// The mask's own border lies all beyond the face here, so that its rim is a loop, and the eyes lie
/// within: a line around a lid has the lid's folds.
const mesh::FaceModel& head() {
  static const mesh::FaceModel model = [] {
    mesh::FaceModel out = test::small_head();
    const auto vertices = static_cast<std::size_t>(out.vertices());
    out.regions.inside.assign(3 * vertices, 0);
    for (std::size_t v = 0; v < vertices; ++v) {
      const float x = out.mean_shape[3 * v], y = out.mean_shape[3 * v + 1];
      if (out.parts.part[v] != 0 || x * x / 0.49F + y * y / 0.64F < 1) continue;
      out.regions.inside[(y > 0.4F ? 0 : y > -0.4F ? 1 : 2) * vertices + v] = 1;
    }
    return out;
  }();
  return model;
}

const Reconstruction& result() {
  static const Reconstruction fitted = [] {
    const PhotoSample sample = test::rendered_photo(head(), 3);
    Reconstruction r;
    r.fit = sample.fit;
    r.fit.expression[0] = 0.6;
    FitSurfaces(Context(Device::kCpu, 1), head()).fill(crop_camera(kCropSize), r.fit);
    r.refined_albedo = r.fit.albedo_colors;
    r.refined_irradiance.assign(head().mean_shape.size(), 1.0F);
    r.crop = Image(kCropSize, kCropSize, 3);
    return r;
  }();
  return fitted;
}

FaceSurface surface_of(WrittenPart part) { return face_surface(head(), result(), 64, part); }

/// Edges in one triangle, by the places of their ends: copies along a seam are in one place.
std::set<std::array<Vec3, 2>> border(const mesh::RenderMesh& mesh) {
  std::map<std::array<Vec3, 2>, int> count;
  for (const mesh::Triangle& t : mesh.triangles)
    for (std::size_t k = 0; k < 3; ++k) {
      std::array<Vec3, 2> edge{mesh.vertices[static_cast<std::size_t>(t[k])],
                               mesh.vertices[static_cast<std::size_t>(t[(k + 1) % 3])]};
      std::sort(edge.begin(), edge.end());
      ++count[edge];
    }
  std::set<std::array<Vec3, 2>> out;
  for (const auto& [edge, triangles] : count)
    if (triangles == 1) out.insert(edge);
  return out;
}

/// The loops that a face has and its head has not.
std::vector<std::vector<Vec3>> rims(const mesh::RenderMesh& face, const mesh::RenderMesh& whole) {
  const std::set<std::array<Vec3, 2>> before = border(whole);
  std::map<Vec3, std::vector<Vec3>> next;
  for (const std::array<Vec3, 2>& edge : border(face)) {
    if (before.count(edge) > 0) continue;
    next[edge[0]].push_back(edge[1]);
    next[edge[1]].push_back(edge[0]);
  }
  for (const auto& [point, others] : next) CHECK(others.size() == 2);
  std::vector<std::vector<Vec3>> out;
  std::set<Vec3> seen;
  for (const auto& [start, unused] : next) {
    if (seen.count(start) > 0) continue;
    std::vector<Vec3>& loop = out.emplace_back();
    for (const Vec3* at = &start; at != nullptr;) {
      loop.push_back(*at);
      seen.insert(*at);
      const std::vector<Vec3>& others = next.at(*at);
      at = nullptr;
      for (const Vec3& other : others)
        if (seen.count(other) == 0) at = &other;
    }
    // The last meets the first again.
    const std::vector<Vec3>& others = next.at(loop.back());
    CHECK(std::find(others.begin(), others.end(), loop.front()) != others.end());
  }
  return out;
}

/// Degrees that a closed line turns by at each of its points.
std::vector<double> turns(const std::vector<Vec3>& loop) {
  std::vector<double> out;
  for (std::size_t i = 0; i < loop.size(); ++i) {
    const Vec3 &a = loop[i], &b = loop[(i + 1) % loop.size()], &c = loop[(i + 2) % loop.size()];
    const double cosine = mesh::dot(mesh::normalised(b - a), mesh::normalised(c - b));
    out.push_back(std::acos(std::clamp(cosine, -1.0, 1.0)) * 180 / std::numbers::pi);
  }
  return out;
}

}  // namespace

TEST_CASE("face cut: the rim is one closed line that turns little at each of its points") {
  const FaceSurface face = surface_of(WrittenPart::kFace), whole = surface_of(WrittenPart::kHead);
  const std::vector<std::vector<Vec3>> loops = rims(face.fitted, whole.fitted);
  REQUIRE(loops.size() == 1);
  CHECK(loops[0].size() > 50);
  const std::vector<double> turned = turns(loops[0]);
  const double most = *std::max_element(turned.begin(), turned.end());
  double sum = 0;
  for (const double t : turned) sum += t;
  MESSAGE("rim of ", loops[0].size(), " points: at most ", most, " degrees, together ", sum);
  CHECK(most < 35);  // a line along triangles turns by 90 and more
  CHECK(sum < 6 * static_cast<double>(turned.size()));
  CHECK(whole.rim.empty());
  CHECK(face.rim.size() > loops[0].size() / 2);
}

TEST_CASE("face cut: what a vertex of the rim has lies between what both ends of its edge have") {
  const FaceSurface face = surface_of(WrittenPart::kFace), whole = surface_of(WrittenPart::kHead);
  const mesh::RiggedMesh rig = face_rig(head(), result(), face),
                         all = face_rig(head(), result(), whole);
  const std::size_t vertices = face.vertex.size(), first = vertices - face.rim.size();
  REQUIRE(face.fitted.vertices.size() == vertices);
  REQUIRE(face.fitted.colors.size() == vertices);
  CHECK_NOTHROW(mesh::check(rig));
  const auto blend = [](const Vec3& a, const Vec3& b, double t) { return (1 - t) * a + t * b; };
  const auto follows = [](const mesh::RiggedMesh& mesh, std::size_t v, std::size_t joint) {
    double out = 0;
    for (std::size_t k = 0; k < mesh::Skeleton::kInfluences; ++k)
      if (mesh.skeleton.joints[v][k] == joint)
        out += static_cast<double>(mesh.skeleton.weights[v][k]);
    return out;
  };
  // The model's texture has no seam here, so that vertices of the whole are the model's.
  REQUIRE(whole.vertex.size() == static_cast<std::size_t>(head().vertices()));
  std::size_t mixed = 0;
  for (std::size_t s = first; s < vertices; ++s) {
    CAPTURE(s);
    const auto a = static_cast<std::size_t>(face.vertex[s]);
    const auto b = static_cast<std::size_t>(face.on_edge(s).towards);
    const double t = face.on_edge(s).t;
    const mesh::RenderMesh &fitted = face.fitted, &of = whole.fitted;
    CHECK(mesh::norm(fitted.vertices[s] - blend(of.vertices[a], of.vertices[b], t)) < 1e-9);
    CHECK(mesh::norm(fitted.colors[s] - blend(of.colors[a], of.colors[b], t)) < 1e-9);
    CHECK(std::abs(fitted.uvs[s][0] - (1 - t) * of.uvs[a][0] - t * of.uvs[b][0]) < 1e-9);
    CHECK(std::abs(fitted.uvs[s][1] - (1 - t) * of.uvs[a][1] - t * of.uvs[b][1]) < 1e-9);
    CHECK(mesh::norm(fitted.normals[s]) == doctest::Approx(1));
    CHECK(mesh::dot(fitted.normals[s], mesh::normalised(blend(of.normals[a], of.normals[b], t))) >
          1 - 1e-9);
    CHECK(mesh::norm(rig.surface.vertices[s] -
                     blend(all.surface.vertices[a], all.surface.vertices[b], t)) < 1e-9);
    for (std::size_t j = 0; j < 3; ++j) {
      const double wanted = (1 - t) * follows(all, a, j) + t * follows(all, b, j);
      CHECK(follows(rig, s, j) == doctest::Approx(wanted).epsilon(1e-5));
      mixed += wanted > 0.01 && wanted < 0.99 ? 1 : 0;
    }
  }
  CHECK(mixed > 0);
}

TEST_CASE("face cut: targets bring the neutral face to the fitted one, at the rim too") {
  const FaceSurface face = surface_of(WrittenPart::kFace);
  const mesh::RiggedMesh rig = face_rig(head(), result(), face);
  std::vector<Vec3> shown = rig.surface.vertices;
  const std::size_t first = face.vertex.size() - face.rim.size();
  std::size_t moved = 0;
  for (const mesh::MorphTarget& target : rig.targets)
    for (std::size_t i = 0; i < target.positions.row.size(); ++i) {
      const auto v = static_cast<std::size_t>(target.positions.row[i]);
      moved += v >= first && target.weight != 0 ? 1 : 0;
      for (std::size_t k = 0; k < 3; ++k)
        shown[v][k] += target.weight * static_cast<double>(target.positions.value[i][k]);
    }
  CHECK(moved > 0);
  for (std::size_t v = 0; v < shown.size(); ++v)
    CHECK(mesh::norm(shown[v] - face.fitted.vertices[v]) < 1e-4);
}

TEST_CASE("face cut: the same line on every person") {
  Reconstruction other = result();
  for (double& a : other.fit.identity) a += 0.5;
  FitSurfaces(Context(Device::kCpu, 1), head()).fill(crop_camera(kCropSize), other.fit);
  const FaceSurface one = surface_of(WrittenPart::kFace),
                    two = face_surface(head(), other, 64, WrittenPart::kFace);
  CHECK(one.fitted.vertices != two.fitted.vertices);
  CHECK(one.fitted.triangles == two.fitted.triangles);
  CHECK(one.vertex == two.vertex);
  REQUIRE(one.rim.size() == two.rim.size());
  for (std::size_t r = 0; r < one.rim.size(); ++r) {
    CHECK(one.rim[r].towards == two.rim[r].towards);
    CHECK(one.rim[r].t == two.rim[r].t);
  }
}

}  // namespace fgcn::recon
