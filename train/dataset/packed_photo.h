// A photo of the original system's packed files.
#pragma once

#include <cstdint>
#include <span>

#include "photo/decode/decode.h"

namespace fgcn::train {

inline constexpr std::int64_t kPackedSide = 224;
/// Of one record: [224, 224, 4] float32, little-endian; color in [-1, 1], skin mask in [0, 1].
inline constexpr std::int64_t kPackedBytes = kPackedSide * kPackedSide * 4 * 4;

/// A record as a photo, rounded to bytes. The mask is its alpha channel, unless it is one number
/// everywhere.
/// Errors   InputError without the photo's name: another number of bytes, or a value that is not
///          finite or more than 0.01 outside its range.
photo::Photo decode_packed(std::span<const std::uint8_t> record);

}  // namespace fgcn::train
