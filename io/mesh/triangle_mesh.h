// The triangle mesh that every mesh algorithm takes.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace fgcn::mesh {

using Vec2 = std::array<double, 2>;
using Vec3 = std::array<double, 3>;
using Triangle = std::array<std::int32_t, 3>;

/// Vertices in decimetres unless a reader says otherwise; triangles counter-clockwise from outside.
struct TriangleMesh {
  std::vector<Vec3> vertices;
  std::vector<Triangle> triangles;
};

/// Error unless every index is in range.
void check(const TriangleMesh& mesh);

}  // namespace fgcn::mesh
