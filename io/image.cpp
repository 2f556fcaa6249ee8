#include "io/image.h"

#include <algorithm>
#include <cmath>

namespace fgcn {

Image to_float(const Image8& image) {
  Image out(image.height, image.width, image.channels);
  std::transform(image.pixels.begin(), image.pixels.end(), out.pixels.begin(),
                 [](std::uint8_t v) { return static_cast<float>(v) / 255.0F; });
  return out;
}

Image8 to_bytes(const Image& image) {
  Image8 out(image.height, image.width, image.channels);
  std::transform(image.pixels.begin(), image.pixels.end(), out.pixels.begin(), [](float v) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0F, 1.0F) * 255.0F));
  });
  return out;
}

}  // namespace fgcn
