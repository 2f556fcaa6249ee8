// The decoders of single formats. decode_photo chooses one by the file's first bytes, and makes an
// upright sRGB photo of its pixels.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "io/file.h"
#include "io/image.h"

namespace fgcn::photo {

/// Pixels as a file stores them: not yet turned, colors not yet converted.
struct Stored {
  Image8 color;                  // [H, W, C]: 1 grey, 3 RGB, 4 CMYK (255 = all ink)
  std::optional<Image8> alpha;   // [H, W, 1], where the file has one
  Bytes profile;                 // ICC profile of the colors; empty: sRGB
  std::optional<int> direction;  // EXIF orientation 1..8, where the file gives one
  double scale = 1;              // pixels of `color` per pixel of the file, less where reduced
};

struct Size {
  std::int64_t width = 0;
  std::int64_t height = 0;

  std::int64_t pixels() const { return width * height; }
};

/// Decoders judge the announced size by these before they allocate anything of that size.
///
/// Errors   InputError naming `where`: a side or an area outside the limits of decode.h;
///          check_density: fewer bytes than `most_per_byte` pixels a byte can explain.
void check_size(Size size, const std::string& where);             // of a decoder that cannot reduce
void check_size_of_library(Size size, const std::string& where);  // of HEIC, AVIF and JPEG XL
void check_reducible(Size size, const std::string& where);
void check_density(std::size_t bytes, Size size, std::int64_t most_per_byte,
                   const std::string& where);
/// Within kMostSide and kMostPixels.
bool fits(Size size);
/// The least divisor of both sides, rounded up, for which the photo fits. InputError naming `where`
/// when a side would fall below kLeastSide.
std::int64_t least_divisor(Size size, const std::string& where);

/// Gives `out` the colors and alpha of `pixels` with 1 or 3 colors, and alpha behind them or not.
void split_alpha(Image8 pixels, Stored& out);

[[noreturn]] void refuse_truncated(const std::string& where);
[[noreturn]] void refuse_damaged(const std::string& where, const std::string& reason);

/// Each refuses with InputError naming `where`; any bytes are safe.
Stored decode_jpeg(std::span<const std::uint8_t> file, const std::string& where);
Stored decode_png(std::span<const std::uint8_t> file, const std::string& where);
/// BMP and TGA.
Stored decode_simple(std::span<const std::uint8_t> file, const std::string& where);
Stored decode_webp(std::span<const std::uint8_t> file, const std::string& where);
/// HEIC and AVIF.
Stored decode_heif(std::span<const std::uint8_t> file, const std::string& where);
Stored decode_tiff(std::span<const std::uint8_t> file, const std::string& where);
Stored decode_jpeg_xl(std::span<const std::uint8_t> file, const std::string& where);

/// Of the four above, where the library was not found: the file is refused by name.
[[noreturn]] void refuse_unbuilt(const std::string& format, const std::string& library,
                                 const std::string& where);

/// Tables and components of a JPEG, which libjpeg takes for granted: it decodes without a code
/// table by a standard one, and without a component's scan to grey.
///
/// Errors   InputError naming `where`: a scan before its code tables, or a component in no scan.
void check_jpeg_scans(std::span<const std::uint8_t> file, const std::string& where);

}  // namespace fgcn::photo
