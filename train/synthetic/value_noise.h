// Smooth random functions of space, for procedural skin and backgrounds.
#pragma once

#include <array>
#include <cstdint>

namespace fgcn::train {

/// Random values in [-1, 1] at the integer points, blended smoothly between them. The same
/// (seed, point) gives the same value on every machine.
/// Source: value noise; Perlin, SIGGRAPH 1985, with the quintic blend of 2002.
class ValueNoise {
 public:
  explicit ValueNoise(std::uint64_t seed) : seed_(seed) {}

  double operator()(const std::array<double, 3>& point) const;
  /// `octaves` terms, each of twice the frequency and half the amplitude; about [-1, 1].
  double fractal(const std::array<double, 3>& point, int octaves) const;
  /// The value of an integer point itself, uniform in [0, 1); `stream` gives independent ones.
  double cell(std::int64_t x, std::int64_t y, std::int64_t z, std::uint64_t stream) const;

 private:
  std::uint64_t seed_;
};

}  // namespace fgcn::train
