#include "render/texture_detail.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

using Rgb = std::array<float, 3>;

/// Bilinear; the border repeats.
Rgb sample(const Image& photo, float px, float py) {
  const float x = std::clamp(px - 0.5F, 0.0F, static_cast<float>(photo.width - 1));
  const float y = std::clamp(py - 0.5F, 0.0F, static_cast<float>(photo.height - 1));
  const auto x0 = static_cast<std::int64_t>(x);
  const auto y0 = static_cast<std::int64_t>(y);
  const std::int64_t x1 = std::min(x0 + 1, photo.width - 1);
  const std::int64_t y1 = std::min(y0 + 1, photo.height - 1);
  const float fx = x - static_cast<float>(x0);
  const float fy = y - static_cast<float>(y0);
  Rgb out{};
  for (std::size_t c = 0; c < 3; ++c) {
    const float top = photo.at(y0, x0)[c] * (1 - fx) + photo.at(y0, x1)[c] * fx;
    const float bottom = photo.at(y1, x0)[c] * (1 - fx) + photo.at(y1, x1)[c] * fx;
    out[c] = top * (1 - fy) + bottom * fy;
  }
  return out;
}

void check_sizes(const Image& texture, const TexelMap& map,
                 const std::vector<std::int32_t>& triangles, const std::vector<float>& positions,
                 const std::vector<float>& weight, const Image& photo) {
  FGCN_CHECK(texture.height == map.size && texture.width == map.size && texture.channels == 3,
             "add_photo_detail: texture is ", texture.height, " x ", texture.width, " x ",
             texture.channels, ", expected ", map.size, " x ", map.size, " x 3");
  FGCN_CHECK(photo.channels == 3 && photo.height > 0 && photo.width > 0,
             "add_photo_detail: photo is ", photo.height, " x ", photo.width, " x ",
             photo.channels);
  FGCN_CHECK(positions.size() == 2 * weight.size(), "add_photo_detail: ", positions.size() / 2,
             " positions, ", weight.size(), " weights");
  for (const std::int32_t v : triangles) {
    FGCN_CHECK(v >= 0 && static_cast<std::size_t>(v) < weight.size(),
               "add_photo_detail: a triangle names vertex ", v, " of ", weight.size());
  }
  for (const std::int32_t f : map.face) {
    FGCN_CHECK(f < 0 || static_cast<std::size_t>(f) < triangles.size() / 3,
               "add_photo_detail: the map names triangle ", f, " of ", triangles.size() / 3);
  }
}

/// How much a triangle may add: all of it where its pixels outnumber its corners by far and it
/// faces the camera (its picture is wound as the front is), none where it is smaller than a pixel.
float worth(const std::array<const float*, 3>& p) {
  // Image y is down, so a front face runs clockwise: twice its area is negative.
  const float twice =
      (p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[1][1] - p[0][1]) * (p[2][0] - p[0][0]);
  constexpr float kNothing = 0.5F;  // px^2
  constexpr float kAll = 2.0F;
  return std::clamp((-0.5F * twice - kNothing) / (kAll - kNothing), 0.0F, 1.0F);
}

}  // namespace

void add_photo_detail(Image& texture, const TexelMap& map,
                      const std::vector<std::int32_t>& triangles,
                      const std::vector<float>& positions, const std::vector<float>& weight,
                      const Image& photo) {
  check_sizes(texture, map, triangles, positions, weight, photo);
  std::vector<Rgb> visible(weight.size());  // the photo as the vertices see it
  for (std::size_t v = 0; v < visible.size(); ++v) {
    FGCN_CHECK(std::isfinite(positions[2 * v]) && std::isfinite(positions[2 * v + 1]),
               "add_photo_detail: vertex ", v, " has no finite position");
    visible[v] = sample(photo, positions[2 * v], positions[2 * v + 1]);
  }
  constexpr float kDark = 0.03F;  // keeps the ratio calm where the photo is black
  constexpr float kLeast = 0.6F;
  constexpr float kMost = 1.6F;
  const auto texels = static_cast<std::int64_t>(map.face.size());
#pragma omp parallel for
  for (std::int64_t t = 0; t < texels; ++t) {
    const auto at = static_cast<std::size_t>(t);
    if (map.face[at] < 0) continue;
    const float u = map.barycentrics[2 * at];
    const float v = map.barycentrics[2 * at + 1];
    const std::array<float, 3> share{u, v, 1 - u - v};
    std::array<const float*, 3> corners{};
    Rgb coarse{};
    float px = 0;
    float py = 0;
    float shown = 1;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto vertex =
          static_cast<std::size_t>(triangles[static_cast<std::size_t>(map.face[at]) * 3 + k]);
      corners[k] = positions.data() + 2 * vertex;
      px += share[k] * corners[k][0];
      py += share[k] * corners[k][1];
      shown = std::min(shown, weight[vertex]);
      for (std::size_t c = 0; c < 3; ++c) coarse[c] += share[k] * visible[vertex][c];
    }
    const float power = shown * worth(corners);
    if (!(power > 0)) continue;
    const Rgb fine = sample(photo, px, py);
    for (std::size_t c = 0; c < 3; ++c) {
      const float ratio = std::clamp((fine[c] + kDark) / (coarse[c] + kDark), kLeast, kMost);
      float& out = texture.pixels[3 * at + c];
      out = std::clamp(out * std::pow(ratio, power), 0.0F, 1.0F);
    }
  }
}

}  // namespace fgcn
