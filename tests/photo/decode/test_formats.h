// Files of the formats whose libraries a build may lack, for the photo tests.
#pragma once

#include <cstdint>
#include <string>

#include "io/file.h"
#include "io/image.h"

namespace fgcn::photo::test {

/// Lossless, RGB or RGBA; `chunks` are further RIFF chunks ("ICCP", "EXIF", "XMP ").
struct WebpChunk {
  std::string name;
  Bytes data;
};
Bytes write_webp(const Image8& image, const std::vector<WebpChunk>& chunks = {});

struct TiffOptions {
  int bits = 8;
  std::int64_t rows_a_strip = 16;
  std::int64_t tile = 0;  // pixels a side; 0: strips
  int compression = 5;    // LZW
  int orientation = 1;
  bool multiplied = false;  // alpha of four channels
  bool preview = false;     // as a camera raw file marks its first image
  Bytes profile;
};
/// 1 grey, 3 RGB or 4 RGBA channels. 16 bits repeat the byte.
Bytes write_tiff(const Image8& image, const TiffOptions& options = {});

struct HeifOptions {
  bool av1 = false;
  int orientation = 1;       // as a transformation of the container
  int exif_orientation = 0;  // 0: no EXIF
  int primaries = 1;         // as ITU-T H.273 numbers them
  Bytes profile;
};
/// RGB or RGBA, near lossless. Empty where libheif has no such encoder.
Bytes write_heif(const Image8& image, const HeifOptions& options = {});

/// Lossless, 1 to 4 channels, sRGB or of a profile.
Bytes write_jpeg_xl(const Image8& image, const Bytes& profile = {});

/// ICC profiles: Display P3, sRGB, an sRGB of roundly written primaries, grey of a gamma, by lcms2.
Bytes p3_profile();
Bytes srgb_profile();
Bytes nearly_srgb_profile();
Bytes grey_profile(double gamma);

}  // namespace fgcn::photo::test
