#include "tests/photo/decode/test_files.h"

#include <zlib.h>

#include <algorithm>
#include <string_view>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace fgcn::photo::test {
namespace {

void append(void* sink, void* data, int size) {
  auto& out = *static_cast<Bytes*>(sink);
  const auto* first = static_cast<const std::uint8_t*>(data);
  out.insert(out.end(), first, first + size);
}

}  // namespace

Bytes encode_jpeg(const Image8& image) {
  Bytes out;
  stbi_write_jpg_to_func(append, &out, static_cast<int>(image.width),
                         static_cast<int>(image.height), static_cast<int>(image.channels),
                         image.pixels.data(), 95);
  return out;
}

Bytes encode_bmp(const Image8& image) {
  Bytes out;
  stbi_write_bmp_to_func(append, &out, static_cast<int>(image.width),
                         static_cast<int>(image.height), static_cast<int>(image.channels),
                         image.pixels.data());
  return out;
}

Bytes encode_tga(const Image8& image) {
  Bytes out;
  stbi_write_tga_to_func(append, &out, static_cast<int>(image.width),
                         static_cast<int>(image.height), static_cast<int>(image.channels),
                         image.pixels.data());
  return out;
}

Bytes big_endian(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16 & 0xFF),
          static_cast<std::uint8_t>(value >> 8 & 0xFF), static_cast<std::uint8_t>(value & 0xFF)};
}

Bytes png_chunk(std::string_view type, const Bytes& data) {
  Bytes out = big_endian(static_cast<std::uint32_t>(data.size()));
  out.insert(out.end(), type.begin(), type.end());
  out.insert(out.end(), data.begin(), data.end());
  const auto sum = crc32(0, out.data() + 4, static_cast<uInt>(out.size() - 4));
  const Bytes end = big_endian(static_cast<std::uint32_t>(sum));
  out.insert(out.end(), end.begin(), end.end());
  return out;
}

void mend_png(Bytes& png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = std::size_t{png[at]} << 24 | std::size_t{png[at + 1]} << 16 |
                               std::size_t{png[at + 2]} << 8 | png[at + 3];
    if (length > png.size() - at - 12) return;
    const auto sum = crc32(0, png.data() + at + 4, static_cast<uInt>(length + 4));
    const Bytes end = big_endian(static_cast<std::uint32_t>(sum));
    std::copy(end.begin(), end.end(), png.begin() + static_cast<std::ptrdiff_t>(at + 8 + length));
    at += 12 + length;
  }
}

Bytes encode_raw_png(const RawPng& png) {
  Bytes out = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  const auto chunk = [&](std::string_view type, const Bytes& data) {
    const Bytes bytes = png_chunk(type, data);
    out.insert(out.end(), bytes.begin(), bytes.end());
  };
  const auto height = static_cast<std::uint8_t>(png.rows.size());
  chunk("IHDR", {0, 0, 0, png.width, 0, 0, 0, height, png.depth, png.color_type, 0, 0, 0});
  if (!png.palette.empty()) chunk("PLTE", png.palette);
  if (!png.transparency.empty()) chunk("tRNS", png.transparency);
  Bytes raw;
  for (const Bytes& row : png.rows) {
    raw.push_back(0);
    raw.insert(raw.end(), row.begin(), row.end());
  }
  // One stored deflate block.
  const auto low = static_cast<std::uint8_t>(raw.size() & 0xFF);
  const auto high = static_cast<std::uint8_t>(raw.size() >> 8);
  Bytes deflated = {
      0x78, 0x01, 1, low, high, static_cast<std::uint8_t>(~low), static_cast<std::uint8_t>(~high)};
  deflated.insert(deflated.end(), raw.begin(), raw.end());
  const auto sum = adler32(1, raw.data(), static_cast<uInt>(raw.size()));
  const Bytes end = big_endian(static_cast<std::uint32_t>(sum));
  deflated.insert(deflated.end(), end.begin(), end.end());
  chunk("IDAT", deflated);
  chunk("IEND", {});
  return out;
}

Bytes exif_block(int orientation, ByteOrder order) {
  const auto value = static_cast<std::uint8_t>(orientation);
  Bytes out = {'E', 'x', 'i', 'f', 0, 0};
  // Header, offset of the directory, two entries (the first is another tag), no next directory.
  const Bytes little = {'I', 'I', 42, 0,    8,    0, 0, 0, 2, 0, 0x0F, 0x01,  2, 0, 1, 0, 0, 0, 'x',
                        0,   0,   0,  0x12, 0x01, 3, 0, 1, 0, 0, 0,    value, 0, 0, 0, 0, 0, 0, 0};
  const Bytes big = {'M', 'M', 0, 42,   0,    0, 0, 8, 0, 2, 0x01, 0x0F, 0,     2, 0, 0, 0, 1, 'x',
                     0,   0,   0, 0x01, 0x12, 0, 3, 0, 0, 0, 1,    0,    value, 0, 0, 0, 0, 0, 0};
  const Bytes& tiff = order == ByteOrder::kLittle ? little : big;
  out.insert(out.end(), tiff.begin(), tiff.end());
  return out;
}

Bytes with_exif(const Bytes& jpeg, const Bytes& exif) {
  Bytes out(jpeg.begin(), jpeg.begin() + 2);
  const std::size_t length = exif.size() + 2;
  out.insert(out.end(), {0xFF, 0xE1, static_cast<std::uint8_t>(length >> 8),
                         static_cast<std::uint8_t>(length & 0xFF)});
  out.insert(out.end(), exif.begin(), exif.end());
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

Image8 colorful(std::int64_t height, std::int64_t width) {
  Image8 image(height, width, 3);
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      image.at(y, x)[0] = static_cast<std::uint8_t>(255 * x / (width - 1));
      image.at(y, x)[1] = static_cast<std::uint8_t>(255 * y / (height - 1));
      image.at(y, x)[2] = static_cast<std::uint8_t>(128);
    }
  }
  return image;
}

}  // namespace fgcn::photo::test
