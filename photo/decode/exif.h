// The orientation that a camera writes into its files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "io/image.h"

namespace fgcn::photo {

/// Orientation 1..8 as each kind of metadata gives it; nothing when there is none or when it is
/// malformed. Any bytes are safe.
///
///   exif         a TIFF structure, with or without "Exif\0\0" before it; the tag may have any
///                integer type
///   xmp          an XMP packet, the property as attribute or as element
///   raw_profile  EXIF as hexadecimal text, as ImageMagick writes it into a PNG
///   jpeg         the APP1 segments of a JPEG file: the first good EXIF, else XMP
///
/// Source   CIPA DC-008 (EXIF 2.3), tag 0x0112 of the 0th IFD; XMP part 2, tiff:Orientation.
std::optional<int> orientation_of_exif(std::span<const std::uint8_t> exif);
std::optional<int> orientation_of_xmp(std::string_view xmp);
std::optional<int> orientation_of_raw_profile(std::string_view raw_profile);
std::optional<int> orientation_of_jpeg(std::span<const std::uint8_t> jpeg);

/// The image as it is meant to be seen: stored pixels turned and mirrored by `orientation` (1..8).
Image8 upright(Image8 stored, int orientation);

}  // namespace fgcn::photo
