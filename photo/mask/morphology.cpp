#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "photo/mask/skin.h"

namespace fgcn::photo {
namespace {

enum class Extreme { kLeast, kMost };

/// Least or greatest value under an ellipse of (2 radius + 1)^2, the part beyond the image left
/// out.
Image under_ellipse(const Image& mask, std::int64_t radius, Extreme extreme) {
  std::vector<std::int64_t> reach;  // half width of each row of the ellipse
  const auto r = static_cast<double>(radius);
  for (std::int64_t dy = -radius; dy <= radius; ++dy) {
    const auto v = static_cast<double>(dy);
    reach.push_back(std::lround(radius == 0 ? 0 : r * std::sqrt((r * r - v * v) / (r * r))));
  }
  Image out(mask.height, mask.width, 1);
#pragma omp parallel for
  for (std::int64_t y = 0; y < mask.height; ++y) {
    for (std::int64_t x = 0; x < mask.width; ++x) {
      float value = *mask.at(y, x);
      for (std::int64_t dy = -radius; dy <= radius; ++dy) {
        const std::int64_t row = y + dy;
        if (row < 0 || row >= mask.height) continue;
        const std::int64_t half = reach[static_cast<std::size_t>(dy + radius)];
        const float* first = mask.at(row, std::max<std::int64_t>(x - half, 0));
        const float* last = mask.at(row, std::min(x + half, mask.width - 1));
        for (const float* p = first; p <= last; ++p)
          value = extreme == Extreme::kLeast ? std::min(value, *p) : std::max(value, *p);
      }
      *out.at(y, x) = value;
    }
  }
  return out;
}

}  // namespace

Image shrink_mask(const Image& mask) {
  FGCN_CHECK(mask.channels == 1, "shrink_mask: ", mask.channels, " channels, expected 1");
  const double scale = static_cast<double>(mask.width) / 224;
  const Image grown = under_ellipse(mask, std::lround(2 * scale), Extreme::kMost);
  const std::int64_t radius = std::lround(4 * scale);
  return under_ellipse(under_ellipse(grown, radius, Extreme::kLeast), radius, Extreme::kLeast);
}

}  // namespace fgcn::photo
