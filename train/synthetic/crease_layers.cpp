#include "train/synthetic/crease_layers.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace fgcn::train {
namespace {

/// Darkens (or with a factor above 1, lightens) along a line, strongest in its middle.
void crease(AlbedoCanvas& canvas, const std::vector<recon::Point3>& line, double width,
            double strength, const Color& factor) {
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    if (!canvas.skin(v)) continue;
    double along = 0;
    const double away = recon::distance_to_line(line, canvas.point(v), &along) / width;
    if (away > 3) continue;
    canvas.multiply(v, strength * std::exp(-away * away) * std::sin(3.14159 * (0.1 + 0.8 * along)),
                    factor);
  }
}

/// A line from a to b, bent by `bow` at right angles, with a little tremor.
std::vector<recon::Point3> bent_line(const recon::Point3& a, const recon::Point3& b, double bow,
                                     Rng& rng) {
  constexpr int kPoints = 9;
  std::vector<recon::Point3> line;
  for (int i = 0; i < kPoints; ++i) {
    const double t = static_cast<double>(i) / (kPoints - 1);
    const double arch = 4 * t * (1 - t) * bow + 0.012 * rng.normal();
    line.push_back({a[0] + t * (b[0] - a[0]) - arch * (b[1] - a[1]),
                    a[1] + t * (b[1] - a[1]) + arch * (b[0] - a[0]), 0});
  }
  return line;
}

}  // namespace

void wrinkles(AlbedoCanvas& canvas, Rng& rng) {
  const double age = rng.uniform(0.15, 0.6);
  const Color gain{0.62, 0.5, 0.45};
  const auto line = [&](recon::Point3 a, recon::Point3 b, double bow) {
    for (recon::Point3* p : {&a, &b}) {
      for (double& x : *p) x += 0.04 * rng.normal();
    }
    crease(canvas, bent_line(a, b, bow, rng), rng.uniform(0.018, 0.04), age * rng.uniform(0.4, 1.2),
           gain);
  };
  const double brow = 0.5 * (canvas.landmark(19)[1] + canvas.landmark(24)[1]);
  for (std::int64_t i = rng.below(5); i > 0; --i) {  // forehead
    const double y = brow + rng.uniform(0.15, 0.7);
    line({-rng.uniform(0.2, 0.7), y, 0}, {rng.uniform(0.2, 0.7), y, 0}, rng.uniform(-0.05, 0.08));
  }
  for (int side = 0; side < 2; ++side) {
    const double sign = side == 0 ? -1 : 1;
    const recon::Point3& wing = canvas.landmark(side == 0 ? 31 : 35);
    const recon::Point3& corner = canvas.landmark(side == 0 ? 48 : 54);
    const recon::Point3& eye = canvas.landmark(side == 0 ? 36 : 45);
    line({wing[0] + 0.08 * sign, wing[1] + 0.05, 0}, {corner[0] + 0.1 * sign, corner[1], 0},
         0.15 * sign);
    for (std::int64_t i = rng.below(4); i > 0; --i) {  // crow's feet
      const double rise = rng.uniform(-0.2, 0.2);
      line({eye[0] + 0.08 * sign, eye[1] + 0.3 * rise, 0}, {eye[0] + 0.3 * sign, eye[1] + rise, 0},
           0);
    }
    if (chance(rng, 0.5)) {  // frown
      line({0.07 * sign, brow - 0.1, 0}, {0.08 * sign, brow + 0.2, 0}, 0);
    }
    if (chance(rng, 0.6)) {  // bags under the eye
      const recon::Point3& inner = canvas.landmark(side == 0 ? 39 : 42);
      line({inner[0], inner[1] - 0.1, 0}, {eye[0], eye[1] - 0.15, 0}, side == 0 ? 0.2 : -0.2);
    }
  }
}

void folds(AlbedoCanvas& canvas, Rng& rng) {
  const double strength = rng.uniform(0.05, 0.45);
  const double grey = rng.uniform(0.55, 0.75);
  const Color gain{grey + 0.08, grey, grey - 0.05};
  const auto fold = [&](recon::Point3 a, recon::Point3 b, double bow) {
    for (recon::Point3* p : {&a, &b}) {
      for (double& x : *p) x += 0.05 * rng.normal();
    }
    crease(canvas, bent_line(a, b, bow, rng), rng.uniform(0.04, 0.14),
           strength * rng.uniform(0.2, 1.2), gain);
  };
  for (int side = 0; side < 2; ++side) {
    const double sign = side == 0 ? -1 : 1;
    const recon::Point3& wing = canvas.landmark(side == 0 ? 31 : 35);
    const recon::Point3& corner = canvas.landmark(side == 0 ? 48 : 54);
    const recon::Point3& outer = canvas.landmark(side == 0 ? 36 : 45);
    const recon::Point3& inner = canvas.landmark(side == 0 ? 39 : 42);
    fold({wing[0] + 0.06 * sign, wing[1] + 0.05, 0}, {corner[0] + 0.12 * sign, corner[1] - 0.05, 0},
         0.12 * sign);
    fold({inner[0], inner[1] - 0.12, 0}, {outer[0], outer[1] - 0.15, 0}, side == 0 ? 0.2 : -0.2);
    fold({inner[0], inner[1] + 0.1, 0}, {outer[0], outer[1] + 0.12, 0}, 0);
    fold({corner[0] + 0.03 * sign, corner[1], 0}, {corner[0] + 0.1 * sign, corner[1] - 0.3, 0}, 0);
    fold({wing[0], wing[1] + 0.45, 0}, {wing[0] + 0.02 * sign, wing[1] + 0.02, 0}, 0.05 * sign);
  }
  const double lip = canvas.landmark(57)[1];
  fold({-0.25, lip - 0.12, 0}, {0.25, lip - 0.12, 0}, 0.06);
}

void scar(AlbedoCanvas& canvas, Rng& rng) {
  const recon::Point3 a = canvas.point(random_skin_vertex(canvas, rng));
  const double angle = rng.uniform(0, 6.28);
  const double length = rng.uniform(0.15, 0.6);
  const recon::Point3 b{a[0] + length * std::cos(angle), a[1] + length * std::sin(angle), 0};
  const Color gain = chance(rng, 0.5) ? Color{1.15, 1.1, 1.1} : Color{0.9, 0.6, 0.6};
  crease(canvas, bent_line(a, b, rng.uniform(-0.1, 0.1), rng), rng.uniform(0.015, 0.035),
         rng.uniform(0.4, 1.0), gain);
}

}  // namespace fgcn::train
