#include "mesh/search/nearest_vertex.h"

#include <cmath>
#include <limits>

#include "io/mesh/vec3.h"
#include "kernels/core/error.h"
#include "mesh/search/box_tree.h"

namespace fgcn::mesh {
namespace {

void check_query(const Vec3& p) {
  constexpr double kLargest = 1e60;
  for (const double x : p)
    FGCN_CHECK(std::abs(x) <= kLargest, "nearest vertex: a query is (", p[0], ", ", p[1], ", ",
               p[2], "), expected finite numbers up to ", kLargest);
}

}  // namespace

NearestVertexTree::NearestVertexTree(std::span<const Vec3> points)
    : tree_(std::make_shared<const BoxTree>(static_cast<std::int64_t>(points.size()),
                                            [&](std::int32_t v) {
                                              return Box{points[v], points[v]};
                                            })) {
  points_.reserve(points.size());
  for (const std::int32_t v : tree_->order()) points_.push_back(points[v]);
}

NearestVertex NearestVertexTree::search(const Vec3& query) const {
  NearestVertex best;
  double least = std::numeric_limits<double>::infinity();
  tree_->near(
      query,
      [&](std::int32_t begin, std::int32_t end) {
        for (std::int32_t i = begin; i < end; ++i) {
          const Vec3 way = query - points_[i];
          const double squared = dot(way, way);
          const std::int32_t v = tree_->order()[i];
          if (squared < least || (squared == least && v < best.vertex)) {
            least = squared;
            best.vertex = v;
          }
        }
      },
      [&] { return least; });
  best.distance = std::sqrt(least);
  return best;
}

NearestVertex NearestVertexTree::find(const Vec3& query) const {
  check_query(query);
  return search(query);
}

std::vector<NearestVertex> NearestVertexTree::find(std::span<const Vec3> queries) const {
  for (const Vec3& q : queries) check_query(q);
  std::vector<NearestVertex> out(queries.size());
  const auto count = static_cast<std::int64_t>(queries.size());
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t i = 0; i < count; ++i) out[i] = search(queries[i]);
  return out;
}

}  // namespace fgcn::mesh
