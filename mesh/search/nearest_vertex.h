// The nearest of many points.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

class BoxTree;

struct NearestVertex {
  std::int32_t vertex = -1;
  double distance = 0;
};

/// Errors   fgcn::Error without points, and for a number that is not finite or beyond 1e60, in the
///          points or in a query.
/// Repeat   of equally near points the one of least index, for any number of threads.
class NearestVertexTree {
 public:
  explicit NearestVertexTree(std::span<const Vec3> points);

  NearestVertex find(const Vec3& query) const;
  std::vector<NearestVertex> find(std::span<const Vec3> queries) const;

 private:
  NearestVertex search(const Vec3& query) const;

  std::shared_ptr<const BoxTree> tree_;
  std::vector<Vec3> points_;  // in the tree's order
};

}  // namespace fgcn::mesh
