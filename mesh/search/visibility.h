// Which vertices of a mesh a camera sees.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "io/mesh/triangle_mesh.h"

namespace fgcn::mesh {

/// The flat sensor of a camera. `x` and `y` are its half extents; `z` points from the camera to the
/// scene, and its length is the focal length. The sensor's middle lies at camera - z.
struct Sensor {
  Vec3 x, y, z;
};

struct VisibilityOptions {
  /// How far in front of a vertex its ray begins. Absolute: choose it for the mesh's unit, below
  /// the thickness of what may hide a vertex.
  double min_distance = 1e-3;
  std::vector<Sensor> sensors;  // one a camera, or empty: cameras see in every direction
  TriangleMesh occluders;       // hide the mesh besides itself; may be empty
};

struct Visibility {
  std::vector<std::uint8_t> visible;  // [C, V]
  std::vector<double> facing;         // [C, V] n . d, or empty where no normals were given
};

/// A vertex p is visible to a camera c when no triangle of the mesh or of the occluders meets the
/// ray that starts at p + min_distance d, d = (c - p) / |c - p|, and goes on for ever, also behind
/// the camera; with a sensor, also only when that ray meets the sensor. A camera at the vertex
/// itself sees it, with n . d = 0. A mesh without triangles hides nothing.
///
/// Errors   fgcn::Error for an index out of range; for lists of the wrong length; for a number that
///          is not finite or beyond 1e60; for a min_distance below 0 and a sensor without a z.
/// Repeat   the same for any number of threads.
Visibility visible_vertices(const TriangleMesh& mesh, std::span<const Vec3> cameras,
                            std::span<const Vec3> normals, const VisibilityOptions& options = {});

}  // namespace fgcn::mesh
