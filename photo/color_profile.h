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

}  // namespace fgcn::photo
