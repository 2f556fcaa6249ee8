// PTX's own names of its types.
#pragma once

#include <cstdint>

namespace fgcn::ptx {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using s8 = std::int8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;
using s64 = std::int64_t;
using f32 = float;
using f64 = double;
__extension__ using s128 = __int128;
__extension__ using u128 = unsigned __int128;

constexpr u32 kWarpSize = 32;
constexpr u32 kAllLanes = ~u32{0};

/// Rounded up to a multiple of `step`.
template <class T>
constexpr T round_up(T value, T step) {
  return (value + step - 1) / step * step;
}

}  // namespace fgcn::ptx
