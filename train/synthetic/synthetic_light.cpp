#include "train/synthetic/synthetic_light.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "recon/fit/face_frame.h"
#include "recon/fit/fit_light.h"
#include "train/synthetic/value_noise.h"

namespace fgcn::train {
namespace {

using Vector = std::array<double, 3>;

double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

Vector normalised(const Vector& a) {
  const double length = std::sqrt(dot(a, a));
  return length > 0 ? Vector{a[0] / length, a[1] / length, a[2] / length} : Vector{0, 0, 1};
}

Vector row(const std::vector<float>& values, std::int64_t v) {
  const auto at = static_cast<std::size_t>(v) * 3;
  return {values[at], values[at + 1], values[at + 2]};
}

/// The face as a far light sees it: parallel rays, the picture fitted to the face.
class LightView {
 public:
  LightView(const std::vector<float>& positions, const Vector& towards_light, recon::DepthMap& map)
      : map_(map) {
    const Vector up = std::abs(towards_light[1]) < 0.9 ? Vector{0, 1, 0} : Vector{1, 0, 0};
    const Vector right = normalised(cross(up, towards_light));
    const Vector above = cross(towards_light, right);
    const auto vertices = static_cast<std::int64_t>(positions.size() / 3);
    screen_.resize(positions.size());
    // Far enough that depth is positive; the rays stay parallel because x and y ignore it.
    constexpr double kDistance = 50;
    constexpr double kHalfWidth = 2.0;  // dm about the origin: a head
    scale_ = static_cast<double>(map.size()) / (2 * kHalfWidth);
    Vector centre{};
    for (std::int64_t v = 0; v < vertices; ++v) {
      for (std::size_t k = 0; k < 3; ++k) centre[k] += row(positions, v)[k];
    }
    for (double& c : centre) c /= static_cast<double>(std::max<std::int64_t>(vertices, 1));
    for (std::int64_t v = 0; v < vertices; ++v) {
      const Vector p = row(positions, v);
      const Vector q{p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]};
      const auto at = static_cast<std::size_t>(v) * 3;
      screen_[at] = static_cast<float>((dot(q, right) + kHalfWidth) * scale_);
      screen_[at + 1] = static_cast<float>((kHalfWidth - dot(q, above)) * scale_);
      screen_[at + 2] = static_cast<float>(kDistance - dot(q, towards_light));
    }
    map.draw(screen_);
  }

  /// Share of the light that reaches the vertex, blurred over `softness` dm; [0, 1].
  double lit(std::int64_t v, double softness) const {
    // Points of a disc; a depth margin that grows with the disc keeps a surface from shading
    // itself.
    static constexpr double kDisc[][2] = {{0, 0},      {0.7, 0.1},   {-0.6, 0.4}, {0.1, -0.8},
                                          {0.2, 0.75}, {-0.3, -0.4}, {0.9, -0.4}, {-0.9, -0.3}};
    const auto at = static_cast<std::size_t>(v) * 3;
    const auto margin = static_cast<float>(0.03 + 1.2 * softness);
    int reached = 0;
    for (const auto& offset : kDisc) {
      reached += map_.reaches(screen_[at] + static_cast<float>(offset[0] * softness * scale_),
                              screen_[at + 1] + static_cast<float>(offset[1] * softness * scale_),
                              screen_[at + 2], margin)
                     ? 1
                     : 0;
    }
    return static_cast<double>(reached) / static_cast<double>(std::size(kDisc));
  }

 private:
  recon::DepthMap& map_;
  std::vector<float> screen_;
  double scale_ = 1;
};

/// Even directions on the half sphere that the face looks at (a golden-angle spiral).
std::vector<Vector> sky_directions(int count) {
  std::vector<Vector> out;
  for (int i = 0; i < count; ++i) {
    const double z = (i + 0.5) / count;
    const double angle = i * std::numbers::pi * (3 - std::sqrt(5.0));
    const double radius = std::sqrt(1 - z * z);
    out.push_back({radius * std::cos(angle), radius * std::sin(angle), z});
  }
  return out;
}

Vector light_color(Rng& rng, double spread) {
  const double warm = spread * rng.normal();
  const double tint = 0.4 * spread * rng.normal();
  return {1 + warm, 1 + tint, 1 - warm};
}

struct Lamp {
  Vector direction;
  Vector color;
  double softness;
};

/// Half of all portraits are taken in light that is meant for faces: large lamps, or a cloudy sky.
struct Setting {
  bool soft;
  double ambient;  // beside a main lamp of 1
  double shine;    // of highlights, at most
};

Setting random_setting(Rng& rng) {
  const bool soft = rng.uniform() < 0.5;
  return {soft, soft ? rng.uniform(0.8, 2.5) : rng.uniform(0.2, 1.2), soft ? 0.2 : 0.35};
}

std::vector<Lamp> random_lamps(Rng& rng, const Setting& setting) {
  std::vector<Lamp> lamps;
  const std::int64_t count = 1 + (rng.uniform() < 0.45 ? 1 : 0) + (rng.uniform() < 0.15 ? 1 : 0);
  for (std::int64_t i = 0; i < count; ++i) {
    const double azimuth = (i == 0 ? 0.75 : 1.2) * rng.normal();
    const double elevation = 0.4 + 0.45 * rng.normal();
    const double level = std::cos(elevation);
    Vector color = light_color(rng, 0.06);
    const double power = i == 0 ? 1 : rng.uniform(0.1, 0.7);
    for (double& c : color) c *= power;
    lamps.push_back({{level * std::sin(azimuth), std::sin(elevation), level * std::cos(azimuth)},
                     color,
                     setting.soft ? rng.uniform(0.1, 0.35) : rng.uniform(0.01, 0.18)});
  }
  return lamps;
}

}  // namespace

std::vector<float> sky_visible(const mesh::FaceModel& model, recon::DepthMap& map) {
  constexpr int kDirections = 48;
  std::vector<float> visible(static_cast<std::size_t>(model.vertices()), 0.0f);
  for (const Vector& direction : sky_directions(kDirections)) {
    const LightView view(model.mean_shape, direction, map);
    for (std::int64_t v = 0; v < model.vertices(); ++v) {
      visible[static_cast<std::size_t>(v)] += static_cast<float>(view.lit(v, 0.02) / kDirections);
    }
  }
  return visible;
}

Shading random_light(const std::vector<float>& positions, const std::vector<float>& normals,
                     const std::vector<float>& sky, const std::vector<std::uint8_t>& skin,
                     const std::vector<float>& metered, recon::DepthMap& map, Rng rng) {
  const auto vertices = static_cast<std::int64_t>(positions.size() / 3);
  const Setting setting = random_setting(rng);
  const std::vector<Lamp> lamps = random_lamps(rng, setting);
  const double occlusion = rng.uniform(0.3, 1.0);
  const double cast = rng.uniform() < 0.75 ? rng.uniform(0.3, 1.0) : 0;  // depth of cast shadows
  const Vector ambient_color = light_color(rng, 0.05);
  const Vector gradient{0.15 * rng.normal(), 0.15 + 0.15 * rng.normal(), 0.1 * rng.normal()};
  const bool glossy = rng.uniform() < 0.65;
  const double shine = glossy ? setting.shine * rng.uniform() * rng.uniform() + 0.03 : 0;
  const double power = std::exp(rng.uniform(1.8, 4.0));
  const ValueNoise oil(rng.next());

  Shading out;
  out.vertex_irradiance.assign(positions.size(), 0.0f);
  out.gloss.assign(positions.size(), 0.0f);
  for (std::int64_t v = 0; v < vertices; ++v) {
    const Vector n = row(normals, v);
    const double open = 1 - occlusion * (1 - std::min(1.0, 1.4 * sky[static_cast<std::size_t>(v)]));
    const double level = setting.ambient * open * std::max(0.1, 1 + dot(gradient, n));
    for (std::size_t c = 0; c < 3; ++c) {
      out.vertex_irradiance[static_cast<std::size_t>(v) * 3 + c] =
          static_cast<float>(level * ambient_color[c]);
    }
  }
  for (const Lamp& lamp : lamps) {
    const LightView view(positions, lamp.direction, map);
    const Vector half = normalised({lamp.direction[0], lamp.direction[1], lamp.direction[2] + 1.0});
    for (std::int64_t v = 0; v < vertices; ++v) {
      const Vector n = row(normals, v);
      const double cosine = dot(n, lamp.direction);
      if (cosine <= 0) continue;
      const double reach = 1 - cast * (1 - view.lit(v, lamp.softness));
      const bool on_skin = skin[static_cast<std::size_t>(v)] != 0;
      double highlight = 0;
      if (shine > 0) {
        const Vector p = row(positions, v);
        const double patchy = 0.7 + 0.5 * oil.fractal({2 * p[0], 2 * p[1], 2 * p[2]}, 3);
        highlight =
            shine * (on_skin ? patchy : 1.5) * reach * std::pow(std::max(0.0, dot(n, half)), power);
      }
      for (std::size_t c = 0; c < 3; ++c) {
        const auto at = static_cast<std::size_t>(v) * 3 + c;
        out.vertex_irradiance[at] += static_cast<float>(cosine * reach * lamp.color[c]);
        out.gloss[at] += static_cast<float>(std::max(0.0, highlight) * lamp.color[c]);
      }
    }
  }
  // Exposure: the camera brings what it meters to a middling level.
  double sum = 0;
  double weight = 1e-6;
  for (std::int64_t v = 0; v < vertices; ++v) {
    const auto share = static_cast<double>(metered[static_cast<std::size_t>(v)]);
    sum += share * static_cast<double>(out.vertex_irradiance[static_cast<std::size_t>(v) * 3 + 1]);
    weight += share;
  }
  const double exposure = rng.uniform(0.82, 1.16) * weight / std::max(sum, 1e-6);
  const Vector balance = light_color(rng, 0.04);
  for (std::size_t i = 0; i < out.vertex_irradiance.size(); ++i) {
    out.vertex_irradiance[i] *= static_cast<float>(exposure * balance[i % 3]);
  }
  return out;
}

std::vector<float> metered_skin(const mesh::FaceModel& model, const std::vector<float>& screen,
                                const std::vector<float>& normals, double size) {
  std::vector<float> out = recon::picture_weights(model, screen, normals);
  for (std::size_t v = 0; v < out.size(); ++v) {
    const auto x = static_cast<double>(screen[3 * v]);
    const auto y = static_cast<double>(screen[3 * v + 1]);
    if (model.skin[v] == 0 || x < 0 || y < 0 || x >= size || y >= size) out[v] = 0;
  }
  return out;
}

}  // namespace fgcn::train
