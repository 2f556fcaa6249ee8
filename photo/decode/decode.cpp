#include "photo/decode/decode.h"

#include <algorithm>
#include <utility>

#include "io/file.h"
#include "kernels/core/error.h"
#include "photo/decode/codec.h"
#include "photo/decode/color_profile.h"
#include "photo/decode/container.h"
#include "photo/decode/exif.h"

namespace fgcn::photo {
namespace {

Stored decode(std::span<const std::uint8_t> file, Format format, const std::string& where) {
  switch (format) {
    case Format::kJpeg:
      return decode_jpeg(file, where);
    case Format::kPng:
      return decode_png(file, where);
    case Format::kWebp:
      return decode_webp(file, where);
    case Format::kHeif:
      return decode_heif(file, where);
    case Format::kTiff:
      return decode_tiff(file, where);
    case Format::kJpegXl:
      return decode_jpeg_xl(file, where);
    case Format::kBmp:
    case Format::kTga:
      return decode_simple(file, where);
  }
  FGCN_CHECK(false, "decode_photo: format ", static_cast<int>(format), " has no decoder");
}

bool varies(const Image8& alpha) {
  return std::any_of(alpha.pixels.begin(), alpha.pixels.end(),
                     [&](std::uint8_t a) { return a != alpha.pixels[0]; });
}

}  // namespace

Photo decode_photo(std::span<const std::uint8_t> file, const std::string& where) {
  const Format format = image_format(file, where);
  FGCN_CHECK(file.size() < (std::size_t{1} << 31), "decode_photo: ", file.size(),
             " bytes, expected less than 2 GiB");
  if (!complete(file, format)) refuse_truncated(where);
  Stored stored = decode(file, format, where);

  Photo photo;
  if (stored.scale < 1)
    photo.notes.push_back(text("the photo is too large to be decoded whole; it was reduced to ",
                               stored.color.width, " x ", stored.color.height, " pixels"));
  photo.orientation = stored.direction.value_or(1);
  photo.scale = stored.scale;
  if (stored.alpha && varies(*stored.alpha))
    photo.alpha = upright(std::move(*stored.alpha), photo.orientation);
  stored.alpha.reset();
  photo.rgb =
      upright(to_srgb(std::move(stored.color), stored.profile, photo.notes), photo.orientation);
  return photo;
}

Photo read_photo(const std::filesystem::path& path) {
  return decode_photo(read_file(path, std::uint64_t{512} << 20), path.string());
}

}  // namespace fgcn::photo
