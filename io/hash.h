// A stable 64-bit hash: the same on every machine, in files and across versions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fgcn {

/// FNV-1a over bytes, finished by splitmix64's mix so that every bit of the input reaches every bit
/// of the value. Finds damage and tells files apart; no defence against who wants two alike.
class Hash64 {
 public:
  Hash64& add(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t b : bytes) state_ = (state_ ^ b) * 0x100000001b3ULL;
    return *this;
  }
  Hash64& add(std::string_view bytes) {
    return add(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
  }
  /// Its eight bytes, the lowest first.
  Hash64& add(std::uint64_t word) {
    for (int k = 0; k < 8; ++k) state_ = (state_ ^ ((word >> (8 * k)) & 0xff)) * 0x100000001b3ULL;
    return *this;
  }
  std::uint64_t value() const {
    std::uint64_t z = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

inline std::uint64_t hash64(std::span<const std::uint8_t> bytes) {
  return Hash64().add(bytes).value();
}
inline std::uint64_t hash64(std::string_view bytes) { return Hash64().add(bytes).value(); }

}  // namespace fgcn
