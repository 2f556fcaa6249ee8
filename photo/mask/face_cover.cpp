#include "photo/mask/face_cover.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/core/error.h"
#include "photo/mask/face_regions.h"

namespace fgcn::photo {
namespace {

constexpr double kTinted = 0.07;   // a tint shorter than this is gray
constexpr double kFar = 0.07;      // between tints
constexpr double kTintLeft = 0.5;  // of the skin's tint, above which a color may be skin in shadow

void check(const char* who, const Image& rgb) {
  FGCN_CHECK(rgb.channels == 3 && rgb.height == rgb.width && rgb.width > 0, who, ": crop is ",
             rgb.height, " x ", rgb.width, " x ", rgb.channels,
             ", expected square with 3 channels");
}

bool unlike(const Tint& color, const Tint& skin) {
  return color.distance(skin) > kFar && color.dot(skin) < kTintLeft * skin.length() * skin.length();
}

/// Means over 3 x 3 pixels: single pixels of a JPEG have tints of their own.
std::vector<Tint> smooth_tints(const Image& rgb) {
  const std::int64_t size = rgb.width;
  std::vector<Tint> out;
  out.reserve(static_cast<std::size_t>(size * size));
  for (std::int64_t y = 0; y < size; ++y)
    for (std::int64_t x = 0; x < size; ++x) {
      std::array<float, 3> sum{};
      for (std::int64_t dy = -1; dy <= 1; ++dy)
        for (std::int64_t dx = -1; dx <= 1; ++dx) {
          const float* p = rgb.at(std::clamp<std::int64_t>(y + dy, 0, size - 1),
                                  std::clamp<std::int64_t>(x + dx, 0, size - 1));
          for (std::size_t c = 0; c < 3; ++c) sum[c] += p[c] / 9;
        }
      out.push_back(tint_of(sum.data()));
    }
  return out;
}

/// The part of `chosen` that is connected with `start`.
Image connected(const Image& chosen, const Image& start) {
  const std::int64_t size = chosen.width;
  Image out(size, size, 1);
  std::vector<std::int64_t> open;
  const auto visit = [&](std::int64_t i) {
    if (!(chosen.pixels[i] > 0) || out.pixels[i] > 0) return;
    out.pixels[i] = 1;
    open.push_back(i);
  };
  for (std::int64_t i = 0; i < size * size; ++i)
    if (start.pixels[i] > 0) visit(i);
  while (!open.empty()) {
    const std::int64_t i = open.back();
    open.pop_back();
    if (i % size > 0) visit(i - 1);
    if (i % size + 1 < size) visit(i + 1);
    if (i >= size) visit(i - size);
    if (i + size < size * size) visit(i + size);
  }
  return out;
}

}  // namespace

Image lower_face_cloth(const Image& rgb, const Landmarks& l) {
  check("lower_face_cloth", rgb);
  const FaceRegions regions(l);
  std::vector<Tint> skin{median_tint(rgb, regions.bridge)};
  // A forehead without tint is white hair or black, or a hat.
  const Tint forehead = median_tint(rgb, regions.forehead);
  if (forehead.length() >= kTinted) skin.push_back(forehead);
  Tint cloth;
  for (const Polygon* region :
       {&regions.nose, &regions.cheeks[0], &regions.cheeks[1], &regions.chin}) {
    const Tint tint = median_tint(rgb, *region);
    for (const Tint& bare : skin)
      if (!unlike(tint, bare)) return {};
    cloth = {cloth.blue + tint.blue / 4, cloth.red + tint.red / 4};
  }

  const Tint& bare = skin.front();
  const double reach = 0.5 * cloth.distance(bare);
  const std::vector<Tint> tints = smooth_tints(rgb);
  // The cloth may reach beyond the jaw's points, and up to the eyes.
  Polygon lower = point_range(l, 0, 16);
  for (const std::size_t k : {46, 47, 42, 27, 39, 40, 41}) lower.push_back(l[k]);
  const Image within = filled(grown(lower, 1.1, 0), rgb.width);
  Image chosen(rgb.height, rgb.width, 1);
  for (std::size_t i = 0; i < tints.size(); ++i)
    if (within.pixels[i] > 0 && tints[i].distance(bare) > reach) chosen.pixels[i] = 1;
  return connected(chosen, filled(regions.nose, rgb.width));
}

bool has_face_colors(const Image& rgb, const Landmarks& l) {
  check("has_face_colors", rgb);
  const FaceRegions regions(l);
  const Tint bridge = median_tint(rgb, regions.bridge);
  constexpr double kLeastRed = 0.03;
  constexpr double kLeastYellow = 0.01;
  if (bridge.red > kLeastRed && bridge.blue < -kLeastYellow) return true;
  constexpr double kEven = 0.35;  // light of one color varies less over a face
  double apart = 0;
  for (const Polygon* region :
       {&regions.nose, &regions.cheeks[0], &regions.cheeks[1], &regions.chin})
    apart = std::max(apart, median_tint(rgb, *region).distance(bridge));
  return apart < kEven;
}

}  // namespace fgcn::photo
