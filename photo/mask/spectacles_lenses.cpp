#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/core/error.h"
#include "photo/mask/face_regions.h"
#include "photo/mask/spectacles.h"

namespace fgcn::photo {
namespace {

/// An eye's middle and the eyes' common axes; lengths are measured by the eyes' distance.
struct Eye {
  Point middle;
  Point along;  // to the image's right along the line through both eyes, of length 1
  double distance = 0;

  /// Right of and below the eye's middle, in eye distances.
  Point place(const Point& p) const {
    const double x = (p.x - middle.x) / distance;
    const double y = (p.y - middle.y) / distance;
    return {x * along.x + y * along.y, y * along.x - x * along.y};
  }
  Point at(double right, double below) const {
    return {middle.x + distance * (right * along.x - below * along.y),
            middle.y + distance * (right * along.y + below * along.x)};
  }
};

std::array<Eye, 2> eyes_of(const Landmarks& l) {
  const Point left = mean_point(l, 36, 41);
  const Point right = mean_point(l, 42, 47);
  const double distance = std::max(std::hypot(right.x - left.x, right.y - left.y), 1e-6);
  const Point along{(right.x - left.x) / distance, (right.y - left.y) / distance};
  return {Eye{left, along, distance}, Eye{right, along, distance}};
}

/// Eye, lids and the skin below the eye: what every lens covers. No brow.
Polygon behind_lens(const Eye& eye) {
  constexpr int kSteps = 24;
  Polygon out;
  for (int i = 0; i < kSteps; ++i) {
    const double angle = 2 * 3.14159265358979 * i / kSteps;
    out.push_back(eye.at(0.34 * std::cos(angle), 0.04 + 0.19 * std::sin(angle)));
  }
  return out;
}

/// Whether a lens may reach that far.
bool in_reach(const std::array<Eye, 2>& eyes, const Point& p) {
  constexpr double kAside = 0.58;
  constexpr double kAbove = 0.42;
  constexpr double kBelow = 0.62;
  return std::any_of(eyes.begin(), eyes.end(), [&](const Eye& eye) {
    const Point place = eye.place(p);
    const double y = place.y / (place.y < 0 ? kAbove : kBelow);
    return std::pow(std::abs(place.x / kAside), 3) + std::pow(std::abs(y), 3) < 1;
  });
}

}  // namespace

Image dark_lenses(const Image& rgb, const Landmarks& l) {
  FGCN_CHECK(rgb.channels == 3 && rgb.height == rgb.width && rgb.width > 0, "dark_lenses: crop is ",
             rgb.height, " x ", rgb.width, " x ", rgb.channels,
             ", expected square with 3 channels");
  constexpr double kDark = 0.4;   // of the skin's luma, for three quarters of what a lens covers
  constexpr double kEven = 0.55;  // and for nearly all of it
  const FaceRegions regions(l);
  std::array<double, 4> bare = {
      luma_quantile(rgb, regions.nose, 0.5), luma_quantile(rgb, regions.cheeks[0], 0.5),
      luma_quantile(rgb, regions.cheeks[1], 0.5), luma_quantile(rgb, regions.chin, 0.5)};
  std::sort(bare.begin(), bare.end());
  const double skin = bare[2];
  const std::array<Eye, 2> eyes = eyes_of(l);
  double lens = 0;
  for (const Eye& eye : eyes) {
    const Polygon behind = behind_lens(eye);
    const double most = luma_quantile(rgb, behind, 0.75);
    // Written so that NaN fails.
    if (!(most < kDark * skin && luma_quantile(rgb, behind, 0.9) < kEven * skin)) return {};
    lens = std::max(lens, most);
  }
  // Last, since it takes longest: eyes in deep shadow are no lenses.
  if (!(spectacles_score(rgb, l) > kWorn)) return {};

  const std::int64_t size = rgb.width;
  const double least = (lens + skin) / 2;
  Image out(size, size, 1);
  std::vector<std::int64_t> open;
  const auto visit = [&](std::int64_t y, std::int64_t x) {
    if (y < 0 || x < 0 || y >= size || x >= size || *out.at(y, x) > 0) return;
    if (!(luma_of(rgb.at(y, x)) < least) ||
        !in_reach(eyes, {static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5}))
      return;
    *out.at(y, x) = 1;
    open.push_back(y * size + x);
  };
  // A reflection in the middle of a lens is lens.
  for (const Eye& eye : eyes) {
    const Image behind = filled(behind_lens(eye), size);
    for (std::int64_t i = 0; i < size * size; ++i) {
      if (!(behind.pixels[i] > 0) || out.pixels[i] > 0) continue;
      out.pixels[i] = 1;
      open.push_back(i);
    }
  }
  while (!open.empty()) {
    const std::int64_t i = open.back();
    open.pop_back();
    visit(i / size, i % size - 1);
    visit(i / size, i % size + 1);
    visit(i / size - 1, i % size);
    visit(i / size + 1, i % size);
  }
  return out;
}

}  // namespace fgcn::photo
