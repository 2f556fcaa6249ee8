// Thin lines about the eyes, which rims of spectacles show as.
#pragma once

#include <cstdint>

#include "io/image.h"

namespace fgcn::photo {

/// The window that rims are sought in: about the resolution of a 224 px crop.
constexpr std::int64_t kRimsHeight = 108;
constexpr std::int64_t kRimsWidth = 180;
constexpr double kRimsEyes = 60;  // px between the eyes' middles
constexpr double kRimsEyeRow = 46;

/// Images of the window; values are differences of logarithms.
struct Lines {
  /// How much darker or brighter a thin line is than both its sides and than the skin around. Skin
  /// between a brow and a rim is brighter than both its sides only.
  Image strength{kRimsHeight, kRimsWidth, 1};
  Image darkness{kRimsHeight, kRimsWidth, 1};  // how much darker than the skin around
};

/// `window` [kRimsHeight, kRimsWidth, 1] grey.
///
/// A closing removes dark lines, an opening bright ones; the differences show the lines. The skin
/// around is the picture after a broader closing and opening.
///
/// Source   Serra 1982 (top hats).
Lines find_lines(const Image8& window);

}  // namespace fgcn::photo
