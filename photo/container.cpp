#include "photo/container.h"

#include <cstddef>
#include <optional>
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

/// After the scan header at `at`: the place of the next marker that is not part of the scan.
std::optional<std::size_t> end_of_scan(Span file, std::size_t at) {
  for (; at + 1 < file.size(); ++at) {
    if (file[at] != 0xFF) continue;
    const int next = file[at + 1];
    const bool stuffed = next == 0x00;
    const bool restart = next >= 0xD0 && next <= 0xD7;
    if (!stuffed && !restart && next != 0xFF) return at;
  }
  return std::nullopt;
}

/// The tables of a DHT segment, whose length stands at `at`: 16 counts each, of codes of 1 to 16
/// bits. stb_image of 2022 writes past its 256 symbols where counts add up to more. It reads a
/// table that begins within the segment to its end, also beyond, and so does this walk.
void check_code_tables(Span file, std::size_t at, std::size_t length, const std::string& where) {
  constexpr std::size_t kMostSymbols = 256;
  const auto byte = [&](std::size_t i) { return i < file.size() ? std::size_t{file[i]} : 0; };
  for (std::size_t offset = 2; offset < length;) {
    std::size_t symbols = 0;
    for (std::size_t i = 1; i <= 16; ++i) symbols += byte(at + offset + i);
    if (symbols > kMostSymbols)
      input_error(where, ": is damaged (a JPEG code table of ", symbols, " symbols, at most ",
                  kMostSymbols, " are possible); copy it again");
    offset += 17 + symbols;
  }
}

bool complete_jpeg(Span file, const std::string& where) {
  constexpr int kMostScans = 64;
  int scans = 0;
  std::size_t at = 2;
  while (at + 1 < file.size()) {
    if (file[at] != 0xFF) {  // decoders pass over stray bytes between segments
      ++at;
      continue;
    }
    const int marker = file[at + 1];
    if (marker == 0xD9) return true;  // end of image
    if (marker == 0xFF || marker == 0x00) {
      ++at;
      continue;
    }
    if (file.size() - at < 4) return false;
    const std::size_t length = std::size_t{file[at + 2]} << 8 | file[at + 3];
    if (marker == 0xC4) check_code_tables(file, at + 2, length, where);
    at += 2 + length;
    if (marker != 0xDA) continue;
    if (++scans > kMostScans)
      input_error(where, ": has more than ", kMostScans,
                  " JPEG scans, which no camera writes; save it again as a plain JPEG or PNG");
    const auto next = end_of_scan(file, at);
    if (!next) return false;
    at = *next;
  }
  return false;
}

bool complete_png(Span file) {
  std::size_t at = 8;
  while (at <= file.size() && file.size() - at >= 12) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < 4; ++i) length = length << 8 | file[at + i];
    if (has(file, at + 4, "IEND")) return true;
    at += 12 + length;
  }
  return false;
}

}  // namespace

Format image_format(Span file, const std::string& where) {
  if (file.empty()) input_error(where, ": is empty; give a JPEG, PNG, BMP or TGA photo");
  if (has(file, 0, "\xFF\xD8\xFF")) return Format::kJpeg;
  if (has(file, 0, "\x89PNG\r\n\x1A\n")) return Format::kPng;
  if (has(file, 0, "BM")) return Format::kBmp;
  const char* other = nullptr;
  if (has(file, 0, "RIFF") && has(file, 8, "WEBP")) other = "a WebP";
  if (has(file, 4, "ftyp")) other = "a HEIC or AVIF";
  if (has(file, 0, "GIF8")) other = "a GIF";
  if (has(file, 0, std::string_view("II*\0", 4)) || has(file, 0, std::string_view("MM\0*", 4)))
    other = "a TIFF or camera raw";
  if (other != nullptr)
    input_error(where, ": is ", other, " file, which is not read; convert it to JPEG or PNG");
  if (looks_like_tga(file)) return Format::kTga;
  input_error(where, ": is not an image; give a JPEG, PNG, BMP or TGA photo");
}

void check_complete(Span file, Format format, const std::string& where) {
  bool complete = false;
  switch (format) {
    case Format::kJpeg:
      complete = complete_jpeg(file, where);
      break;
    case Format::kPng:
      complete = complete_png(file);
      break;
    case Format::kBmp:
      complete = complete_bmp(file);
      break;
    case Format::kTga:
      complete = complete_tga(file);
      break;
  }
  if (!complete)
    input_error(where, ": is truncated (the file ends before its image does); copy it again");
}

}  // namespace fgcn::photo
