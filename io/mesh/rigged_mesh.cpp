#include "io/mesh/rigged_mesh.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

void check_rows(const char* what, const SparseRows& rows, std::size_t vertices) {
  FGCN_CHECK(rows.row.size() == rows.value.size(), "rigged mesh: ", rows.row.size(), " rows for ",
             rows.value.size(), " ", what);
  for (std::size_t i = 0; i < rows.row.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows.row[i]);
    FGCN_CHECK(rows.row[i] >= 0 && row < vertices && (i == 0 || rows.row[i - 1] < rows.row[i]),
               "rigged mesh: the rows of ", what, " do not ascend within ", vertices, " vertices");
    for (const float x : rows.value[i])
      FGCN_CHECK(std::isfinite(x), "rigged mesh: the ", what,
                 " of a target hold a number that is not finite");
  }
}

void check_skeleton(const Skeleton& skeleton, std::size_t vertices) {
  const std::size_t joints = skeleton.names.size();
  FGCN_CHECK(skeleton.parents.size() == joints && skeleton.positions.size() == joints &&
                 skeleton.joints.size() == (joints == 0 ? 0 : vertices) &&
                 skeleton.weights.size() == skeleton.joints.size(),
             "rigged mesh: the lists of a skeleton of ", joints, " joints are of different sizes");
  for (std::size_t j = 0; j < joints; ++j)
    FGCN_CHECK(skeleton.parents[j] >= -1 && skeleton.parents[j] < static_cast<std::int32_t>(j),
               "rigged mesh: joint ", j, " stands before its parent");
  for (std::size_t v = 0; v < skeleton.joints.size(); ++v) {
    double sum = 0;
    for (std::size_t k = 0; k < Skeleton::kInfluences; ++k) {
      FGCN_CHECK(skeleton.joints[v][k] < joints && skeleton.weights[v][k] >= 0,
                 "rigged mesh: vertex ", v, " follows a joint that is not there");
      sum += static_cast<double>(skeleton.weights[v][k]);
    }
    FGCN_CHECK(std::abs(sum - 1) < 1e-3, "rigged mesh: the weights of vertex ", v, " sum to ", sum);
  }
}

template <class T>
std::vector<T> rows_of(const std::vector<T>& all, const std::vector<std::int32_t>& rows) {
  std::vector<T> out;
  if (all.empty()) return out;
  out.reserve(rows.size());
  for (const std::int32_t row : rows) out.push_back(all[static_cast<std::size_t>(row)]);
  return out;
}

}  // namespace

void check(const MeshParts& parts, const RenderMesh& mesh) {
  const std::size_t wanted = parts.list.empty() ? 0 : mesh.triangles.size();
  FGCN_CHECK(parts.triangles.size() == wanted && parts.list.size() <= 255,
             "rigged mesh: ", parts.triangles.size(), " triangles have one of ", parts.list.size(),
             " parts, of ", mesh.triangles.size());
  for (const std::uint8_t part : parts.triangles)
    FGCN_CHECK(part < parts.list.size(), "rigged mesh: has no part ", int{part});
}

void check(const RiggedMesh& mesh) {
  check(mesh.surface);
  check(mesh.parts, mesh.surface);
  for (const MorphTarget& target : mesh.targets) {
    FGCN_CHECK(std::isfinite(target.weight), "rigged mesh: a target's weight is not finite");
    check_rows("positions", target.positions, mesh.surface.vertices.size());
    check_rows("normals", target.normals, mesh.surface.vertices.size());
  }
  check_skeleton(mesh.skeleton, mesh.surface.vertices.size());
}

std::vector<PartOfMesh> split_parts(const RenderMesh& mesh, const MeshParts& parts) {
  const std::size_t vertices = mesh.vertices.size();
  if (parts.list.empty()) {
    PartOfMesh all;
    for (std::size_t v = 0; v < vertices; ++v) all.vertices.push_back(static_cast<std::int32_t>(v));
    all.triangles = mesh.triangles;
    return {all};
  }
  std::vector<PartOfMesh> out(parts.list.size());
  for (std::size_t t = 0; t < mesh.triangles.size(); ++t)
    out[parts.triangles[t]].triangles.push_back(mesh.triangles[t]);
  std::vector<std::int32_t> place(vertices);
  for (PartOfMesh& part : out) {
    std::fill(place.begin(), place.end(), -1);
    for (const Triangle& t : part.triangles)
      for (const std::int32_t v : t) place[static_cast<std::size_t>(v)] = 0;
    for (std::size_t v = 0; v < vertices; ++v) {
      if (place[v] < 0) continue;
      place[v] = static_cast<std::int32_t>(part.vertices.size());
      part.vertices.push_back(static_cast<std::int32_t>(v));
    }
    for (Triangle& t : part.triangles)
      for (std::int32_t& v : t) v = place[static_cast<std::size_t>(v)];
  }
  return out;
}

RenderMesh part_mesh(const RenderMesh& mesh, const PartOfMesh& part) {
  RenderMesh out;
  out.vertices = rows_of(mesh.vertices, part.vertices);
  out.normals = rows_of(mesh.normals, part.vertices);
  out.uvs = rows_of(mesh.uvs, part.vertices);
  out.colors = rows_of(mesh.colors, part.vertices);
  out.triangles = part.triangles;
  return out;
}

}  // namespace fgcn::mesh
