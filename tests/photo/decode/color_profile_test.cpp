// Embedded color profiles in every format that carries one.
#include "photo/decode/color_profile.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "photo/decode/decode.h"
#include "tests/photo/decode/test_files.h"
#include "tests/photo/decode/test_formats.h"
#include "tests/photo/decode/test_jpeg.h"

namespace fgcn::photo {
namespace {

#ifdef FGCN_LCMS
double linear(double encoded) {
  return encoded <= 0.04045 ? encoded / 12.92 : std::pow((encoded + 0.055) / 1.055, 2.4);
}

double encoded(double light) {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
}

/// Display P3 to sRGB by CSS Color 4's matrices, both with the white of D65.
std::array<double, 3> srgb_of_p3(const std::uint8_t* p3) {
  const double r = linear(p3[0] / 255.0), g = linear(p3[1] / 255.0), b = linear(p3[2] / 255.0);
  const double light[] = {
      1.2249401762805587 * r - 0.2249404646868545 * g,
      -0.0420569547096881 * r + 1.0420571612107466 * g,
      -0.0196375545903344 * r - 0.0786360455506319 * g + 1.0982735528090012 * b};
  std::array<double, 3> out{};
  for (std::size_t c = 0; c < 3; ++c) out[c] = 255 * encoded(std::clamp(light[c], 0.0, 1.0));
  return out;
}

/// The largest distance from the P3 reading of `stored`.
double distance_from_p3(const Image8& found, const Image8& stored) {
  REQUIRE(found.pixels.size() == stored.pixels.size());
  double worst = 0;
  for (std::size_t i = 0; i < stored.pixels.size(); i += 3) {
    const auto expected = srgb_of_p3(stored.pixels.data() + i);
    for (std::size_t c = 0; c < 3; ++c)
      worst = std::max(worst, std::abs(found.pixels[i + c] - expected[c]));
  }
  return worst;
}

Bytes png_with_profile(const Image8& image, const Bytes& profile) {
  Bytes png = encode_png(image);
  uLongf size = compressBound(static_cast<uLong>(profile.size()));
  Bytes packed(size);
  compress(packed.data(), &size, profile.data(), static_cast<uLong>(profile.size()));
  Bytes body = {'P', '3', 0, 0};
  body.insert(body.end(), packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
  const Bytes chunk = test::png_chunk("iCCP", body);
  png.insert(png.begin() + 33, chunk.begin(), chunk.end());  // behind IHDR
  return png;
}

TEST_CASE("Display P3 becomes sRGB in every format") {
  const Image8 image = test::colorful(48, 64);
  const Bytes profile = test::p3_profile();
  const auto check = [&](const Bytes& file, double most) {
    const Photo photo = decode_photo(file, "p3");
    CHECK(photo.notes.empty());
    CHECK(distance_from_p3(photo.rgb, image) <= most);
  };
  check(png_with_profile(image, profile), 1.5);  // lcms counts in 8 bits
#ifdef FGCN_WEBP
  check(test::write_webp(image, {{"ICCP", profile}}), 1.5);
#endif
#ifdef FGCN_TIFF
  check(test::write_tiff(image, {.profile = profile}), 1.5);
#endif
#ifdef FGCN_JXL
  check(test::write_jpeg_xl(image, profile), 1.5);
#endif
#ifdef FGCN_HEIF
  for (const bool av1 : {false, true}) {
    const Bytes unmarked = test::write_heif(image, {.av1 = av1, .profile = {}});
    if (unmarked.empty()) continue;                              // this libheif writes no such file
    const Image8 stored = decode_photo(unmarked, "a.heic").rgb;  // with the coder's own loss
    const auto close = [&](const Bytes& file) {
      return distance_from_p3(decode_photo(file, "p3.heic").rgb, stored) <= 1.5;
    };
    CHECK(close(test::write_heif(image, {.av1 = av1, .profile = profile})));
    // libheif 1.15 writes the numbers into AVIF files alone.
    if (av1) CHECK(close(test::write_heif(image, {.av1 = true, .primaries = 12, .profile = {}})));
  }
#endif
  // Split over many segments of a JPEG; its own loss is taken out by the same file without profile.
  Bytes long_profile = profile;
  long_profile.resize(150'000);
  const Bytes plain = test::write_jpeg(image, {.quality = 100, .profile = {}});
  const Photo photo =
      decode_photo(test::write_jpeg(image, {.quality = 100, .profile = long_profile}), "p3.jpg");
  CHECK(distance_from_p3(photo.rgb, decode_photo(plain, "a.jpg").rgb) <= 1.5);
  // The conversion is no small matter: taken as sRGB the colors would be far off.
  CHECK(distance_from_p3(image, image) > 40);
}

TEST_CASE("a profile of sRGB leaves every bit") {
  const Image8 image = test::colorful(48, 64);
  CHECK(decode_photo(png_with_profile(image, test::srgb_profile()), "a.png").rgb.pixels ==
        image.pixels);
  CHECK(decode_photo(png_with_profile(image, test::nearly_srgb_profile()), "a.png").rgb.pixels ==
        image.pixels);
  const Bytes plain = test::write_jpeg(image);
  const Bytes marked = test::write_jpeg(image, {.profile = test::srgb_profile()});
  CHECK(decode_photo(marked, "a.jpg").rgb.pixels == decode_photo(plain, "a.jpg").rgb.pixels);
}

TEST_CASE("grey has a profile of its own, or the RGB one of the photo that it was") {
  Image8 ramp(40, 256, 1);
  for (std::size_t i = 0; i < ramp.pixels.size(); ++i)
    ramp.pixels[i] = static_cast<std::uint8_t>(i % 256);
  std::vector<std::string> notes;
  const Image8 out = to_srgb(ramp, test::grey_profile(1.0), notes);  // linear light
  double worst = 0;
  for (int i = 0; i < 256; ++i)
    worst = std::max(worst, std::abs(out.at(3, i)[1] - 255 * encoded(i / 255.0)));
  CHECK(worst <= 1.5);
  const Image8 same = to_srgb(ramp, test::srgb_profile(), notes);
  CHECK(same.at(5, 77)[0] == 77);
  const Image8 p3 = to_srgb(ramp, test::p3_profile(), notes);  // grey is grey in both
  for (int i = 0; i < 256; ++i) worst = std::max(worst, std::abs(p3.at(3, i)[2] - double(i)));
  CHECK(worst <= 1.5);
  CHECK(notes.empty());
}

TEST_CASE("a damaged profile, or one of other channels, is passed over and said") {
  const Image8 image = test::colorful(48, 64);
  Bytes cut = test::p3_profile();
  cut.resize(100);
  const Bytes grey = test::grey_profile(1.8);
  for (const Bytes& profile : {cut, grey}) {
    std::vector<std::string> notes;
    CHECK(to_srgb(image, profile, notes).pixels == image.pixels);
    REQUIRE(notes.size() == 1);
    CHECK(notes[0].find("color profile") != std::string::npos);
  }
}
#else
TEST_CASE("a build without lcms2 says that it does not apply a profile") {
  const Image8 image = test::colorful(48, 64);
  std::vector<std::string> notes;
  CHECK(to_srgb(image, Bytes(200, 1), notes).pixels == image.pixels);
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("without lcms2") != std::string::npos);
}
#endif

}  // namespace
}  // namespace fgcn::photo
