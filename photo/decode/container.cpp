#include "photo/decode/container.h"

#include <cstddef>
#include <string_view>

#include "kernels/core/error.h"

namespace fgcn::photo {
namespace {

using Span = std::span<const std::uint8_t>;

bool has(Span file, std::size_t at, std::string_view text) {
  if (at > file.size() || file.size() - at < text.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (file[at + i] != static_cast<std::uint8_t>(text[i])) return false;
  }
  return true;
}

/// Little-endian; the caller has checked that the bytes are there.
std::uint64_t little(Span file, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | file[at + i];
  return value;
}

/// By the brands of ISO base media files: HEVC and AV1 stills and sequences.
bool is_heif(Span file) {
  if (!has(file, 4, "ftyp")) return false;
  for (const std::string_view brand : {"heic", "heix", "heim", "heis", "hevc", "hevx", "heif",
                                       "mif1", "mif2", "msf1", "avif", "avis"})
    if (has(file, 8, brand)) return true;
  return false;
}

constexpr std::size_t kTgaHeader = 18;

bool looks_like_tga(Span file) {
  if (file.size() < kTgaHeader) return false;
  const int color_map = file[1];
  const int type = file[2];
  const int depth = file[16];
  const bool indexed = type == 1 || type == 9;
  const bool direct = type == 2 || type == 3 || type == 10 || type == 11;
  if (color_map > 1 || (indexed && color_map != 1) || (!indexed && !direct)) return false;
  if (indexed && depth != 8 && depth != 16) return false;
  return depth == 8 || depth == 15 || depth == 16 || depth == 24 || depth == 32;
}

bool complete_tga(Span file) {
  if (file.size() < kTgaHeader) return false;
  const std::uint64_t pixel_bytes = (std::uint64_t{file[16]} + 7) / 8;
  const std::uint64_t pixels = little(file, 12, 2) * little(file, 14, 2);
  const std::uint64_t palette =
      file[1] != 0 ? little(file, 5, 2) * ((std::uint64_t{file[7]} + 7) / 8) : 0;
  std::uint64_t at = kTgaHeader + file[0] + palette;
  const bool run_length = file[2] >= 8;
  if (!run_length) return at + pixels * pixel_bytes <= file.size();
  for (std::uint64_t done = 0; done < pixels;) {
    if (at >= file.size()) return false;
    const std::uint64_t count = (file[at] & 0x7FU) + 1U;
    const bool repeated = (file[at] & 0x80U) != 0;
    at += 1 + (repeated ? 1 : count) * pixel_bytes;
    done += count;
  }
  return at <= file.size();
}

bool complete_bmp(Span file) {
  constexpr std::size_t kCoreHeader = 26;
  constexpr std::size_t kInfoHeader = 54;
  if (file.size() < kCoreHeader) return false;
  const std::uint64_t offset = little(file, 10, 4);
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t depth = 0;
  if (little(file, 14, 4) == 12) {
    width = little(file, 18, 2);
    height = little(file, 20, 2);
    depth = little(file, 24, 2);
  } else {
    if (file.size() < kInfoHeader) return false;
    const auto rows = static_cast<std::int32_t>(little(file, 22, 4));  // negative: top row first
    width = little(file, 18, 4);
    height = static_cast<std::uint64_t>(rows < 0 ? -std::int64_t{rows} : std::int64_t{rows});
    depth = little(file, 28, 2);
  }
  constexpr std::uint64_t kSane = std::uint64_t{1} << 31;
  if (width == 0 || height == 0 || depth == 0) return false;
  if (width > kSane || height > kSane || depth > 32) return false;
  const std::uint64_t used = (width * depth + 7) / 8;  // some writers leave out the last padding
  const std::uint64_t row = (width * depth + 31) / 32 * 4;
  if (offset > file.size() || used > file.size()) return false;
  return height - 1 <= (file.size() - offset) / row &&
         offset + row * (height - 1) + used <= file.size();
}

}  // namespace

Format image_format(Span file, const std::string& where) {
  if (file.empty()) input_error(where, ": is empty; give a JPEG or PNG photo");
  if (has(file, 0, "\xFF\xD8\xFF")) return Format::kJpeg;
  if (has(file, 0, "\x89PNG\r\n\x1A\n")) return Format::kPng;
  if (has(file, 0, "BM")) return Format::kBmp;
  if (has(file, 0, "RIFF") && has(file, 8, "WEBP")) return Format::kWebp;
  if (is_heif(file)) return Format::kHeif;
  if (has(file, 0, std::string_view("II*\0", 4)) || has(file, 0, std::string_view("MM\0*", 4)))
    return Format::kTiff;
  if (has(file, 0, "\xFF\x0A") || has(file, 0, std::string_view("\0\0\0\x0CJXL \r\n\x87\n", 12)))
    return Format::kJpegXl;
  const char* other = nullptr;
  if (has(file, 0, "GIF8")) other = "a GIF";
  if (has(file, 4, "ftyp")) other = "a video, no HEIC or AVIF";
  if (has(file, 0, std::string_view("\0\0\0\x0CjP  ", 8))) other = "a JPEG 2000";
  if (other != nullptr)
    input_error(where, ": is ", other, " file, which is not read; convert it to JPEG or PNG");
  if (looks_like_tga(file)) return Format::kTga;
  input_error(where, ": is not an image; give a JPEG or PNG photo");
}

bool complete(Span file, Format format) {
  if (format == Format::kBmp) return complete_bmp(file);
  if (format == Format::kTga) return complete_tga(file);
  return true;
}

}  // namespace fgcn::photo
