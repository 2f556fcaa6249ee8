// Finding the same picture in several files: other sizes, other compression.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "io/image.h"

namespace fgcn::train {

/// Mean colors of 8 x 8 blocks of an aligned crop, 0 to 255. Crops of one picture agree to about a
/// level, of two pictures to ten.
using PictureSignature = std::array<float, 192>;

/// `crop` [S, S, 3 or 4]; S at least 8.
PictureSignature picture_signature(const Image8& crop);

/// For each photo in turn: the first photo before it that stays and shows the same picture under
/// another key, or -1 when it stays itself.
///
///   keys      of each photo (SplitRule::key): of one key, all stay
///   distance  mean |a - b| up to which two signatures are of one picture; 0: none are
///
/// Repeat   depends on the arguments alone. About n^2 distance / 100 comparisons.
std::vector<std::int64_t> same_pictures(const std::vector<PictureSignature>& photos,
                                        const std::vector<std::string>& keys, double distance);

}  // namespace fgcn::train
