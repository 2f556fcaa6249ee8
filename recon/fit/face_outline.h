// Where the outline of a turned face lies on the mesh.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mesh/face/face_model.h"
#include "render/camera.h"

namespace fgcn::recon {

constexpr int kOutlinePoints = 17;  // landmarks 0 to 16

/// A photographed face's outline is its silhouette, which slides over the skin as the head turns.
/// Each of the 17 outline landmarks has a path of vertices on the mean face that leads from its
/// own vertex inwards, towards the middle of the face; seen from a pose, the point lies where the
/// path reaches farthest outwards in the image.
///
/// Source   Zhu, Yan, Yi, Lei, Li: "High-fidelity pose and expression normalization", CVPR 2015
///          (landmark marching), with the paths and the rule of choice made anew.
class FaceOutline {
 public:
  explicit FaceOutline(const mesh::FaceModel& model);

  /// The vertices of all paths, path after path; each begins with the landmark's own vertex.
  const std::vector<std::int32_t>& vertices() const { return vertices_; }
  int begin(int point) const { return begin_[point]; }
  int end(int point) const { return begin_[point + 1]; }

  /// Index into vertices() of the one on the outline; `screen` [vertices().size()] are x, y.
  int choose(int point, const std::vector<std::array<double, 2>>& screen, double roll) const;

 private:
  std::vector<std::int32_t> vertices_;
  std::array<int, kOutlinePoints + 1> begin_{};
  std::array<std::array<double, 2>, kOutlinePoints> outward_{};  // of the upright face, y up
};

}  // namespace fgcn::recon
