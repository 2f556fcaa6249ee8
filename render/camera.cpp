#include "render/camera.h"

#include <cmath>

#include "kernels/rigid/rigid_math.h"

namespace fgcn {

double Camera::focal() const {
  return static_cast<double>(height) / 2 / std::tan(field_of_view / 2);
}

kernels::Pinhole Camera::pinhole() const {
  return {static_cast<real>(distance), static_cast<real>(focal()),
          static_cast<real>(static_cast<double>(width) / 2),
          static_cast<real>(static_cast<double>(height) / 2)};
}

std::array<double, 3> to_camera_space(const Pose& pose, const std::array<double, 3>& point) {
  const kernels::Matrix3<double> r = kernels::euler_rotation(pose.angles.data());
  std::array<double, 3> out = pose.translation;
  for (int c = 0; c < 3; ++c)
    for (int k = 0; k < 3; ++k) out[c] += r.at[3 * c + k] * point[k];
  return out;
}

std::array<double, 3> to_screen(const Camera& camera, const std::array<double, 3>& point) {
  const double depth = camera.distance - point[2];
  const double scale = camera.focal() / depth;
  return {static_cast<double>(camera.width) / 2 + scale * point[0],
          static_cast<double>(camera.height) / 2 - scale * point[1], depth};
}

}  // namespace fgcn
