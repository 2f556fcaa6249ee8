#include "io/mesh/tangents.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "io/mesh/normals.h"
#include "io/mesh/vec3.h"
#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

/// What is left of a direction in the plane of a normal, of length 1; zero where nothing is.
Vec3 laid_flat(const Vec3& direction, const Vec3& normal) {
  return normalised(direction - dot(direction, normal) * normal);
}

/// Any direction at a right angle to the normal.
Vec3 any_tangent(const Vec3& normal) {
  const Vec3 axis = std::abs(normal[0]) < 0.9 ? Vec3{1, 0, 0} : Vec3{0, 1, 0};
  const Vec3 out = laid_flat(axis, normal);
  return norm(out) > 0.5 ? out : Vec3{1, 0, 0};
}

/// Where u grows along a triangle, and twice its signed area in the texture.
struct Growth {
  Vec3 direction{0, 0, 0};
  double area = 0;
};

Growth growth_of(const RenderMesh& mesh, const Triangle& t) {
  const auto at = [&](std::size_t k) { return static_cast<std::size_t>(t[k]); };
  const Vec3 first = mesh.vertices[at(1)] - mesh.vertices[at(0)],
             second = mesh.vertices[at(2)] - mesh.vertices[at(0)];
  const Vec2 &a = mesh.uvs[at(0)], &b = mesh.uvs[at(1)], &c = mesh.uvs[at(2)];
  const double area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
  if (area == 0) return {};
  const Vec3 along = (c[1] - a[1]) * first - (b[1] - a[1]) * second;
  return {(area < 0 ? -1.0 : 1.0) * along, area};
}

/// The triangle's angle at corner k, seen along the vertex's normal.
double angle_at(const RenderMesh& mesh, const Triangle& t, std::size_t k, const Vec3& normal) {
  const auto corner = [&](std::size_t j) {
    return mesh.vertices[static_cast<std::size_t>(t[j % 3])];
  };
  const Vec3 to_next = laid_flat(corner(k + 1) - corner(k), normal),
             to_last = laid_flat(corner(k + 2) - corner(k), normal);
  return std::acos(std::clamp(dot(to_next, to_last), -1.0, 1.0));
}

}  // namespace

std::vector<std::array<double, 4>> vertex_tangents(const RenderMesh& mesh) {
  check(mesh);
  const std::size_t count = mesh.vertices.size();
  FGCN_CHECK(mesh.normals.size() == count && mesh.uvs.size() == count, "tangents: the mesh has ",
             mesh.normals.size(), " normals and ", mesh.uvs.size(), " texture coordinates for ",
             count, " vertices");
  std::vector<Vec3> sums(count, Vec3{0, 0, 0});
  std::vector<double> signs(count, 0);
  for (const Triangle& t : mesh.triangles) {
    const Growth growth = growth_of(mesh, t);
    if (growth.area == 0) continue;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto v = static_cast<std::size_t>(t[k]);
      const double angle = angle_at(mesh, t, k, mesh.normals[v]);
      sums[v] = sums[v] + angle * laid_flat(growth.direction, mesh.normals[v]);
      signs[v] += growth.area > 0 ? angle : -angle;
    }
  }
  std::vector<std::array<double, 4>> out;
  out.reserve(count);
  for (std::size_t v = 0; v < count; ++v) {
    Vec3 tangent = laid_flat(sums[v], mesh.normals[v]);
    if (!(norm(tangent) > 0.5)) tangent = any_tangent(mesh.normals[v]);
    out.push_back({tangent[0], tangent[1], tangent[2], signs[v] < 0 ? -1.0 : 1.0});
  }
  return out;
}

void make_frames(RenderMesh& mesh) {
  if (!mesh.has_normal_map()) return;
  // A mesh with a map and without frames is malformed, so that the map steps aside.
  Bytes png = std::exchange(mesh.normal_png, {}), jpeg = std::exchange(mesh.normal_jpeg, {});
  mesh.tangents.clear();
  if (mesh.uvs.empty()) return;
  if (mesh.normals.empty()) mesh.normals = vertex_normals(mesh.triangle_mesh());
  mesh.tangents = vertex_tangents(mesh);
  mesh.normal_png = std::move(png);
  mesh.normal_jpeg = std::move(jpeg);
}

}  // namespace fgcn::mesh
