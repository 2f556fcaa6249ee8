#include "photo/decode.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "io/file.h"
#include "kernels/core/error.h"
#include "photo/container.h"
#include "photo/exif.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
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

struct Size {
  int width = 0;
  int height = 0;
};

/// The size in the header. The decoder allocates by it, so it is judged first.
Size checked_size(std::span<const std::uint8_t> file, const std::string& where) {
  Size size;
  int channels = 0;
  if (stbi_info_from_memory(file.data(), static_cast<int>(file.size()), &size.width, &size.height,
                            &channels) == 0)
    input_error(where, ": is damaged or of an unusual kind (", stbi_failure_reason(),
                "); save it again as a plain JPEG or PNG");
  const std::int64_t width = size.width;
  const std::int64_t height = size.height;
  if (width < kLeastSide || height < kLeastSide)
    input_error(where, ": is ", width, " x ", height,
                " pixels, too small to show a face; at least ", kLeastSide, " a side are needed");
  if (width > kMostSide || height > kMostSide || width * height > kMostPixels)
    input_error(where, ": is ", width, " x ", height, " pixels; scale it down to at most ",
                kMostSide, " a side and ", kMostPixels / 1'000'000, " megapixels");
  return size;
}

/// A few hundred bytes can announce 100 megapixels; no encoder packs them so tightly.
void check_density(std::size_t bytes, Size size, Format format, const std::string& where) {
  const auto pixels = static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height);
  // At least one bit for each 8 x 8 block of a JPEG; deflate packs at most 1,032 to 1, and a PNG
  // pixel has at least one bit.
  std::size_t most = std::size_t{1} << 62;
  if (format == Format::kJpeg) most = bytes * 8 * 64;
  if (format == Format::kPng) most = bytes * 8 * 1032;
  if (pixels > most)
    input_error(where, ": is damaged (", bytes, " bytes cannot hold ", size.width, " x ",
                size.height, " pixels); copy it again");
}

std::optional<Image8> varying_alpha(const stbi_uc* rgba, Size size) {
  Image8 alpha(size.height, size.width, 1);
  for (std::size_t i = 0; i < alpha.pixels.size(); ++i) alpha.pixels[i] = rgba[4 * i + 3];
  const bool varies = std::any_of(alpha.pixels.begin(), alpha.pixels.end(),
                                  [&](std::uint8_t a) { return a != alpha.pixels[0]; });
  if (!varies) return std::nullopt;
  return alpha;
}

}  // namespace

Photo decode_photo(std::span<const std::uint8_t> file, const std::string& where) {
  const Format format = image_format(file, where);
  FGCN_CHECK(file.size() < (std::size_t{1} << 31), "decode_photo: ", file.size(),
             " bytes, expected less than 2 GiB");
  check_complete(file, format, where);
  const Size size = checked_size(file, where);
  check_density(file.size(), size, format, where);

  int width = 0;
  int height = 0;
  int channels = 0;
  const std::unique_ptr<stbi_uc, FreeStb> rgba(stbi_load_from_memory(
      file.data(), static_cast<int>(file.size()), &width, &height, &channels, STBI_rgb_alpha));
  if (rgba == nullptr)
    input_error(where, ": is damaged or of an unusual kind (", stbi_failure_reason(),
                "); save it again as a plain JPEG or PNG");
  FGCN_CHECK(width == size.width && height == size.height, "decode_photo: decoded ", width, " x ",
             height, ", announced ", size.width, " x ", size.height);

  Photo photo;
  photo.orientation = exif_orientation(file);
  Image8 rgb(height, width, 3);
  const std::size_t pixels = rgb.pixels.size() / 3;
  for (std::size_t i = 0; i < pixels; ++i)
    std::memcpy(rgb.pixels.data() + 3 * i, rgba.get() + 4 * i, 3);
  photo.rgb = upright(rgb, photo.orientation);
  if (channels == 2 || channels == 4) {
    if (const auto alpha = varying_alpha(rgba.get(), size))
      photo.alpha = upright(*alpha, photo.orientation);
  }
  return photo;
}

Photo read_photo(const std::filesystem::path& path) {
  return decode_photo(read_file(path, std::uint64_t{512} << 20), path.string());
}

}  // namespace fgcn::photo
