#include "photo/mask/spectacles_lines.h"

#include <algorithm>
#include <cmath>

namespace fgcn::photo {
namespace {

constexpr std::int64_t kHeight = kRimsHeight;
constexpr std::int64_t kWidth = kRimsWidth;
constexpr std::int64_t kThin = 4;    // half the width of a line that counts as thin
constexpr std::int64_t kBroad = 10;  // half the width of a mark on the skin

/// Greatest (or, of the negative, least) value of the square around each pixel.
Image greatest(const Image& image, std::int64_t radius) {
  Image rows(image.height, image.width, 1);
  Image out(image.height, image.width, 1);
  for (std::int64_t y = 0; y < image.height; ++y)
    for (std::int64_t x = 0; x < image.width; ++x)
      *rows.at(y, x) = *std::max_element(image.at(y, std::max<std::int64_t>(x - radius, 0)),
                                         image.at(y, std::min(x + radius, image.width - 1)) + 1);
  for (std::int64_t y = 0; y < image.height; ++y) {
    std::copy_n(rows.at(y, 0), image.width, out.at(y, 0));
    for (std::int64_t v = std::max<std::int64_t>(y - radius, 0);
         v <= std::min(y + radius, image.height - 1); ++v)
      for (std::int64_t x = 0; x < image.width; ++x)
        *out.at(y, x) = std::max(*out.at(y, x), *rows.at(v, x));
  }
  return out;
}

Image negative(Image image) {
  for (float& v : image.pixels) v = -v;
  return image;
}

Image closed(const Image& image, std::int64_t radius) {
  return negative(greatest(negative(greatest(image, radius)), radius));
}

Image opened(const Image& image, std::int64_t radius) {
  return negative(closed(negative(image), radius));
}

}  // namespace

Lines find_lines(const Image8& window) {
  Image light(kHeight, kWidth, 1);
  for (std::int64_t y = 0; y < kHeight; ++y) {
    for (std::int64_t x = 0; x < kWidth; ++x) {
      double sum = 0;  // slightly blurred: sensors are noisy
      for (std::int64_t dy = -1; dy <= 1; ++dy)
        for (std::int64_t dx = -1; dx <= 1; ++dx)
          sum += (dy == 0 ? 2 : 1) * (dx == 0 ? 2 : 1) *
                 *window.at(std::clamp<std::int64_t>(y + dy, 0, kHeight - 1),
                            std::clamp<std::int64_t>(x + dx, 0, kWidth - 1));
      constexpr double kNoise = 12;  // levels at which darkness ends
      *light.at(y, x) = static_cast<float>(std::log(sum / 16 + kNoise));
    }
  }
  const Image without_dark = closed(light, kThin);
  const Image without_bright = opened(light, kThin);
  const Image skin = opened(closed(light, kBroad), kBroad);
  Lines out;
  for (std::size_t i = 0; i < light.pixels.size(); ++i) {
    const float l = light.pixels[i];
    out.darkness.pixels[i] = skin.pixels[i] - l;
    out.strength.pixels[i] = std::max({0.0F, std::min(without_dark.pixels[i], skin.pixels[i]) - l,
                                       l - std::max(without_bright.pixels[i], skin.pixels[i])});
  }
  return out;
}

}  // namespace fgcn::photo
