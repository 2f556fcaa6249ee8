// Features of the decision "wears spectacles".
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::photo {

constexpr std::int64_t kCellRows = 8;
constexpr std::int64_t kCellColumns = 12;
constexpr std::int64_t kOrientations = 6;

/// Cells of the left half from above, orientations last, each the mean with its mirror image.
using SpectacleHistogram =
    std::array<double, static_cast<std::size_t>(kCellRows* kCellColumns / 2 * kOrientations)>;

/// The features of spectacles_score(), for fitting its weights. Nothing where it is minus infinity.
std::optional<SpectacleHistogram> spectacle_histogram(const Image& rgb, const Landmarks& landmarks);

}  // namespace fgcn::photo
