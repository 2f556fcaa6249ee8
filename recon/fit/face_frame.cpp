#include "recon/fit/face_frame.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/core/error.h"

namespace fgcn::recon {
namespace {

constexpr std::size_t kLandmarks = 68;

Point3 vertex(const mesh::FaceModel& model, std::int32_t index) {
  const auto at = static_cast<std::size_t>(index) * 3;
  return {model.mean_shape[at], model.mean_shape[at + 1], model.mean_shape[at + 2]};
}

Point3 mean_of(const std::vector<Point3>& points, std::size_t first, std::size_t last) {
  Point3 sum{};
  for (std::size_t i = first; i <= last; ++i) {
    for (std::size_t k = 0; k < 3; ++k) sum[k] += points[i][k];
  }
  for (double& v : sum) v /= static_cast<double>(last - first + 1);
  return sum;
}

}  // namespace

FaceFrame face_frame(const mesh::FaceModel& model) {
  FGCN_CHECK(model.landmarks.size() == kLandmarks, "face_frame: the model has ",
             model.landmarks.size(), " landmarks, expected 68");
  std::vector<Point3> landmarks;
  for (const std::int32_t index : model.landmarks) landmarks.push_back(vertex(model, index));
  const Point3 right = mean_of(landmarks, 36, 41);
  const Point3 left = mean_of(landmarks, 42, 47);
  const double apart = std::hypot(left[0] - right[0], left[1] - right[1], left[2] - right[2]);
  FGCN_CHECK(apart > 1e-6, "face_frame: both eyes of the model are in one place");

  FaceFrame frame;
  frame.scale = 1 / apart;
  frame.skin = model.skin;
  const auto place = [&](const Point3& p) {
    Point3 out;
    for (std::size_t k = 0; k < 3; ++k) out[k] = (p[k] - 0.5 * (left[k] + right[k])) / apart;
    return out;
  };
  for (const Point3& p : landmarks) frame.landmark.push_back(place(p));
  for (std::int64_t v = 0; v < model.vertices(); ++v) {
    frame.point.push_back(place(vertex(model, static_cast<std::int32_t>(v))));
  }
  return frame;
}

double distance_to_line(const std::vector<Point3>& line, const Point3& p, double* along) {
  double best = std::numeric_limits<double>::infinity();
  const auto segments = static_cast<double>(line.size() - 1);
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const double dx = line[i + 1][0] - line[i][0];
    const double dy = line[i + 1][1] - line[i][1];
    const double length = dx * dx + dy * dy;
    double t = length > 0 ? ((p[0] - line[i][0]) * dx + (p[1] - line[i][1]) * dy) / length : 0;
    t = std::clamp(t, 0.0, 1.0);
    const double away = std::hypot(p[0] - line[i][0] - t * dx, p[1] - line[i][1] - t * dy);
    if (away < best) {
      best = away;
      if (along != nullptr) *along = (static_cast<double>(i) + t) / segments;
    }
  }
  return best;
}

bool inside_polygon(const std::vector<Point3>& polygon, const Point3& p) {
  bool inside = false;
  for (std::size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
    const Point3& a = polygon[i];
    const Point3& b = polygon[j];
    if ((a[1] > p[1]) == (b[1] > p[1])) continue;
    if (p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside;
}

double smooth_step(double low, double high, double x) {
  const double t = std::clamp((x - low) / (high - low), 0.0, 1.0);
  return t * t * (3 - 2 * t);
}

}  // namespace fgcn::recon
