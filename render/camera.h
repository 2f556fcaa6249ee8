// The camera that every picture is seen through, and a head's pose before it.
#pragma once

#include <array>
#include <cstdint>

#include "kernels/project/project.h"

namespace fgcn {

/// A pinhole at (0, 0, distance) that looks at the origin, up +y. The field of view spans the
/// image's height, so that pictures of every size show one scene.
struct Camera {
  std::int64_t height = 224;
  std::int64_t width = 224;
  double distance = 10;  // dm
  double field_of_view =
      0.21979978467915789;  // radians, 12.5936 degrees: 1015 pixels at height 224

  /// Focal length in pixels.
  double focal() const;
  kernels::Pinhole pinhole() const;
};

/// v' = v R^T + t with R = Rz Ry Rx (kernels/rigid/rigid.h).
struct Pose {
  std::array<double, 3> angles{};       // x, y, z in radians
  std::array<double, 3> translation{};  // dm
};

/// A model-space point in camera space (decimeters).
std::array<double, 3> to_camera_space(const Pose& pose, const std::array<double, 3>& point);
/// A camera-space point on the screen: x and y in pixels, y down, and depth in decimeters.
std::array<double, 3> to_screen(const Camera& camera, const std::array<double, 3>& point);

}  // namespace fgcn
