// The albedo that layers of detail paint on.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/core/rng.h"
#include "recon/fit/face_frame.h"

namespace fgcn::train {

using Color = std::array<double, 3>;

/// The albedo being painted, and what every layer needs to know of the face.
class AlbedoCanvas {
 public:
  AlbedoCanvas(const recon::FaceFrame& frame, std::vector<float>& albedo)
      : frame_(frame), albedo_(albedo) {}

  std::int64_t vertices() const { return frame_.vertices(); }
  const recon::Point3& point(std::int64_t v) const {
    return frame_.point[static_cast<std::size_t>(v)];
  }
  bool skin(std::int64_t v) const { return frame_.skin[static_cast<std::size_t>(v)] != 0; }
  const recon::Point3& landmark(int i) const {
    return frame_.landmark[static_cast<std::size_t>(i)];
  }
  std::vector<recon::Point3> landmarks(int first, int last) const {
    return {frame_.landmark.begin() + first, frame_.landmark.begin() + last + 1};
  }
  void multiply(std::int64_t v, double amount, const Color& factor) {
    for (std::size_t c = 0; c < 3; ++c) set(v, c, get(v, c) * (1 + amount * (factor[c] - 1)));
  }
  void mix(std::int64_t v, double amount, const Color& target) {
    for (std::size_t c = 0; c < 3; ++c) set(v, c, get(v, c) + amount * (target[c] - get(v, c)));
  }
  void add(std::int64_t v, double amount, const Color& direction) {
    for (std::size_t c = 0; c < 3; ++c) set(v, c, get(v, c) + amount * direction[c]);
  }

 private:
  double get(std::int64_t v, std::size_t c) const {
    return albedo_[static_cast<std::size_t>(v) * 3 + c];
  }
  void set(std::int64_t v, std::size_t c, double value) {
    albedo_[static_cast<std::size_t>(v) * 3 + c] = static_cast<float>(std::clamp(value, 0.0, 1.0));
  }

  const recon::FaceFrame& frame_;
  std::vector<float>& albedo_;
};

inline bool chance(Rng& rng, double probability) { return rng.uniform() < probability; }

inline recon::Point3 scaled(const recon::Point3& p, double factor) {
  return {p[0] * factor, p[1] * factor, p[2] * factor};
}

inline double distance(const recon::Point3& a, const recon::Point3& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

inline std::int64_t random_skin_vertex(const AlbedoCanvas& canvas, Rng& rng) {
  std::int64_t v = rng.below(canvas.vertices());
  for (int tries = 0; tries < 32 && !canvas.skin(v); ++tries) v = rng.below(canvas.vertices());
  return v;
}

}  // namespace fgcn::train
