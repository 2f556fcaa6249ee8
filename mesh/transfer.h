// What lives on one mesh, carried to another of any topology.
#pragma once

#include <span>
#include <vector>

#include "mesh/closest_point.h"

namespace fgcn::mesh {

/// For each target point the source's closest point, as a combination of three of its vertices.
std::vector<ClosestPoint> correspondences(const TriangleMesh& source, std::span<const Vec3> target);

/// sum_k barycentric[k] values[corner k] for each place. Error when `values` has fewer rows than a
/// triangle names.
std::vector<Vec3> transferred(std::span<const ClosestPoint> at, const TriangleMesh& source,
                              std::span<const Vec3> values);

/// The similarity  p -> scale R p + t  that brings `from` to `to` best, in the squared distances of
/// pairs.
///
/// Errors   fgcn::Error for lists of different lengths, fewer than three pairs, or points in one
///          line.
/// Source   Umeyama, PAMI 1991, by Horn's quaternions, JOSA A 1987.
struct Similarity {
  double scale = 1;
  std::array<Vec3, 3> rotation{Vec3{1, 0, 0}, Vec3{0, 1, 0}, Vec3{0, 0, 1}};  // rows
  Vec3 translation{};

  Vec3 operator()(const Vec3& p) const;
};
Similarity similarity(std::span<const Vec3> from, std::span<const Vec3> to);

/// Whether the points lie in one line or one place: they say no rotation.
bool lie_in_one_line(std::span<const Vec3> points);

}  // namespace fgcn::mesh
