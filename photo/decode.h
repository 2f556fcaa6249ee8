// A photo file into upright 8-bit pixels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "io/image.h"

namespace fgcn::photo {

/// Limits of a readable photo, checked before anything of that size is allocated.
constexpr std::int64_t kLeastSide = 32;
constexpr std::int64_t kMostSide = 16384;
constexpr std::int64_t kMostPixels = 100'000'000;

/// A decoded photo, turned upright.
struct Photo {
  Image8 rgb;                   // [H, W, 3] sRGB
  std::optional<Image8> alpha;  // [H, W, 1], 255 = skin; only where the file's alpha varies
  int orientation = 1;          // EXIF orientation that was undone, 1..8
};

/// JPEG, PNG, BMP or TGA: 8 or 16 bit, grey, palette or color, with or without alpha.
///
/// An alpha channel that is the same everywhere marks nothing and is dropped. Sixteen bits keep
/// their upper eight; color profiles are not applied (values are taken as sRGB).
///
/// Errors   InputError naming `where`: empty, not an image, truncated, damaged, or beyond the
///          limits above. Any bytes are safe.
Photo decode_photo(std::span<const std::uint8_t> file, const std::string& where);

/// The same from a file of at most 512 MiB.
Photo read_photo(const std::filesystem::path& path);

}  // namespace fgcn::photo
