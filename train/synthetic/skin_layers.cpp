#include "train/synthetic/skin_layers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "train/synthetic/value_noise.h"

namespace fgcn::train {
namespace {

/// A spot about a vertex with a ragged edge: mole, birthmark, pimple, bruise.
void spot(AlbedoCanvas& canvas, Rng& rng, double radius, double strength, const Color& factor) {
  const recon::Point3 centre = canvas.point(random_skin_vertex(canvas, rng));
  const ValueNoise noise(rng.next());
  const double ragged = rng.uniform(0.1, 0.6);
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    const double away = distance(canvas.point(v), centre) / radius;
    if (away > 2.5) continue;
    const double edge = away + ragged * noise(scaled(canvas.point(v), 1.5 / radius));
    canvas.multiply(v, strength * recon::smooth_step(1.25, 0.75, edge), factor);
  }
}

}  // namespace

void uneven_skin(AlbedoCanvas& canvas, Rng& rng) {
  const Color cast{rng.normal() * 0.015, rng.normal() * 0.015, rng.normal() * 0.015};
  const ValueNoise noise(rng.next());
  const double frequency = rng.uniform(0.8, 3.5);
  const double amount = std::abs(rng.normal()) * 0.05;
  const Color gain{rng.uniform(0.2, 1.0), rng.uniform(0.7, 1.3), rng.uniform(0.6, 1.3)};
  const ValueNoise fine(rng.next());
  const double fine_frequency = rng.uniform(6, 22);
  const double fine_amount = std::abs(rng.normal()) * 0.025;
  const double red = chance(rng, 0.5) ? rng.uniform(0, 0.07) : 0;  // cheeks and nose
  const recon::Point3& nose = canvas.landmark(30);
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    const recon::Point3& p = canvas.point(v);
    canvas.add(v, 1, cast);
    canvas.add(v, amount * noise.fractal(scaled(p, frequency), 3), gain);
    if (!canvas.skin(v)) continue;
    canvas.add(v, fine_amount * fine(scaled(p, fine_frequency)), {0.8, 1, 1});
    const double cheek = std::exp(-std::pow((std::abs(p[0]) - 0.65) / 0.35, 2) -
                                  std::pow((p[1] - nose[1]) / 0.35, 2));
    const double tip = std::exp(-std::pow(distance(p, nose) / 0.25, 2));
    canvas.add(v, red * (cheek + 0.8 * tip), {0.15, -0.9, -0.7});
  }
}

void freckles(AlbedoCanvas& canvas, Rng& rng) {
  const ValueNoise noise(rng.next());
  const double cells = rng.uniform(7, 16);  // an eye distance
  const double density = rng.uniform(0.1, 0.6);
  const double strength = rng.uniform(0.12, 0.4);
  const bool everywhere = chance(rng, 0.4);
  const Color gain{0.72, 0.55, 0.42};
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    if (!canvas.skin(v)) continue;
    const recon::Point3 p = scaled(canvas.point(v), cells);
    const double height = canvas.point(v)[1];
    const double region = everywhere ? 1 : std::exp(-std::pow((height + 0.35) / 0.45, 2));
    const auto x0 = static_cast<std::int64_t>(std::floor(p[0]));
    const auto y0 = static_cast<std::int64_t>(std::floor(p[1]));
    const auto z0 = static_cast<std::int64_t>(std::floor(p[2]));
    double cover = 0;
    for (std::int64_t z = z0 - 1; z <= z0 + 1; ++z) {
      for (std::int64_t y = y0 - 1; y <= y0 + 1; ++y) {
        for (std::int64_t x = x0 - 1; x <= x0 + 1; ++x) {
          if (noise.cell(x, y, z, 1) > density * region) continue;
          const recon::Point3 centre{static_cast<double>(x) + noise.cell(x, y, z, 2),
                                     static_cast<double>(y) + noise.cell(x, y, z, 3),
                                     static_cast<double>(z) + noise.cell(x, y, z, 4)};
          const double radius = 0.18 + 0.3 * noise.cell(x, y, z, 5);
          cover = std::max(cover, recon::smooth_step(1.3, 0.6, distance(p, centre) / radius));
        }
      }
    }
    canvas.multiply(v, cover * strength, gain);
  }
}

void spots(AlbedoCanvas& canvas, Rng& rng) {
  for (std::int64_t i = rng.below(7); i > 0; --i) {
    spot(canvas, rng, rng.uniform(0.025, 0.06), rng.uniform(0.4, 1.0), {0.45, 0.35, 0.3});
  }
  if (chance(rng, 0.3)) {
    for (std::int64_t i = rng.below(12); i > 0; --i) {
      spot(canvas, rng, rng.uniform(0.025, 0.05), rng.uniform(0.3, 0.9), {0.98, 0.68, 0.68});
    }
  }
  if (chance(rng, 0.2)) {
    const Color gain{rng.uniform(0.5, 1.1), rng.uniform(0.4, 0.9), rng.uniform(0.4, 0.95)};
    spot(canvas, rng, rng.uniform(0.12, 0.5), rng.uniform(0.3, 0.9), gain);
  }
}

void mottled(AlbedoCanvas& canvas, Rng& rng) {
  const ValueNoise noise(rng.next());
  const double frequency = rng.uniform(2.5, 9);  // an eye distance
  const double amount = rng.uniform(0.01, 0.07);
  for (std::int64_t v = 0; v < canvas.vertices(); ++v) {
    if (!canvas.skin(v)) continue;
    canvas.multiply(v, amount * noise.fractal(scaled(canvas.point(v), frequency), 2), {2, 2, 2});
  }
}

}  // namespace fgcn::train
