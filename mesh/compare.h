// How far two surfaces are from each other.
#pragma once

#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// Of distances, each of the same weight.
struct DistanceSummary {
  double mean = 0, root_mean_square = 0, median = 0, percentile_95 = 0, largest = 0;
};
/// Percentiles are the least value that so many are not above. All zero without distances.
DistanceSummary summary(std::vector<double> distances);

struct MeshDistances {
  std::vector<double> to_second;    // [V of the first] each vertex to the second surface
  std::vector<double> to_first;     // [V of the second]
  std::vector<double> same_vertex;  // [V] vertex to vertex where both have one topology; or empty
};

/// Distances of vertices to the other surface, in the meshes' unit. Both are measured: a hole in
/// one shows only in the distances of the other.
///
/// Errors   as ClosestPointTree.
/// Repeat   the same for any number of threads.
MeshDistances mesh_distances(const TriangleMesh& first, const TriangleMesh& second);

/// Colors [V] of distances from 0 to `full`: dark blue, blue, cyan, yellow, red, dark red.
std::vector<Vec3> heat_colors(std::span<const double> distances, double full);
/// r, g, b = min(4 t - 1.5, 4.5 - 4 t), min(4 t - 0.5, 3.5 - 4 t), min(4 t + 0.5, 2.5 - 4 t),
/// clipped to [0, 1]; t is clipped to [0, 1] first.
Vec3 jet_color(double t);

}  // namespace fgcn::mesh
