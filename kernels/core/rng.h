// Random numbers that are the same on every machine: the standard's distributions are not.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace fgcn {

/// Every bit of z reaches every bit of the result; a bijection. The end of splitmix64.
constexpr std::uint64_t splitmix64_mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// Counter-based generator: splitmix64 over (seed, counter). Cheap to copy, save (two words) and
/// split. Source: Steele, Lea, Flood, OOPSLA 2014.
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t counter = 0) : seed_(seed), counter_(counter) {}

  /// 64 uniform bits.
  std::uint64_t next() { return splitmix64_mix(seed_ + (++counter_) * 0x9e3779b97f4a7c15ULL); }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in [0, n); n > 0.
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(uniform() * static_cast<double>(n));
  }
  /// Standard normal, by Box and Muller; always two draws, so that streams stay in step.
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }
  /// An independent stream.
  Rng split(std::uint64_t stream) const {
    Rng mixed(seed_ ^ (stream * 0xd1342543de82ef95ULL + 0x2545f4914f6cdd1dULL));
    return Rng(mixed.next());
  }

  std::uint64_t seed() const { return seed_; }
  std::uint64_t counter() const { return counter_; }

 private:
  std::uint64_t seed_;
  std::uint64_t counter_;
};

}  // namespace fgcn
