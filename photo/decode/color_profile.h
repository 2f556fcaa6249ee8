// Colors of a file, described by its profile, into sRGB.
#pragma once

#include <string>
#include <vector>

#include "io/file.h"
#include "io/image.h"

namespace fgcn::photo {

/// `color` [H, W, 1 grey, 3 RGB or 4 CMYK] as sRGB [H, W, 3].
///
///   profile  ICC; none: grey and RGB are sRGB already, and CMYK is ink that takes its share of
///            each channel's light
///   notes    a sentence is added where the profile is damaged, fits other channels, or cannot be
///            applied by this build; the colors are then taken as without a profile
///
/// A profile that gives sRGB's own colors to two levels of 255 leaves the pixels as they are. The
/// others convert relative to the white point, with black point compensation.
Image8 to_srgb(Image8 color, const Bytes& profile, std::vector<std::string>& notes);

/// An ICC profile of the primaries that a HEIC or AVIF file names by their number in ITU-T H.273,
/// with sRGB's curve. Empty, for colors that are sRGB's or near: other numbers than Display P3 (12)
/// and BT.2020 (9), or a build without lcms2.
Bytes profile_of_primaries(int number);

}  // namespace fgcn::photo
