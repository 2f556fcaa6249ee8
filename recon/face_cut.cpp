#include "recon/face_cut.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/cut.h"

namespace fgcn::recon {
namespace {

using mesh::CutVertex;
using mesh::operator+;
using mesh::operator*;

// The border goes around triangles of 6 mm in steps, which five of their length take out.
constexpr double kSmoothing = 0.3;  // dm
constexpr double kLine = 0.5;       // between face, 0, and what lies beyond, 1
constexpr double kSplinter = 0.03;  // of an edge

/// Of each vertex of the model: below kLine within the face.
std::vector<double> beyond_face(const mesh::FaceModel& model) {
  const auto vertices = static_cast<std::size_t>(model.vertices());
  std::vector<double> out(vertices, 0);
  for (const char* name : kBeyondFace) {
    const auto& names = model.regions.names;
    const auto found = std::find(names.begin(), names.end(), name);
    FGCN_CHECK(found != names.end(), "cut_to_face: the model has no region ", name);
    const auto region = static_cast<std::size_t>(found - names.begin());
    for (std::size_t v = 0; v < vertices; ++v)
      if (model.regions.inside[region * vertices + v] != 0) out[v] = 1;
  }
  out = mesh::diffused({points_of(model.mean_shape), model.triangles}, out, kSmoothing);
  mesh::snap_to_level(model.triangles, kLine, kSplinter, out);
  return out;
}

template <std::size_t N>
std::vector<std::array<double, N>> blended(const std::vector<std::array<double, N>>& all,
                                           const std::vector<CutVertex>& vertices) {
  std::vector<std::array<double, N>> out;
  if (all.empty()) return out;
  for (const CutVertex& v : vertices) {
    std::array<double, N> row = all[static_cast<std::size_t>(v.inner)];
    const std::array<double, N>& outer = all[static_cast<std::size_t>(v.outer)];
    // Where t is 0 the bits stay.
    for (std::size_t k = 0; v.t > 0 && k < N; ++k) row[k] = (1 - v.t) * row[k] + v.t * outer[k];
    out.push_back(row);
  }
  return out;
}

/// Directions get length 1 again.
void make_unit(std::vector<mesh::Vec3>& normals, std::size_t first) {
  for (std::size_t v = first; v < normals.size(); ++v) normals[v] = mesh::normalised(normals[v]);
}

/// On which side v lies is the inner vertex's: a blend of 1 and -1 is no side.
void make_frames(std::vector<std::array<double, 4>>& tangents, std::size_t first,
                 const std::vector<std::array<double, 4>>& all,
                 const std::vector<CutVertex>& vertices) {
  for (std::size_t v = first; v < tangents.size(); ++v) {
    std::array<double, 4>& t = tangents[v];
    const mesh::Vec3 along = mesh::normalised({t[0], t[1], t[2]});
    t = {along[0], along[1], along[2], all[static_cast<std::size_t>(vertices[v].inner)][3]};
  }
}

mesh::RenderMesh cut(mesh::RenderMesh& whole, const mesh::CutMesh& face, std::size_t rim) {
  mesh::RenderMesh out;
  out.vertices = blended(whole.vertices, face.vertices);
  out.normals = blended(whole.normals, face.vertices);
  out.uvs = blended(whole.uvs, face.vertices);
  out.colors = blended(whole.colors, face.vertices);
  out.tangents = blended(whole.tangents, face.vertices);
  make_unit(out.normals, rim);
  make_frames(out.tangents, rim, whole.tangents, face.vertices);
  out.triangles = face.triangles;
  out.texture_png = std::move(whole.texture_png);
  out.normal_png = std::move(whole.normal_png);
  out.texture_jpeg = std::move(whole.texture_jpeg);
  out.normal_jpeg = std::move(whole.normal_jpeg);
  return out;
}

}  // namespace

void cut_to_face(const mesh::FaceModel& model, FaceSurface& surface) {
  const std::vector<double> beyond = beyond_face(model);
  std::vector<double> value;
  for (const std::int32_t v : surface.vertex) value.push_back(beyond[static_cast<std::size_t>(v)]);
  const mesh::CutMesh face = mesh::cut_below(surface.fitted.triangles, value, kLine);
  const auto on_line = [](const CutVertex& v) { return v.inner != v.outer; };
  const auto rim = static_cast<std::size_t>(
      std::find_if(face.vertices.begin(), face.vertices.end(), on_line) - face.vertices.begin());
  surface.fitted = cut(surface.fitted, face, rim);
  std::vector<std::int32_t> vertex;
  surface.rim.clear();
  for (const CutVertex& v : face.vertices) {
    vertex.push_back(surface.vertex[static_cast<std::size_t>(v.inner)]);
    if (on_line(v)) surface.rim.push_back({surface.vertex[static_cast<std::size_t>(v.outer)], v.t});
  }
  surface.vertex = std::move(vertex);
  if (surface.parts.list.empty()) return;
  std::vector<std::uint8_t> parts;
  for (const std::int32_t t : face.sources)
    parts.push_back(surface.parts.triangles[static_cast<std::size_t>(t)]);
  surface.parts.triangles = std::move(parts);
}

}  // namespace fgcn::recon
