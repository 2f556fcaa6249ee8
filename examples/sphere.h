// A sphere of radius 1 dm: the mesh that two of the examples work on.
#pragma once

#include <fgcn/fgcn.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace example {

/// An octahedron whose triangles are cut in four, `times` times, its vertices moved to the sphere.
inline fgcn::mesh::TriangleMesh sphere(int times) {
  fgcn::mesh::TriangleMesh mesh;
  mesh.vertices = {{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}};
  mesh.triangles = {{0, 2, 4}, {2, 1, 4}, {1, 3, 4}, {3, 0, 4},
                    {2, 0, 5}, {1, 2, 5}, {3, 1, 5}, {0, 3, 5}};
  for (; times > 0; --times) {
    std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> middles;  // of edges
    const auto middle = [&](std::int32_t a, std::int32_t b) {
      const auto [at, added] =
          middles.try_emplace(std::minmax(a, b), static_cast<std::int32_t>(mesh.vertices.size()));
      if (added) {
        fgcn::mesh::Vec3 m{};
        for (int i = 0; i < 3; ++i) m[i] = mesh.vertices[a][i] + mesh.vertices[b][i];
        const double length = std::hypot(m[0], m[1], m[2]);
        for (double& coordinate : m) coordinate /= length;
        mesh.vertices.push_back(m);
      }
      return at->second;
    };
    std::vector<fgcn::mesh::Triangle> finer;
    for (const auto& [a, b, c] : mesh.triangles) {
      const std::int32_t ab = middle(a, b), bc = middle(b, c), ca = middle(c, a);
      finer.insert(finer.end(), {{a, ab, ca}, {b, bc, ab}, {c, ca, bc}, {ab, bc, ca}});
    }
    mesh.triangles = std::move(finer);
  }
  return mesh;
}

}  // namespace example
