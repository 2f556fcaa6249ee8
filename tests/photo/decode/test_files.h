// Image files made in memory for the photo tests.
#pragma once

#include <string_view>
#include <vector>

#include "io/file.h"
#include "io/image.h"

namespace fgcn::photo::test {

Bytes encode_jpeg(const Image8& image);
Bytes encode_bmp(const Image8& image);
Bytes encode_tga(const Image8& image);

/// A PNG of any kind, from its raw rows (each without the filter byte).
struct RawPng {
  std::uint8_t depth = 8;
  std::uint8_t color_type = 2;  // 0 grey, 2 color, 3 palette, 4 grey and alpha, 6 color and alpha
  std::uint8_t width = 0;
  std::vector<Bytes> rows;
  Bytes palette;       // PLTE, or empty
  Bytes transparency;  // tRNS, or empty
};
Bytes encode_raw_png(const RawPng& png);

Bytes big_endian(std::uint32_t value);
/// A chunk with its length and its sum.
Bytes png_chunk(std::string_view type, const Bytes& data);
/// Writes the right sum behind each chunk.
void mend_png(Bytes& png);

/// An EXIF block ("Exif", two zeros, TIFF) that holds the orientation alone, in either byte order.
enum class ByteOrder { kLittle, kBig };
Bytes exif_block(int orientation, ByteOrder order);
/// The JPEG with an APP1 segment put in after its first marker.
Bytes with_exif(const Bytes& jpeg, const Bytes& exif);

/// Smooth colors that tell every direction apart.
Image8 colorful(std::int64_t height, std::int64_t width);

}  // namespace fgcn::photo::test
