#include "render/image.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/core/file.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBIW_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

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

std::vector<std::uint8_t> encode_png(const Image8& image) {
  FGCN_CHECK(image.channels == 1 || image.channels == 3 || image.channels == 4,
             "encode_png: ", image.channels, " channels, expected 1, 3 or 4");
  std::vector<std::uint8_t> bytes;
  const auto append = [](void* sink, void* data, int size) {
    auto& out = *static_cast<std::vector<std::uint8_t>*>(sink);
    const auto* first = static_cast<const std::uint8_t*>(data);
    out.insert(out.end(), first, first + size);
  };
  const int done =
      stbi_write_png_to_func(append, &bytes, static_cast<int>(image.width),
                             static_cast<int>(image.height), static_cast<int>(image.channels),
                             image.pixels.data(), static_cast<int>(image.width * image.channels));
  FGCN_CHECK(done != 0, "encode_png: the encoder failed on a ", image.width, " by ", image.height,
             " image");
  return bytes;
}

void write_png(const std::filesystem::path& path, const Image8& image) {
  write_file(path, encode_png(image));
}

}  // namespace fgcn
