#include "photo/regressor_crop.h"

#include <doctest/doctest.h>

#include <cmath>

#include "io/hash.h"
#include "kernels/core/error.h"
#include "photo/mask/face_classes.h"
#include "photo/resize_bytes.h"

namespace fgcn::photo {
namespace {

Image8 pattern(std::int64_t height, std::int64_t width) {
  Image8 out(height, width, 3);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        out.at(y, x)[c] =
            static_cast<std::uint8_t>((x * 37 + y * 101 + c * 59 + x * y % 7 * 31) % 256);
  return out;
}

std::vector<int> red(const Image8& image) {
  std::vector<int> out;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) out.push_back(image.pixels[i]);
  return out;
}

std::uint64_t hash(const Image8& image) {
  return Hash64().add(std::span<const std::uint8_t>(image.pixels)).fnv1a();
}

// Expected bytes and hashes in this file are those of Pillow 13.0 for the same pattern.
TEST_CASE("bytes are resized as Pillow does") {
  const Image8 small = pattern(5, 7);
  CHECK(red(resize_bytes(small, 3, 4, ResizeFilter::kBilinear)) ==
        std::vector<int>{70, 117, 131, 209, 127, 150, 149, 142, 108, 159, 105, 100});
  CHECK(red(resize_bytes(small, 3, 4, ResizeFilter::kBicubic)) ==
        std::vector<int>{67, 118, 126, 220, 128, 152, 152, 140, 103, 167, 103, 92});
  CHECK(red(resize_bytes(small, 8, 9, ResizeFilter::kBicubic)) ==
        std::vector<int>{0,   13,  41,  73,  115, 143, 170, 199, 222, 33,  72,  123, 134, 77,  121,
                         162, 206, 246, 105, 143, 212, 210, 54,  97,  156, 211, 249, 194, 103, 111,
                         192, 190, 129, 189, 200, 108, 168, 102, 74,  135, 253, 140, 145, 140, 66,
                         44,  144, 119, 73,  223, 126, 35,  47,  138, 100, 101, 134, 176, 181, 119,
                         22,  49,  191, 160, 64,  139, 255, 154, 115, 31,  66,  221});
  const Image8 large = pattern(301, 407);
  CHECK(hash(resize_bytes(large, 512, 512, ResizeFilter::kBilinear)) == 0xe5c2f0cd1fce2f4aU);
  CHECK(hash(resize_bytes(large, 97, 150, ResizeFilter::kBicubic)) == 0x9be165958f1731f2U);
  CHECK(hash(resize_bytes(large, 450, 611, ResizeFilter::kBicubic)) == 0xc311c742c2c0e777U);
  CHECK(resize_bytes(large, 301, 407, ResizeFilter::kBicubic).pixels == large.pixels);
}

TEST_CASE("a window of a resized image is that part of it, and black beyond") {
  const Image8 source = pattern(31, 43);
  const Image8 whole = resize_bytes(source, 20, 57, ResizeFilter::kBicubic);
  const Image8 window = resize_bytes(source, {20, 57, -3, 40, 30, 25}, ResizeFilter::kBicubic);
  for (std::int64_t y = 0; y < 30; ++y)
    for (std::int64_t x = 0; x < 25; ++x)
      for (std::int64_t c = 0; c < 3; ++c) {
        const bool inside = y >= 3 && y < 23 && x < 17;
        CHECK(window.at(y, x)[c] == (inside ? whole.at(y - 3, x + 40)[c] : 0));
      }
  const Image8 outside = resize_bytes(source, {20, 57, 20, 0, 4, 5}, ResizeFilter::kBilinear);
  CHECK(outside.pixels == std::vector<std::uint8_t>(60, 0));
  CHECK_THROWS_WITH_AS(resize_bytes(source, 0, 4, ResizeFilter::kBilinear),
                       doctest::Contains("31 x 43 pixels to 0 x 4"), Error);
}

constexpr FivePoints<Point3> kReference = {{{-0.31, 0.29, 0.13},
                                            {0.31, 0.29, 0.13},
                                            {0.0, -0.05, 0.55},
                                            {-0.25, -0.38, 0.22},
                                            {0.25, -0.38, 0.22}}};

TEST_CASE("R-Net's crop is the torch edition's") {
  struct Case {
    FivePoints<Point> points;
    std::int64_t width, height, left, top;
    double scale;
    std::uint64_t hash;
  };
  // Reduced, enlarged beyond two borders, and with the whole photo inside.
  const Case cases[] = {{{{{150, 120}, {250, 126}, {203, 170}, {160, 215}, {246, 219}}},
                         270,
                         200,
                         21,
                         -2,
                         0.6656737063292982,
                         0xee3f19af855c915eU},
                        {{{{20, 30}, {60, 28}, {42, 50}, {25, 72}, {58, 70}}},
                         648,
                         479,
                         -48,
                         -35,
                         1.5923388445329034,
                         0xfaa761c650ace92aU},
                        {{{{90, 60}, {330, 75}, {205, 160}, {110, 250}, {300, 262}}},
                         124,
                         91,
                         -48,
                         -66,
                         0.305370075248809,
                         0x46ef332d7b2be40aU}};
  const Image8 photo = pattern(301, 407);
  for (const Case& k : cases) {
    CAPTURE(k.width);
    const RegressorView view = regressor_view(k.points, kReference, 407, 301);
    CHECK(view.width == k.width);
    CHECK(view.height == k.height);
    CHECK(view.left == k.left);
    CHECK(view.top == k.top);
    CHECK(view.scale == doctest::Approx(k.scale).epsilon(1e-12));
    const Image8 crop = regressor_crop(photo, view);
    CHECK(crop.height == 224);
    CHECK(crop.width == 224);
    CHECK(hash(crop) == k.hash);
  }
}

TEST_CASE("R-Net's five points take the eyes' corners") {
  Landmarks landmarks;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const auto k = static_cast<double>(i);
    landmarks[i] = {k * k, 3 * k};
  }
  const FivePoints<Point> five = regressor_points(landmarks);
  CHECK(five[0].x == doctest::Approx((36.0 * 36 + 39 * 39) / 2));
  CHECK(five[1].x == doctest::Approx((42.0 * 42 + 45 * 45) / 2));
  CHECK(five[1].y == doctest::Approx(3 * 43.5));
  CHECK(five[2].x == 900);
  CHECK(five[3].x == 48 * 48);
  CHECK(five[4].x == 54 * 54);
}

TEST_CASE("landmarks of no face give no crop") {
  FivePoints<Point> points;
  points.fill({50, 60});
  CHECK_THROWS_AS(regressor_view(points, kReference, 407, 301), InputError);
  // A face as wide as a hundred thousand pixels leaves nothing of a photo of 407.
  for (std::size_t i = 0; i < 5; ++i) points[i] = {1e5 * kReference[i][0], -1e5 * kReference[i][1]};
  CHECK_THROWS_WITH_AS(regressor_view(points, kReference, 407, 301),
                       doctest::Contains("ask for a photo of 0 x 0"), InputError);
}

TEST_CASE("the mask of face classes takes those that a face model has colors for") {
  std::vector<std::uint8_t> all;
  for (int c = 0; c < kFaceClasses; ++c) all.push_back(static_cast<std::uint8_t>(c));
  const Image mask = face_class_mask(all, 1, kFaceClasses);
  CHECK(mask.pixels == std::vector<float>{0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0});
  CHECK_THROWS_WITH_AS(face_class_mask(all, 2, 9), doctest::Contains("19 classes for 2 x 9"),
                       Error);
  all[3] = 19;
  CHECK_THROWS_WITH_AS(face_class_mask(all, 1, 19), doctest::Contains("a pixel of class 19"),
                       Error);
}

}  // namespace
}  // namespace fgcn::photo
