#include "photo/exif.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

using Span = std::span<const std::uint8_t>;

enum class ByteOrder { kLittle, kBig };

/// Reads beyond the end give nothing instead of bytes.
class Reader {
 public:
  Reader(Span bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  std::optional<std::uint32_t> u16(std::size_t at) const { return number(at, 2); }
  std::optional<std::uint32_t> u32(std::size_t at) const { return number(at, 4); }

 private:
  std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || bytes_.size() - at < size) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t place = order_ == ByteOrder::kBig ? i : size - 1 - i;
      value = value << 8 | bytes_[at + place];
    }
    return value;
  }

  Span bytes_;
  ByteOrder order_;
};

bool starts_with(Span bytes, std::string_view prefix) {
  return bytes.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// The TIFF structure inside the EXIF block of either container.
std::optional<int> orientation_of_tiff(Span tiff) {
  const bool little = starts_with(tiff, std::string_view("II*\0", 4));
  const bool big = starts_with(tiff, std::string_view("MM\0*", 4));
  if (!little && !big) return std::nullopt;
  const Reader read(tiff, little ? ByteOrder::kLittle : ByteOrder::kBig);
  const auto directory = read.u32(4);
  if (!directory) return std::nullopt;
  const auto entries = read.u16(*directory);
  if (!entries) return std::nullopt;
  constexpr std::size_t kEntrySize = 12;
  constexpr std::uint32_t kOrientationTag = 0x0112;
  constexpr std::uint32_t kShort = 3;
  for (std::size_t i = 0; i < *entries; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + i * kEntrySize;
    const auto tag = read.u16(entry);
    if (!tag) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    const auto type = read.u16(entry + 2);
    const auto value = read.u16(entry + 8);
    if (!value || type != kShort || *value < 1 || *value > 8) return std::nullopt;
    return static_cast<int>(*value);
  }
  return std::nullopt;
}

std::optional<int> orientation_of_jpeg(Span file) {
  const Reader read(file, ByteOrder::kBig);
  std::size_t at = 2;
  while (true) {
    const auto marker = read.u16(at);
    const auto length = read.u16(at + 2);
    constexpr std::uint32_t kApp1 = 0xFFE1;
    constexpr std::uint32_t kStartOfScan = 0xFFDA;
    if (!marker || !length || *marker < 0xFF00 || *marker == kStartOfScan) return std::nullopt;
    if (*marker == 0xFFFF) {  // fill byte before a marker
      ++at;
      continue;
    }
    if (*length < 2 || file.size() - at - 2 < *length) return std::nullopt;
    if (*marker == kApp1) {
      const Span segment = file.subspan(at + 4, *length - 2);
      constexpr std::string_view kExif("Exif\0\0", 6);
      if (starts_with(segment, kExif)) return orientation_of_tiff(segment.subspan(kExif.size()));
    }
    at += 2 + std::size_t{*length};
  }
}

std::optional<int> orientation_of_png(Span file) {
  const Reader read(file, ByteOrder::kBig);
  std::size_t at = 8;
  while (true) {
    const auto length = read.u32(at);
    if (!length || file.size() - at < 12 || file.size() - at - 12 < *length) return std::nullopt;
    if (starts_with(file.subspan(at + 4), "eXIf"))
      return orientation_of_tiff(file.subspan(at + 8, *length));
    at += 12 + std::size_t{*length};
  }
}

}  // namespace

int exif_orientation(Span file) {
  if (starts_with(file, "\xFF\xD8")) return orientation_of_jpeg(file).value_or(1);
  if (starts_with(file, "\x89PNG\r\n\x1A\n")) return orientation_of_png(file).value_or(1);
  return 1;
}

Image8 upright(const Image8& stored, int orientation) {
  FGCN_CHECK(orientation >= 1 && orientation <= 8, "upright: orientation is ", orientation,
             ", expected 1 to 8");
  if (orientation == 1) return stored;
  // The tag says which side of the scene the stored row 0 and column 0 are.
  const bool transposed = orientation >= 5;
  const bool flip_x = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool flip_y = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Image8 seen(transposed ? stored.width : stored.height, transposed ? stored.height : stored.width,
              stored.channels);
  for (std::int64_t y = 0; y < seen.height; ++y) {
    for (std::int64_t x = 0; x < seen.width; ++x) {
      const std::int64_t u = flip_x ? seen.width - 1 - x : x;
      const std::int64_t v = flip_y ? seen.height - 1 - y : y;
      const std::uint8_t* from = transposed ? stored.at(u, v) : stored.at(v, u);
      std::copy_n(from, stored.channels, seen.at(y, x));
    }
  }
  return seen;
}

}  // namespace fgcn::photo
