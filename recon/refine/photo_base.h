// The albedo that a photo alone suggests: what the network starts from.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh/face/face_model.h"

namespace fgcn::recon {

struct Observation;

/// In the face model's order.
struct PhotoBase {
  std::vector<float> color;       // [V, 3] sRGB-encoded [0, 1]
  std::vector<float> confidence;  // [V] how far to believe it, [0, 1]
};

/// Makes bases of one face model.
///
/// Where a vertex is seen: the photo's color without the fitted light. Where it is not, the
/// coarse albedo plus a detail that
///   - starts as the difference of the visible neighbours from their coarse albedo and fades over
///   some
///     five edges, so that no seam is left:  min sum_v own_v W |d_v - detail_v|^2 + lambda |d_v|^2
///     + sum_edges |d_v - d_w|^2, by symmetric Gauss-Seidel sweeps;
///   - goes over into half of what the mirror image differs by from its own.
/// Visible and hidden blend by `own`, which falls where the surface turns away.
///
/// Repeat   bitwise; one thread, and safe to call from several.
/// Source   Perez et al., SIGGRAPH 2003, for the blending of differences.
class PhotoBaseMaker {
 public:
  explicit PhotoBaseMaker(const mesh::FaceModel& face);

  /// fgcn::Error when an array is not of the model's vertices.
  PhotoBase operator()(const Observation& observation) const;

 private:
  std::vector<std::int32_t> mirror_;
  std::vector<std::int32_t> neighbour_begin_;  // [V + 1]
  std::vector<std::int32_t> neighbour_;
};

}  // namespace fgcn::recon
