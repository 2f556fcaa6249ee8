// What an image file says of itself without being decoded.
#pragma once

#include <cstdint>
#include <span>

namespace fgcn::io {

/// Whether a PNG or JPEG has one channel of brightness, perhaps alpha too. False for colors,
/// palettes and what is no file of that format.
bool is_gray_png(std::span<const std::uint8_t> file);
bool is_gray_jpeg(std::span<const std::uint8_t> file);

}  // namespace fgcn::io
