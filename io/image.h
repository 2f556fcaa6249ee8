// An image in memory, and PNG output.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace fgcn {

/// Interleaved image, rows from the top. Float values are sRGB-encoded in [0, 1].
template <class T>
struct ImageOf {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<T> pixels;  // [height, width, channels]

  ImageOf() = default;
  ImageOf(std::int64_t rows, std::int64_t columns, std::int64_t planes, T fill = T{})
      : height(rows),
        width(columns),
        channels(planes),
        pixels(static_cast<std::size_t>(rows * columns * planes), fill) {}

  T* at(std::int64_t y, std::int64_t x) { return pixels.data() + (y * width + x) * channels; }
  const T* at(std::int64_t y, std::int64_t x) const {
    return pixels.data() + (y * width + x) * channels;
  }
};

using Image8 = ImageOf<std::uint8_t>;
using Image = ImageOf<float>;

/// value / 255.
Image to_float(const Image8& image);
/// Clamped to [0, 1], rounded to nearest.
Image8 to_bytes(const Image& image);

/// PNG with 1, 3 or 4 channels, in memory.
///
/// Errors   fgcn::Error for another number of channels, no pixels, or more than 65,536 an axis or a
///          GiB in all.
/// Repeat   bitwise for any thread count, with one version of zlib.
std::vector<std::uint8_t> encode_png(const Image8& image);
/// Writes the PNG to a file, atomically. InputError when it cannot be written.
void write_png(const std::filesystem::path& path, const Image8& image);

}  // namespace fgcn
