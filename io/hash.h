// A stable 64-bit hash: the same on every machine, in files and across versions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/core/rng.h"

namespace fgcn {

/// FNV-1a over bytes, finished by splitmix64's mix so that every bit of the input reaches every bit
/// of the value. Finds damage and tells files apart; no defence against who wants two alike.
class Hash64 {
 public:
  Hash64& add(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t b : bytes) add_byte(b);
    return *this;
  }
  Hash64& add(std::string_view bytes) {
    return add(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  }
  /// Its eight bytes, the lowest first.
  Hash64& add(std::uint64_t word) {
    for (int k = 0; k < 8; ++k) add_byte(static_cast<std::uint8_t>(word >> (8 * k)));
    return *this;
  }
  std::uint64_t value() const { return splitmix64_mix(state_); }
  /// FNV-1a itself, which weight files carry.
  std::uint64_t fnv1a() const { return state_; }

 private:
  void add_byte(std::uint8_t byte) { state_ = (state_ ^ byte) * 0x100000001b3ULL; }

  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

inline std::uint64_t hash64(std::span<const std::uint8_t> bytes) {
  return Hash64().add(bytes).value();
}
inline std::uint64_t hash64(std::string_view bytes) { return Hash64().add(bytes).value(); }

}  // namespace fgcn
