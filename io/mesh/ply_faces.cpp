#include "io/mesh/ply_faces.h"

#include <map>
#include <utility>

#include "io/mesh/polygon.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

/// Where each corner's vertex stands once vertices of several texture coordinates are repeated.
std::vector<std::int32_t> split_seams(std::span<const std::int32_t> corners,
                                      std::span<const Vec2> uvs, RenderMesh& mesh) {
  const std::size_t before = mesh.vertices.size();
  std::vector<std::uint8_t> seen(before, 0);
  std::map<std::pair<std::int32_t, Vec2>, std::int32_t> repeated;
  std::vector<std::int32_t> places;
  mesh.uvs.assign(before, Vec2{0, 0});
  for (std::size_t c = 0; c < corners.size(); ++c) {
    const std::int32_t v = corners[c];
    const auto from = static_cast<std::size_t>(v);
    std::int32_t at = v;
    if (std::exchange(seen[from], 1) == 0) {
      mesh.uvs[from] = uvs[c];
    } else if (mesh.uvs[from] != uvs[c]) {
      const auto next = static_cast<std::int32_t>(mesh.vertices.size());
      const auto [found, added] = repeated.emplace(std::pair(v, uvs[c]), next);
      at = found->second;
      if (added) {
        mesh.vertices.push_back(mesh.vertices[from]);
        if (!mesh.normals.empty()) mesh.normals.push_back(mesh.normals[from]);
        if (!mesh.colors.empty()) mesh.colors.push_back(mesh.colors[from]);
        mesh.uvs.push_back(uvs[c]);
      }
    }
    places.push_back(at);
  }
  return places;
}

}  // namespace

bool PlyFaces::add(std::span<const std::int32_t> corners, std::span<const double> texcoord) {
  if (!texcoord.empty() && texcoord.size() != 2 * corners.size()) return false;
  if (corners.size() < 3) return true;
  corners_.insert(corners_.end(), corners.begin(), corners.end());
  begin_.push_back(static_cast<std::int64_t>(corners_.size()));
  for (std::size_t i = 0; i < texcoord.size(); i += 2)
    uvs_.push_back({texcoord[i], texcoord[i + 1]});
  return true;
}

void PlyFaces::add_strip(std::span<const std::int32_t> vertices) {
  std::size_t first = 0;
  for (std::size_t i = 0; i < vertices.size(); ++i) {
    if (vertices[i] < 0) {
      first = i + 1;
    } else if (i >= first + 2) {
      std::int32_t a = vertices[i - 2], b = vertices[i - 1];
      const std::int32_t c = vertices[i];
      if ((i - first) % 2 != 0) std::swap(a, b);
      if (a == b || b == c || c == a) continue;  // it only leads the strip elsewhere
      corners_.insert(corners_.end(), {a, b, c});
      begin_.push_back(static_cast<std::int64_t>(corners_.size()));
    }
  }
}

void PlyFaces::write_to(RenderMesh& mesh, const std::string& where) const {
  if (begin_.size() < 2)
    input_error(where, ": holds no face; export it as a mesh of triangles, not as points");
  for (const std::int32_t v : corners_)
    if (static_cast<std::size_t>(v) >= mesh.vertices.size())
      input_error(where,
                  ": has a face with a vertex that is not there; it is not a proper PLY file");
  const std::vector<Vec3> positions = mesh.vertices;
  const bool own_uvs = !corners_.empty() && uvs_.size() == corners_.size();
  const std::vector<std::int32_t> places = own_uvs ? split_seams(corners_, uvs_, mesh) : corners_;
  PolygonCutter cutter(positions);
  for (std::size_t f = 0; f + 1 < begin_.size(); ++f) {
    const auto first = static_cast<std::size_t>(begin_[f]);
    const auto count = static_cast<std::size_t>(begin_[f + 1]) - first;
    if (!cutter.cut(std::span(corners_).subspan(first, count),
                    std::span(places).subspan(first, count), mesh.triangles))
      input_error(where, ": has a concave face of ", count, " corners, more than ",
                  kMaxConcaveCorners, "; cut its faces into triangles");
  }
}

}  // namespace fgcn::mesh
