// The vertex nearest to a point.
#pragma once

#include <cstdint>
#include <vector>

#include "io/mesh/vec3.h"

namespace fgcn::mesh::morphable {

/// A tree that halves the vertices along one axis after the other.
class NearestVertex {
 public:
  /// Borrows the vertices, at least one.
  explicit NearestVertex(const std::vector<Vec3>& vertices);

  /// Of equally near ones always the same.
  std::int32_t find(const Vec3& point) const;

 private:
  struct Best {
    double distance_squared;
    std::int32_t vertex;
  };
  void search(std::size_t begin, std::size_t end, std::size_t axis, const Vec3& point,
              Best& best) const;

  const std::vector<Vec3>& vertices_;
  std::vector<std::int32_t> order_;
};

}  // namespace fgcn::mesh::morphable
