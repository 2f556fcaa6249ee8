// BMP and TGA by stb_image.
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "kernels/core/error.h"
#include "photo/decode/codec.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_ONLY_BMP
#define STBI_ONLY_TGA
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wshadow"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace fgcn::photo {
namespace {

struct FreeStb {
  void operator()(stbi_uc* pixels) const { stbi_image_free(pixels); }
};

}  // namespace

Stored decode_simple(std::span<const std::uint8_t> file, const std::string& where) {
  int width = 0;
  int height = 0;
  int channels = 0;
  const auto bytes = static_cast<int>(file.size());
  if (stbi_info_from_memory(file.data(), bytes, &width, &height, &channels) == 0)
    refuse_damaged(where, stbi_failure_reason());
  // A BMP of negative height has its top row first.
  const Size size{width, std::abs(std::int64_t{height})};
  check_size(size, where);

  const std::unique_ptr<stbi_uc, FreeStb> rgba(
      stbi_load_from_memory(file.data(), bytes, &width, &height, &channels, STBI_rgb_alpha));
  if (rgba == nullptr) refuse_damaged(where, stbi_failure_reason());
  FGCN_CHECK(width == size.width && height == size.height, "decode_simple: decoded ", width, " x ",
             height, ", announced ", size.width, " x ", size.height);

  Stored out;
  out.color = Image8(height, width, 3);
  const std::int64_t pixels = size.pixels();
  for (std::int64_t i = 0; i < pixels; ++i)
    std::copy_n(rgba.get() + 4 * i, 3, out.color.pixels.data() + 3 * i);
  if (channels == 2 || channels == 4) {
    out.alpha = Image8(height, width, 1);
    for (std::int64_t i = 0; i < pixels; ++i)
      out.alpha->pixels[static_cast<std::size_t>(i)] = rgba.get()[4 * i + 3];
  }
  return out;
}

}  // namespace fgcn::photo
