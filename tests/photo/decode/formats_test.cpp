// WebP, HEIC, AVIF, TIFF and JPEG XL: pixels, alpha, turns and cuts; in a build without a format's
// library the file is refused by name.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "photo/decode/decode.h"
#include "photo/decode/exif.h"
#include "tests/photo/decode/pixel_difference.h"
#include "tests/photo/decode/test_files.h"
#include "tests/photo/decode/test_formats.h"

namespace fgcn::photo {
namespace {

std::string refusal(const Bytes& file) {
  try {
    decode_photo(file, "face");
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

/// colorful() with an alpha channel that varies.
[[maybe_unused]] Image8 with_alpha(const Image8& image) {
  Image8 out(image.height, image.width, 4);
  const std::int64_t pixels = image.height * image.width;
  for (std::int64_t i = 0; i < pixels; ++i) {
    std::copy_n(image.pixels.data() + 3 * i, 3, out.pixels.data() + 4 * i);
    out.pixels[static_cast<std::size_t>(4 * i + 3)] = static_cast<std::uint8_t>(i % 256);
  }
  return out;
}

/// Cut at every sixteenth it is refused; with random bytes it is read or refused.
[[maybe_unused]] void check_cut_and_damaged(const Bytes& file) {
  for (std::size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
    CAPTURE(sixteenth);
    const auto size = static_cast<std::ptrdiff_t>(file.size() * sixteenth / 16);
    CHECK_FALSE(refusal(Bytes(file.begin(), file.begin() + size)).empty());
  }
  Rng rng(11);
  for (int round = 0; round < 100; ++round) {
    Bytes damaged = file;
    for (int i = 0; i < 4; ++i)
      damaged[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(file.size())))] =
          static_cast<std::uint8_t>(rng.below(256));
    refusal(damaged);
  }
}

[[maybe_unused]] bool alpha_kept(const Photo& photo) {
  if (!photo.alpha) return false;
  for (std::size_t i = 0; i < photo.alpha->pixels.size(); ++i)
    if (photo.alpha->pixels[i] != i % 256) return false;
  return true;
}

TEST_CASE("a WebP photo gives its pixels, its alpha and its orientation") {
#ifdef FGCN_WEBP
  const Image8 image = test::colorful(40, 56);
  CHECK(decode_photo(test::write_webp(image), "a.webp").rgb.pixels == image.pixels);
  const Photo clear = decode_photo(test::write_webp(with_alpha(image)), "a.webp");
  CHECK(alpha_kept(clear));
  const Bytes exif = test::exif_block(6, test::ByteOrder::kLittle);
  const std::string packet = "<d tiff:Orientation='6'/>";
  const test::WebpChunk chunks[] = {{"EXIF", exif},
                                    {"EXIF", Bytes(exif.begin() + 6, exif.end())},
                                    {"XMP ", Bytes(packet.begin(), packet.end())}};
  for (const test::WebpChunk& chunk : chunks) {
    const Photo turned = decode_photo(test::write_webp(upright(image, 8), {chunk}), "a.webp");
    CHECK(turned.orientation == 6);
    CHECK(turned.rgb.pixels == image.pixels);
  }
  check_cut_and_damaged(test::write_webp(image));
#else
  CHECK(refusal({'R', 'I', 'F', 'F', 9, 0, 0, 0, 'W', 'E', 'B', 'P'}).find("has no libwebp") !=
        std::string::npos);
#endif
}

TEST_CASE("a TIFF photo gives its pixels from strips and tiles, of 8 and 16 bits") {
#ifdef FGCN_TIFF
  const Image8 image = test::colorful(75, 90);
  const test::TiffOptions kinds[] = {
      {.compression = 1, .profile = {}},       {.compression = 5, .profile = {}},
      {.compression = 8, .profile = {}},       {.rows_a_strip = 75, .profile = {}},
      {.rows_a_strip = 1, .profile = {}},      {.bits = 16, .profile = {}},
      {.bits = 16, .tile = 32, .profile = {}}, {.tile = 16, .compression = 8, .profile = {}},
  };
  for (const test::TiffOptions& kind : kinds) {
    CAPTURE(&kind - kinds);
    const Bytes file = test::write_tiff(image, kind);
    CHECK(decode_photo(file, "a.tif").rgb.pixels == image.pixels);
  }
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    const int inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
    const Bytes file =
        test::write_tiff(upright(image, inverse), {.orientation = orientation, .profile = {}});
    const Photo photo = decode_photo(file, "a.tif");
    CHECK(photo.orientation == orientation);
    CHECK(photo.rgb.pixels == image.pixels);
  }
  Image8 grey(40, 50, 1);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    grey.pixels[i] = static_cast<std::uint8_t>(i % 251);
  CHECK(decode_photo(test::write_tiff(grey), "a.tif").rgb.at(7, 9)[2] == grey.at(7, 9)[0]);
  check_cut_and_damaged(test::write_tiff(image));
#else
  CHECK(refusal({'I', 'I', '*', 0, 8, 0, 0, 0}).find("has no libtiff") != std::string::npos);
#endif
}

#ifdef FGCN_TIFF
TEST_CASE("alpha of a TIFF is kept apart, and taken out of colors that it multiplies") {
  const Image8 image = test::colorful(40, 56);
  const Image8 rgba = with_alpha(image);
  const Photo apart = decode_photo(test::write_tiff(rgba), "a.tif");
  CHECK(alpha_kept(apart));
  CHECK(apart.rgb.pixels == image.pixels);
  Image8 multiplied = rgba;
  for (std::int64_t i = 0; i < 40 * 56; ++i)
    for (std::int64_t c = 0; c < 3; ++c) {
      std::uint8_t& value = multiplied.pixels[static_cast<std::size_t>(4 * i + c)];
      value = static_cast<std::uint8_t>((value * (i % 256) + 127) / 255);
    }
  const Photo photo =
      decode_photo(test::write_tiff(multiplied, {.multiplied = true, .profile = {}}), "a.tif");
  CHECK(alpha_kept(photo));
  int worst = 0;
  for (std::int64_t i = 0; i < 40 * 56; ++i)
    for (std::int64_t c = 0; c < 3; ++c) {
      const auto at = static_cast<std::size_t>(3 * i + c);
      // Half a level of a product by alpha is more levels of the color.
      if (i % 256 >= 128)
        worst = std::max(worst, std::abs(photo.rgb.pixels[at] - image.pixels[at]));
    }
  CHECK(worst <= 1);
}

TEST_CASE("a TIFF of more than the limits of a photo is reduced, a camera raw file refused") {
  Image8 wide(70, 20'000, 1);
  for (std::size_t i = 0; i < wide.pixels.size(); ++i)
    wide.pixels[i] = static_cast<std::uint8_t>(i / 100 % 200);
  for (const std::int64_t tile : {0, 64}) {
    const Photo photo =
        decode_photo(test::write_tiff(wide, {.tile = tile, .profile = {}}), "a.tif");
    CHECK(photo.scale == doctest::Approx(0.5));
    REQUIRE(photo.rgb.width == 10'000);
    REQUIRE(photo.rgb.height == 35);
    const int sum =
        wide.at(8, 5002)[0] + wide.at(8, 5003)[0] + wide.at(9, 5002)[0] + wide.at(9, 5003)[0];
    CHECK(photo.rgb.at(4, 2501)[0] == (sum + 2) / 4);
  }
  const Bytes raw = test::write_tiff(test::colorful(120, 160), {.preview = true, .profile = {}});
  CHECK(refusal(raw).find("is a camera raw file") != std::string::npos);
}
#endif

TEST_CASE("a HEIC and an AVIF photo give their pixels, turned once") {
#ifdef FGCN_HEIF
  const Image8 image = test::colorful(64, 96);
  int tried = 0;
  for (const bool av1 : {false, true}) {
    CAPTURE(av1);
    const Bytes plain = test::write_heif(image, {.av1 = av1, .profile = {}});
    if (plain.empty()) continue;  // this libheif writes no such file
    ++tried;
    CHECK(test::largest_difference(decode_photo(plain, "a.heic").rgb, image) <= 6);
    // The container's turn, with EXIF that says it a second time, as phones write it.
    const Bytes file = test::write_heif(
        upright(image, 8), {.av1 = av1, .orientation = 6, .exif_orientation = 6, .profile = {}});
    const Photo photo = decode_photo(file, "a.heic");
    CHECK(photo.orientation == 1);
    CHECK(test::largest_difference(photo.rgb, image) <= 6);
    check_cut_and_damaged(plain);
  }
  MESSAGE("encoders tried: ", tried);
#else
  const Bytes head = {0, 0, 0, 24, 'f', 't', 'y', 'p', 'h', 'e', 'i', 'c'};
  CHECK(refusal(head).find("has no libheif") != std::string::npos);
#endif
}

TEST_CASE("a JPEG XL photo gives its pixels and its alpha") {
#ifdef FGCN_JXL
  const Image8 image = test::colorful(40, 56);
  CHECK(decode_photo(test::write_jpeg_xl(image), "a.jxl").rgb.pixels == image.pixels);
  const Photo clear = decode_photo(test::write_jpeg_xl(with_alpha(image)), "a.jxl");
  CHECK(alpha_kept(clear));
  CHECK(clear.rgb.pixels == image.pixels);
  check_cut_and_damaged(test::write_jpeg_xl(image));
#else
  CHECK(refusal({0xFF, 0x0A, 0, 0}).find("has no libjxl") != std::string::npos);
#endif
}

}  // namespace
}  // namespace fgcn::photo
