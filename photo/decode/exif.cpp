#include "photo/decode/exif.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

using Span = std::span<const std::uint8_t>;

enum class ByteOrder { kLittle, kBig };

/// Reads beyond the end give nothing instead of bytes.
class Reader {
 public:
  Reader(Span bytes, ByteOrder order) : bytes_(bytes), order_(order) {}

  std::optional<std::uint32_t> u8(std::size_t at) const { return number(at, 1); }
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

std::string_view text_of(Span bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Whole numbers of EXIF; cameras write SHORT, some programs LONG or BYTE.
std::optional<std::uint32_t> whole_number(const Reader& read, std::size_t at, std::uint32_t type) {
  switch (type) {
    case 1:  // BYTE
    case 6:  // SBYTE
      return read.u8(at);
    case 3:  // SHORT
    case 8:  // SSHORT
      return read.u16(at);
    case 4:  // LONG
    case 9:  // SLONG
      return read.u32(at);
    default:
      return std::nullopt;
  }
}

std::optional<int> valid(std::optional<std::uint32_t> orientation) {
  if (!orientation || *orientation < 1 || *orientation > 8) return std::nullopt;
  return static_cast<int>(*orientation);
}

constexpr std::string_view kExif("Exif\0\0", 6);

}  // namespace

std::optional<int> orientation_of_exif(Span exif) {
  const Span tiff = starts_with(exif, kExif) ? exif.subspan(kExif.size()) : exif;
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
  for (std::size_t i = 0; i < *entries; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + i * kEntrySize;
    const auto tag = read.u16(entry);
    if (!tag) return std::nullopt;
    if (*tag != kOrientationTag) continue;
    const auto type = read.u16(entry + 2);
    return type ? valid(whole_number(read, entry + 8, *type)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<int> orientation_of_xmp(std::string_view xmp) {
  constexpr std::string_view kName = "tiff:Orientation";
  for (std::size_t at = xmp.find(kName); at != std::string_view::npos; at = xmp.find(kName, at)) {
    at += kName.size();
    // ="6", = '6' or >6<
    const std::size_t value = xmp.find_first_not_of(" \t\r\n=\"'>", at);
    if (value == std::string_view::npos || value == at) continue;
    const bool one_digit = value + 1 >= xmp.size() || xmp[value + 1] < '0' || xmp[value + 1] > '9';
    if (xmp[value] >= '1' && xmp[value] <= '8' && one_digit) return xmp[value] - '0';
  }
  return std::nullopt;
}

std::optional<int> orientation_of_raw_profile(std::string_view raw_profile) {
  // A line of the name, one of the size in bytes, and the bytes.
  std::size_t at = raw_profile.find_first_not_of(" \t\r\n");
  for (int line = 0; line < 2 && at != std::string_view::npos; ++line) {
    at = raw_profile.find('\n', at);
    if (at != std::string_view::npos) ++at;
  }
  if (at == std::string_view::npos) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  int half = -1;
  for (const char c : raw_profile.substr(at)) {
    const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!letter && (c < '0' || c > '9')) continue;
    const int digit = letter ? (c | 0x20) - 'a' + 10 : c - '0';
    if (half >= 0) bytes.push_back(static_cast<std::uint8_t>(half * 16 + digit));
    half = half >= 0 ? -1 : digit;
  }
  return orientation_of_exif(bytes);
}

std::optional<int> orientation_of_jpeg(Span jpeg) {
  const Reader read(jpeg, ByteOrder::kBig);
  std::optional<int> by_xmp;
  std::size_t at = 2;
  while (true) {
    const auto marker = read.u16(at);
    const auto length = read.u16(at + 2);
    constexpr std::uint32_t kApp1 = 0xFFE1;
    constexpr std::uint32_t kStartOfScan = 0xFFDA;
    if (!marker || !length || *marker < 0xFF00 || *marker == kStartOfScan) return by_xmp;
    if (*marker == 0xFFFF) {  // fill byte before a marker
      ++at;
      continue;
    }
    if (*length < 2 || jpeg.size() - at - 2 < *length) return by_xmp;
    if (*marker == kApp1) {
      const Span segment = jpeg.subspan(at + 4, *length - 2);
      if (starts_with(segment, kExif))
        if (const auto found = orientation_of_exif(segment)) return found;
      constexpr std::string_view kXmp("http://ns.adobe.com/xap/1.0/\0", 29);
      if (!by_xmp && starts_with(segment, kXmp)) by_xmp = orientation_of_xmp(text_of(segment));
    }
    at += 2 + std::size_t{*length};
  }
}

Image8 upright(Image8 stored, int orientation) {
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
