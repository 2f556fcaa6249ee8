// The embedded face must look like a person to a detector that has only seen people.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "io/mesh/normals.h"
#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "photo/detect/detect.h"
#include "render/views.h"

namespace fgcn {
namespace {

/// A random person of the model before a grey wall, lit from a random side, nearly frontal.
Image8 portrait(const mesh::FaceModel& model, const std::vector<std::int32_t>& faces, Rng& rng) {
  std::vector<float> identity(static_cast<std::size_t>(model.identity.count));
  std::vector<float> color(static_cast<std::size_t>(model.albedo.count));
  for (float& c : identity) c = static_cast<float>(rng.normal());
  for (float& c : color) c = static_cast<float>(rng.normal());
  const std::vector<float> shape = mesh::shape(model, identity, {});
  std::vector<float> lit = mesh::albedo(model, color);
  mesh::TriangleMesh surface{{}, model.triangles};
  for (std::size_t v = 0; v + 2 < shape.size(); v += 3)
    surface.vertices.push_back({shape[v], shape[v + 1], shape[v + 2]});
  const std::vector<mesh::Vec3> normals = mesh::vertex_normals(surface);
  const double side = rng.uniform(-0.6, 0.6);
  for (std::size_t v = 0; v < normals.size(); ++v) {
    const mesh::Vec3& n = normals[v];
    const double facing = (side * n[0] + 0.4 * n[1] + n[2]) / std::sqrt(side * side + 1.16);
    const auto light = static_cast<float>(0.35 + 0.75 * std::max(0.0, facing));
    for (std::size_t c = 0; c < 3; ++c) lit[3 * v + c] = std::min(1.0F, lit[3 * v + c] * light);
  }
  const Pose pose{{rng.uniform(-0.1, 0.1), rng.uniform(-0.2, 0.2), rng.uniform(-0.05, 0.05)}, {}};
  return to_bytes(
      lay_over(render_colors({shape, faces}, lit, pose), std::array<float, 3>{0.5F, 0.55F, 0.6F}));
}

TEST_CASE("the face detector finds nine of ten random frontal faces of the embedded model") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  std::vector<std::int32_t> faces;
  for (const mesh::Triangle& t : model.triangles) faces.insert(faces.end(), t.begin(), t.end());
  const photo::FaceFinder finder;
  Rng rng(20);
  constexpr int kPeople = 20;
  int found = 0;
  for (int i = 0; i < kPeople; ++i) found += finder.find(portrait(model, faces, rng)) ? 1 : 0;
  MESSAGE(found << " of " << kPeople << " found");
  CHECK(found >= kPeople * 9 / 10);
}

}  // namespace
}  // namespace fgcn
