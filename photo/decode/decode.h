// A photo file into upright 8-bit pixels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/image.h"

namespace fgcn::photo {

/// Limits of a photo, checked before anything of that size is allocated. A JPEG, a PNG that is not
/// interlaced, or a TIFF may have more pixels in its file: it is reduced while it is decoded, JPEG
/// by n/8, the others by a whole number.
constexpr std::int64_t kLeastSide = 32;
constexpr std::int64_t kMostSide = 16384;
constexpr std::int64_t kMostPixels = 100'000'000;
constexpr std::int64_t kMostPixelsOfLibrary = 64'000'000;  // HEIC, AVIF, JPEG XL: 16 bytes each
constexpr std::int64_t kMostFileSide = 65'500;             // libjpeg's own
constexpr std::int64_t kMostFilePixels = 400'000'000;

/// Memory that decode_photo holds at any time, beside the bytes of the file.
constexpr std::int64_t kMostMemory = std::int64_t{1} << 30;

/// A decoded photo, turned upright.
struct Photo {
  Image8 rgb;                      // [H, W, 3] sRGB
  std::optional<Image8> alpha;     // [H, W, 1], 255 = skin; only where the file's alpha varies
  int orientation = 1;             // EXIF orientation that was undone, 1..8
  double scale = 1;                // pixels of rgb per pixel of the file, less where reduced
  std::vector<std::string> notes;  // what a user should know of it, as a clause each
};

/// JPEG by libjpeg-turbo, PNG by libpng, BMP and TGA by stb_image; WebP, HEIC, AVIF, TIFF and JPEG
/// XL where the build found their libraries. 8 or 16 bit, grey, palette, RGB or CMYK, with or
/// without alpha; the first of several images.
///
/// A constant alpha channel marks nothing and is dropped. Sixteen bits keep their upper eight.
/// Color profiles are converted to sRGB by lcms2 (photo/decode/color_profile.h). A file that lacks
/// its end mark is read where every row is there.
///
/// Errors   InputError naming `where`: empty, not an image, truncated, damaged, beyond the limits
///          above, or of a format whose library this build lacks. Any bytes are safe.
/// Repeat   bitwise, with one version of each library.
Photo decode_photo(std::span<const std::uint8_t> file, const std::string& where);

/// Reads and decodes a file of at most 512 MiB.
Photo read_photo(const std::filesystem::path& path);

}  // namespace fgcn::photo
