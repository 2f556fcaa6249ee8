#include "photo/mask/face_regions.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace fgcn::photo {
namespace {

Point between(const Point& a, const Point& b, double share) {
  return {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

/// Sorted up to the fraction's place and read there; 0 for no values.
double quantile(std::vector<double>& values, double fraction) {
  if (values.empty()) return 0;
  const auto place = std::min(
      static_cast<std::size_t>(fraction * static_cast<double>(values.size())), values.size() - 1);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

template <class Read>
std::vector<double> values_in(const Image& rgb, const Image& region, const Read& read) {
  std::vector<double> out;
  for (std::size_t i = 0; i < region.pixels.size(); ++i)
    if (region.pixels[i] > 0) out.push_back(read(rgb.pixels.data() + 3 * i));
  return out;
}

}  // namespace

double Tint::length() const { return std::hypot(blue, red); }

double Tint::distance(const Tint& other) const {
  return std::hypot(blue - other.blue, red - other.red);
}

double luma_of(const float* rgb) {
  return 0.299 * double{rgb[0]} + 0.587 * double{rgb[1]} + 0.114 * double{rgb[2]};
}

Tint tint_of(const float* rgb) {
  constexpr double kDark = 0.08;  // below it noise has a tint of its own
  const double luma = luma_of(rgb);
  const double over = std::max(luma, kDark);
  return {0.564 * (double{rgb[2]} - luma) / over, 0.713 * (double{rgb[0]} - luma) / over};
}

FaceRegions::FaceRegions(const Landmarks& l) {
  const Point brows = mean_point(l, 17, 26);
  const Point base = mean_point(l, 31, 35);
  const auto raised = [&](const Point& p, double share) {
    return Point{p.x + share * (brows.x - base.x), p.y + share * (brows.y - base.y)};
  };
  forehead = {raised(l[18], 0.15), raised(l[25], 0.15), raised(l[25], 0.45), raised(l[18], 0.45)};
  bridge = {between(l[21], l[22], 0.1), between(l[21], l[22], 0.9), between(l[28], l[42], 0.25),
            between(l[28], l[39], 0.25)};
  nose = {between(l[28], l[30], 0.6), between(l[30], l[31], 0.7), l[33],
          between(l[30], l[35], 0.7)};
  cheeks[0] = {between(l[31], l[2], 0.25), between(l[31], l[2], 0.75), between(l[48], l[4], 0.75),
               between(l[48], l[4], 0.25)};
  cheeks[1] = {between(l[35], l[14], 0.25), between(l[35], l[14], 0.75),
               between(l[54], l[12], 0.75), between(l[54], l[12], 0.25)};
  chin = {between(l[57], l[8], 0.3), between(l[58], l[7], 0.5), between(l[57], l[8], 0.85),
          between(l[56], l[9], 0.5)};
}

Tint median_tint(const Image& rgb, const Polygon& region) {
  const Image inside = filled(region, rgb.width);
  std::vector<double> blue =
      values_in(rgb, inside, [](const float* color) { return tint_of(color).blue; });
  std::vector<double> red =
      values_in(rgb, inside, [](const float* color) { return tint_of(color).red; });
  return {quantile(blue, 0.5), quantile(red, 0.5)};
}

double luma_quantile(const Image& rgb, const Polygon& region, double fraction) {
  std::vector<double> luma = values_in(rgb, filled(region, rgb.width), luma_of);
  return quantile(luma, fraction);
}

}  // namespace fgcn::photo
