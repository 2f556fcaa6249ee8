#include "photo/face_chip.h"

#include <dlib/array2d.h>
#include <dlib/image_io.h>
#include <dlib/image_processing.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "kernels/core/error.h"
#include "photo/decode/decode.h"
#include "tests/photo/decode/test_files.h"
#include "tests/support/identity_photos.h"
#include "tests/support/shared_data.h"

namespace fgcn::photo {
namespace {

/// 68 points on ellipses, roughly where a face has them.
Landmarks some_face(double size) {
  Landmarks out{};
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const double t = 0.37 * static_cast<double>(i);
    out[i] = {size * (1 + 0.4 * std::cos(t)), size * (1.1 + 0.5 * std::sin(1.3 * t))};
  }
  return out;
}

Image8 image_of(const dlib::array2d<dlib::rgb_pixel>& pixels) {
  Image8 out(pixels.nr(), pixels.nc(), 3);
  for (std::int64_t y = 0; y < out.height; ++y)
    for (std::int64_t x = 0; x < out.width; ++x) {
      const dlib::rgb_pixel p = pixels[y][x];
      const std::uint8_t values[] = {p.red, p.green, p.blue};
      std::copy_n(values, 3, out.at(y, x));
    }
  return out;
}

TEST_CASE("chips of the shared photographs are dlib's, bit by bit") {
  constexpr const char* kPredictor = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";
  const auto photos = fgcn::test::shared_data("golden/geometry/crops");
  const auto golden = fgcn::test::shared_data("golden/faceid");
  if (!photos || !golden) return;
  if (!std::filesystem::exists(kPredictor)) {
    MESSAGE("skipped: libdlib-data is not installed");
    return;
  }
  dlib::shape_predictor predictor;
  dlib::deserialize(kPredictor) >> predictor;
  for (const fgcn::test::IdentityPhoto& of : fgcn::test::kIdentityPhotos) {
    CAPTURE(std::string(of.photo));
    // Decoded and marked by dlib: another decoder's pixels differ by a little, and marks jump.
    dlib::array2d<dlib::rgb_pixel> photo;
    dlib::load_image(photo, (*photos / of.photo).string());
    const auto& [left, top, right, bottom] = of.face;
    const dlib::full_object_detection marks =
        predictor(photo, dlib::rectangle(left, top, right, bottom));
    REQUIRE(marks.num_parts() == kLandmarks);
    Landmarks landmarks;
    for (unsigned long i = 0; i < kLandmarks; ++i) {
      const dlib::point& p = marks.part(i);
      landmarks[i] = {static_cast<double>(p.x()) + 0.5, static_cast<double>(p.y()) + 0.5};
    }
    const Image8 chip = cut_face_chip(image_of(photo), face_chip_view(landmarks));
    CHECK(chip.pixels == read_photo(*golden / of.chip).rgb.pixels);
  }
}

TEST_CASE("a chip follows its landmarks") {
  const Landmarks face = some_face(100);
  const View view = face_chip_view(face);
  CHECK(view.width == 150);
  CHECK(view.height == 150);
  // Moved, turned and enlarged by 1.5, the window shows the same places.
  Landmarks moved{};
  const double c = 1.5 * std::cos(0.4), s = 1.5 * std::sin(0.4);
  const auto move = [&](const Point& p) {
    return Point{c * p.x - s * p.y + 40, s * p.x + c * p.y - 15};
  };
  for (std::size_t i = 0; i < kLandmarks; ++i) moved[i] = move(face[i]);
  const View other = face_chip_view(moved);
  CHECK(other.angle == doctest::Approx(view.angle - 0.4).epsilon(1e-4));
  // dlib lays a rectangle's corners on the centres of pixels, so the scale is only nearly 1.5.
  CHECK(other.scale == doctest::Approx(view.scale / 1.5).epsilon(5e-3));
  CHECK(other.center.x == doctest::Approx(move(view.center).x).epsilon(1e-3));
  CHECK(other.center.y == doctest::Approx(move(view.center).y).epsilon(1e-3));
  // Jaw, brows and lower lip do not count.
  Landmarks changed = face;
  for (const std::size_t i : {0, 8, 20, 26, 57, 66}) changed[i] = {3, 4};
  CHECK(face_chip_view(changed).center.x == view.center.x);
  changed[30].x += 0.25;  // fractions of a pixel do
  CHECK(face_chip_view(changed).center.x != view.center.x);
  // The five points are other points of another mean face: near, not the same.
  const View five = face_chip_view(eyes_and_nose(face));
  CHECK(five.width == 150);
  CHECK(face_chip_view(face, {.side = 75}).scale == doctest::Approx(view.scale / 2).epsilon(2e-2));
}

TEST_CASE("a chip of a large photo reads all of its pixels, and is black beyond the photo") {
  // A window eight times as wide as its pixels, of a chequered photo: grey, not black or white.
  Image8 photo(1400, 1400, 3);
  for (std::int64_t y = 0; y < photo.height; ++y)
    for (std::int64_t x = 0; x < photo.width; ++x)
      std::fill_n(photo.at(y, x), 3, (x + y) % 2 == 0 ? std::uint8_t{255} : std::uint8_t{0});
  View view{{600, 600}, 1 / 8.0, 0.1, 150, 150};
  const Image8 chip = cut_face_chip(photo, view);
  for (std::int64_t y = 40; y < 110; ++y)
    for (std::int64_t x = 40; x < 110; ++x) REQUIRE(std::abs(int{*chip.at(y, x)} - 127) <= 3);
  view.center = {-5000, 600};
  const Image8 beyond = cut_face_chip(photo, view);
  CHECK(std::all_of(beyond.pixels.begin(), beyond.pixels.end(), [](int v) { return v == 0; }));
}

TEST_CASE("landmarks that give no window are refused") {
  Landmarks face = some_face(100);
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), 1e9, -std::numeric_limits<double>::infinity()}) {
    face[40].y = bad;
    CHECK_THROWS_WITH_AS(face_chip_view(face), doctest::Contains("a landmark is not finite"),
                         InputError);
  }
  face.fill({50, 60});
  CHECK_THROWS_WITH_AS(face_chip_view(face), doctest::Contains("do not form a face"), InputError);
  CHECK_THROWS_WITH_AS(face_chip_view(face, {.side = 1}), doctest::Contains("a side of 1"), Error);
  CHECK_THROWS_WITH_AS(face_chip_view(face, {.side = 150, .padding = -1}),
                       doctest::Contains("a padding of -1"), Error);
  const View view = face_chip_view(some_face(100));
  CHECK_THROWS_WITH_AS(cut_face_chip(Image8(9, 9, 1), view), doctest::Contains("9 x 9 x 1"), Error);
  View tiny = view;
  tiny.scale = 0;
  CHECK_THROWS_WITH_AS(cut_face_chip(Image8(9, 9, 3), tiny), doctest::Contains("enlarged by 0"),
                       Error);
}

}  // namespace
}  // namespace fgcn::photo
