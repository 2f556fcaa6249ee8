#include "recon/fit/inner_lips.h"

#include <algorithm>
#include <cmath>

namespace fgcn::recon {
namespace {

constexpr std::size_t kFirst = 60, kLast = 67;
constexpr double kLeastArea = 80.0 / (224 * 224);  // of the crop

struct Nearest {
  photo::Point point;
  double distance = 1e30;
  bool inside = false;
};

Nearest nearest(const photo::Landmarks& landmarks, photo::Point p) {
  Nearest out;
  for (std::size_t k = kFirst; k <= kLast; ++k) {
    const photo::Point a = landmarks[k], b = landmarks[k == kLast ? kFirst : k + 1];
    const double dx = b.x - a.x, dy = b.y - a.y;
    const double length = dx * dx + dy * dy;
    const double t =
        length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
    const photo::Point on{a.x + t * dx, a.y + t * dy};
    const double distance = std::hypot(p.x - on.x, p.y - on.y);
    if (distance < out.distance) {
      out.distance = distance;
      out.point = on;
    }
    if ((a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / dy * dx) out.inside = !out.inside;
  }
  return out;
}

double area(const photo::Landmarks& landmarks) {
  double twice = 0;
  for (std::size_t k = kFirst; k <= kLast; ++k) {
    const photo::Point a = landmarks[k], b = landmarks[k == kLast ? kFirst : k + 1];
    twice += a.x * b.y - b.x * a.y;
  }
  return std::abs(twice) / 2;
}

}  // namespace

double depth_within_lips(const photo::Landmarks& landmarks, photo::Point p) {
  const Nearest found = nearest(landmarks, p);
  return found.inside ? found.distance : -found.distance;
}

photo::Point nearest_on_lips(const photo::Landmarks& landmarks, photo::Point p) {
  return nearest(landmarks, p).point;
}

Image within_lips(const photo::Landmarks& landmarks, std::int64_t size) {
  const auto side = static_cast<double>(size);
  if (!(area(landmarks) >= kLeastArea * side * side)) return {};
  Image out(size, size, 1);
  for (std::int64_t y = 0; y < size; ++y)
    for (std::int64_t x = 0; x < size; ++x) {
      const photo::Point centre{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
      *out.at(y, x) = nearest(landmarks, centre).inside ? 1.0F : 0.0F;
    }
  return out;
}

}  // namespace fgcn::recon
