// The orientation that a camera writes into its files.
#pragma once

#include <cstdint>
#include <span>

#include "io/image.h"

namespace fgcn::photo {

/// EXIF orientation 1..8 of a JPEG (APP1 segment) or PNG (eXIf chunk); 1 when there is none or when
/// it is malformed. Any bytes are safe.
///
/// Source   CIPA DC-008 (EXIF 2.3), tag 0x0112 of the 0th IFD.
int exif_orientation(std::span<const std::uint8_t> file);

/// The image as it is meant to be seen: stored pixels turned and mirrored by `orientation` (1..8).
Image8 upright(const Image8& stored, int orientation);

}  // namespace fgcn::photo
