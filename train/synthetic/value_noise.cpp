#include "train/synthetic/value_noise.h"

#include <cmath>

#include "kernels/core/rng.h"

namespace fgcn::train {
namespace {

double blend(double t) { return t * t * t * (t * (t * 6 - 15) + 10); }

double lerp(double a, double b, double t) { return a + (b - a) * t; }

}  // namespace

double ValueNoise::cell(std::int64_t x, std::int64_t y, std::int64_t z,
                        std::uint64_t stream) const {
  const std::uint64_t key = static_cast<std::uint64_t>(x) * 0x9e3779b97f4a7c15ULL +
                            static_cast<std::uint64_t>(y) * 0xc2b2ae3d27d4eb4fULL +
                            static_cast<std::uint64_t>(z) * 0x165667b19e3779f9ULL + stream;
  return static_cast<double>(splitmix64_mix(splitmix64_mix(key) + seed_) >> 11) * 0x1.0p-53;
}

double ValueNoise::operator()(const std::array<double, 3>& point) const {
  std::int64_t base[3];
  double t[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const double low = std::floor(point[i]);
    base[i] = static_cast<std::int64_t>(low);
    t[i] = blend(point[i] - low);
  }
  double corner[2][2];
  for (int dz = 0; dz < 2; ++dz) {
    for (int dy = 0; dy < 2; ++dy) {
      corner[dz][dy] = lerp(cell(base[0], base[1] + dy, base[2] + dz, 0),
                            cell(base[0] + 1, base[1] + dy, base[2] + dz, 0), t[0]);
    }
  }
  return 2 * lerp(lerp(corner[0][0], corner[0][1], t[1]), lerp(corner[1][0], corner[1][1], t[1]),
                  t[2]) -
         1;
}

double ValueNoise::fractal(const std::array<double, 3>& point, int octaves) const {
  double sum = 0;
  double amplitude = 1;
  double frequency = 1;
  for (int i = 0; i < octaves; ++i) {
    // Shifted, so that the lattices of the octaves do not coincide at the origin.
    const double shift = 17.3 * i;
    sum += amplitude * (*this)({point[0] * frequency + shift, point[1] * frequency + shift,
                                point[2] * frequency + shift});
    amplitude *= 0.5;
    frequency *= 2;
  }
  return sum;
}

}  // namespace fgcn::train
