// What hides a face: cloth, dark lenses; and finds that are no faces.
#include "photo/mask/face_cover.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "kernels/core/error.h"
#include "photo/mask/skin.h"
#include "photo/mask/spectacles.h"
#include "tests/photo/mask/covered_face.h"

namespace fgcn::photo {
namespace {

using test::Rgb;
using test::SimpleFace;

struct Color {
  const char* name;
  Rgb rgb;
};

constexpr Color kSkins[] = {{"light", {0.85, 0.66, 0.56}},
                            {"pale", {0.9, 0.8, 0.74}},
                            {"dark", {0.3, 0.19, 0.13}},
                            {"very dark", {0.17, 0.11, 0.085}}};
constexpr Color kCloths[] = {{"pale blue", {0.65, 0.76, 0.84}},
                             {"white", {0.93, 0.93, 0.92}},
                             {"black", {0.07, 0.07, 0.075}},
                             {"green", {0.3, 0.55, 0.42}}};

TEST_CASE("cloth over the lower face is found, and no skin with it") {
  for (const Color& skin : kSkins)
    for (const Color& cloth : kCloths) {
      CAPTURE(std::string(skin.name));
      CAPTURE(std::string(cloth.name));
      SimpleFace face = test::simple_face(skin.rgb);
      const Image worn = test::wear_cloth(face.rgb, cloth.rgb);
      const Image found = lower_face_cloth(face.rgb, face.landmarks);
      CHECK(test::fraction(found, worn) > 0.95);
      CHECK(test::fraction(found, test::inverse(worn)) < 0.02);
    }
}

TEST_CASE("the color of cloth is not learned as skin") {
  SimpleFace face = test::simple_face(kSkins[0].rgb);
  const Image worn = test::wear_cloth(face.rgb, kCloths[0].rgb);
  const Image found = lower_face_cloth(face.rgb, face.landmarks);
  const Image mask = skin_mask(face.rgb, face.landmarks, found);
  Image bare = face_outline(face.landmarks, test::kSide);
  for (std::size_t i = 0; i < bare.pixels.size(); ++i)
    if (worn.pixels[i] > 0) bare.pixels[i] = 0;
  double skin = 0;
  double count = 0;
  for (std::int64_t y = 66; y < 110; ++y)
    for (std::int64_t x = 0; x < test::kSide; ++x) {
      if (!(*bare.at(y, x) > 0)) continue;
      skin += *mask.at(y, x);
      count += 1;
    }
  CHECK(skin / count > 0.9);
  CHECK(test::fraction(mask, found) == 0);
}

TEST_CASE("beards, lipstick, shadows and gray photos are no cloth") {
  for (const Color& skin : kSkins) {
    CAPTURE(std::string(skin.name));
    CHECK(
        lower_face_cloth(test::simple_face(skin.rgb).rgb, test::simple_landmarks()).pixels.empty());
    for (const double shade : {0.2, 0.5})
      CHECK(lower_face_cloth(test::simple_face(skin.rgb, shade).rgb, test::simple_landmarks())
                .pixels.empty());
    for (const Rgb& beard : {Rgb{0.1, 0.08, 0.07}, Rgb{0.85, 0.85, 0.85}, Rgb{0.45, 0.25, 0.12}}) {
      SimpleFace face = test::simple_face(skin.rgb);
      test::cover(face.rgb, beard, [](double x, double y) {
        return y > 136 && std::hypot((x - 112) / 60, (y - 100) / 80) < 1;
      });
      CHECK(lower_face_cloth(face.rgb, face.landmarks).pixels.empty());
    }
    SimpleFace lips = test::simple_face(skin.rgb);
    test::cover(lips.rgb, {0.7, 0.05, 0.2},
                [](double x, double y) { return std::hypot((x - 112) / 24, (y - 152) / 9) < 1; });
    CHECK(lower_face_cloth(lips.rgb, lips.landmarks).pixels.empty());
  }
  CHECK(lower_face_cloth(test::simple_face({0.6, 0.6, 0.6}).rgb, test::simple_landmarks())
            .pixels.empty());
  for (const float level : {0.0F, 0.5F, 1.0F})
    CHECK(lower_face_cloth(Image(224, 224, 3, level), test::simple_landmarks()).pixels.empty());
  CHECK_THROWS_AS(lower_face_cloth(Image(224, 220, 3), test::simple_landmarks()), Error);
}

TEST_CASE("dark lenses are found whole, clear ones and bare eyes never") {
  for (const Color& skin : {kSkins[0], kSkins[1], kSkins[2]}) {
    CAPTURE(std::string(skin.name));
    SimpleFace face = test::simple_face(skin.rgb);
    CHECK(dark_lenses(face.rgb, face.landmarks).pixels.empty());
    const Rgb lens{0.2 * skin.rgb[0], 0.2 * skin.rgb[1], 0.22 * skin.rgb[2]};
    const Image worn = test::wear_sunglasses(face.rgb, lens);
    REQUIRE(spectacles_score(face.rgb, face.landmarks) > kWorn);
    const Image found = dark_lenses(face.rgb, face.landmarks);
    CHECK(test::fraction(found, worn) > 0.95);
    CHECK(test::fraction(found, test::inverse(worn)) < 0.03);
    const Image mask = skin_mask(face.rgb, face.landmarks, found);
    CHECK(test::fraction(mask, found) == 0);

    SimpleFace clear = test::simple_face(skin.rgb);
    Image inner = clear.rgb;
    const Image rims = test::wear_sunglasses(clear.rgb, lens);
    for (std::int64_t y = 0; y < test::kSide; ++y)
      for (std::int64_t x = 0; x < test::kSide; ++x) {
        const double eye = x < 112 ? 84 : 140;
        const double px = static_cast<double>(x) + 0.5;
        const double py = static_cast<double>(y) + 0.5;
        if (std::pow(std::abs(px - eye) / 21, 4) + std::pow(std::abs(py - 100) / 15, 4) < 1)
          for (std::int64_t c = 0; c < 3; ++c) clear.rgb.at(y, x)[c] = inner.at(y, x)[c];
      }
    REQUIRE(spectacles_score(clear.rgb, clear.landmarks) > kWorn);
    CHECK(dark_lenses(clear.rgb, clear.landmarks).pixels.empty());
  }
  CHECK(dark_lenses(Image(224, 224, 3), test::simple_landmarks()).pixels.empty());
  CHECK_THROWS_AS(dark_lenses(Image(224, 224, 1), test::simple_landmarks()), Error);
}

TEST_CASE("a face has a face's colors in any light, an embroidered badge has not") {
  for (const Color& skin : kSkins) {
    CAPTURE(std::string(skin.name));
    SimpleFace face = test::simple_face(skin.rgb);
    CHECK(has_face_colors(face.rgb, face.landmarks));
    Image blue = face.rgb;
    for (std::size_t i = 0; i < blue.pixels.size(); ++i)
      blue.pixels[i] *= i % 3 == 2 ? 1.0F : 0.33F;
    CHECK(has_face_colors(blue, face.landmarks));
    test::wear_cloth(face.rgb, kCloths[0].rgb);
    CHECK(has_face_colors(face.rgb, face.landmarks));
  }
  CHECK(has_face_colors(test::simple_face({0.5, 0.5, 0.5}).rgb, test::simple_landmarks()));
  // Orange cloth with a navy patch that carries a silver figure.
  SimpleFace badge = test::simple_face({0.8, 0.25, 0.1});
  test::cover(badge.rgb, {0.15, 0.13, 0.4},
              [](double x, double y) { return std::abs(x - 112) < 46 && std::abs(y - 115) < 36; });
  test::cover(badge.rgb, {0.75, 0.73, 0.74},
              [](double x, double y) { return std::abs(x - 112) < 10 && std::abs(y - 96) < 26; });
  CHECK_FALSE(has_face_colors(badge.rgb, badge.landmarks));
}

}  // namespace
}  // namespace fgcn::photo
