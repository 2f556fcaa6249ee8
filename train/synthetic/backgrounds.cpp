#include "train/synthetic/backgrounds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "train/synthetic/value_noise.h"

namespace fgcn::train {
namespace {

using Color = std::array<double, 3>;

Color random_color(Rng& rng) {
  const double light = rng.uniform(0.02, 0.98);
  const double vivid = rng.uniform(0, 0.5) * rng.uniform();
  Color out;
  for (double& c : out) c = std::clamp(light + vivid * rng.normal(), 0.0, 1.0);
  if (rng.uniform() < 0.15) out = {0.35 + 0.5 * light, 0.25 + 0.42 * light, 0.18 + 0.38 * light};
  return out;
}

}  // namespace

Image background(std::int64_t size, Rng rng) {
  const Color a = random_color(rng);
  const Color b = random_color(rng);
  const Color c = random_color(rng);
  const double angle = rng.uniform(0, 6.28);
  const double dx = std::cos(angle) / static_cast<double>(size);
  const double dy = std::sin(angle) / static_cast<double>(size);
  const ValueNoise noise(rng.next());
  const double frequency = rng.uniform(1, 10) / static_cast<double>(size);
  const int octaves = 1 + static_cast<int>(rng.below(4));
  const double clouds = rng.uniform() < 0.7 ? rng.uniform(0, 1) : 0;
  const double edges = rng.uniform() < 0.4 ? rng.uniform(0.2, 1) : 0;
  const double bars = rng.uniform(2, 12);
  const double tilt = rng.uniform() < 0.7 ? 0 : rng.uniform(-1, 1);

  Image out(size, size, 3);
  for (std::int64_t y = 0; y < size; ++y) {
    for (std::int64_t x = 0; x < size; ++x) {
      const auto px = static_cast<double>(x);
      const auto py = static_cast<double>(y);
      double t = 0.5 + dx * (px - 0.5 * static_cast<double>(size)) +
                 dy * (py - 0.5 * static_cast<double>(size));
      double u = 0;
      if (clouds > 0) u = clouds * noise.fractal({px * frequency, py * frequency, 0}, octaves);
      if (edges > 0) {
        const double place = bars * (px + tilt * py) / static_cast<double>(size);
        u += edges * (2 * noise.cell(static_cast<std::int64_t>(std::floor(place)), 0, 0, 1) - 1);
      }
      t = std::clamp(t + 0.5 * u, 0.0, 1.0);
      const double s = std::clamp(std::abs(u), 0.0, 1.0);
      float* pixel = out.at(y, x);
      for (std::size_t k = 0; k < 3; ++k) {
        const double mixed = a[k] + t * (b[k] - a[k]);
        pixel[k] = static_cast<float>(mixed + s * 0.6 * (c[k] - mixed));
      }
    }
  }
  return out;
}

}  // namespace fgcn::train
