#include "recon/fit/reference_points.h"

namespace fgcn::recon {

photo::FivePoints<photo::Point3> reference_points(const mesh::FaceModel& model) {
  std::array<photo::Point3, photo::kLandmarks> points;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const auto vertex = static_cast<std::size_t>(model.landmarks[k]);
    for (std::size_t c = 0; c < 3; ++c) points[k][c] = model.mean_shape[3 * vertex + c];
  }
  return photo::five_points(points);
}

}  // namespace fgcn::recon
