#include "recon/fit/face_outline.h"

#include <algorithm>
#include <cmath>

namespace fgcn::recon {
namespace {

constexpr double kHalfWidth = 0.03;  // dm: how far beside the path a vertex may lie
constexpr double kReach = 0.55;      // of the way from the outline to the middle of the face

}  // namespace

FaceOutline::FaceOutline(const mesh::FaceModel& model) {
  const auto at = [&](std::int32_t v, int c) {
    return static_cast<double>(model.mean_shape[static_cast<std::size_t>(v) * 3 + c]);
  };
  // Only what faces the viewer more than the landmark does can become outline: facing sides.
  std::array<double, 2> middle{};
  for (int k = 27; k < 36; ++k)
    for (int c = 0; c < 2; ++c) middle[c] += at(model.landmarks[k], c) / 9;
  for (int k = 0; k < kOutlinePoints; ++k) {
    const std::int32_t own = model.landmarks[k];
    double dx = middle[0] - at(own, 0), dy = middle[1] - at(own, 1);
    const double length = std::max(std::hypot(dx, dy), 1e-6);
    dx /= length;
    dy /= length;
    outward_[k] = {-dx, -dy};
    begin_[k] = static_cast<int>(vertices_.size());
    vertices_.push_back(own);
    for (std::int32_t v = 0; v < model.vertices(); ++v) {
      const double x = at(v, 0) - at(own, 0), y = at(v, 1) - at(own, 1);
      const double along = x * dx + y * dy;
      const bool inside =
          along > 0 && along < kReach * length && std::abs(x * dy - y * dx) < kHalfWidth;
      // The back of the head or an inner surface lies behind the landmark.
      if (inside && at(v, 2) > at(own, 2)) vertices_.push_back(v);
    }
  }
  begin_[kOutlinePoints] = static_cast<int>(vertices_.size());
}

int FaceOutline::choose(int point, const std::vector<std::array<double, 2>>& screen,
                        double roll) const {
  // Outwards in the image, where y points down.
  const double c = std::cos(roll), s = std::sin(roll);
  const double dx = c * outward_[point][0] - s * outward_[point][1];
  const double dy = -(s * outward_[point][0] + c * outward_[point][1]);
  int best = begin(point);
  for (int i = begin(point); i < end(point); ++i) {
    if (dx * screen[i][0] + dy * screen[i][1] > dx * screen[best][0] + dy * screen[best][1])
      best = i;
  }
  return best;
}

}  // namespace fgcn::recon
