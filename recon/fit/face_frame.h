// Where things are on a face, in a frame that every face model shares.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mesh/face/face_model.h"

namespace fgcn::recon {

using Point3 = std::array<double, 3>;

/// The mean face in units of the distance between the eyes, origin between them, axes as the
/// model's. The 68 landmarks then tell where lips, brows and jaw are in any model.
struct FaceFrame {
  std::vector<Point3> point;       // [V]
  std::vector<Point3> landmark;    // [68]
  std::vector<std::uint8_t> skin;  // [V] as the model's
  double scale = 1;                // eye distances a decimetre

  std::int64_t vertices() const { return static_cast<std::int64_t>(point.size()); }
};

/// Error when the model has no 68 landmarks or both eyes are in one place.
FaceFrame face_frame(const mesh::FaceModel& model);

/// Distance of p to the polyline, in the plane seen from the front (x, y). The nearest place's
/// position along it, in [0, 1], goes to `along` if asked for.
double distance_to_line(const std::vector<Point3>& line, const Point3& p, double* along = nullptr);

/// True inside the closed polygon, in the plane seen from the front.
bool inside_polygon(const std::vector<Point3>& polygon, const Point3& p);

/// Rises smoothly from 0 at `low` to 1 at `high` (falls when low > high).
double smooth_step(double low, double high, double x);

}  // namespace fgcn::recon
