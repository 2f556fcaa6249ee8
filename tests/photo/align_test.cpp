#include "photo/align.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "io/arrays/npz.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "tests/photo/decode/test_files.h"
#include "tests/support/shared_data.h"

namespace fgcn::photo {
namespace {

constexpr FivePoints<Point3> kReference = {{{-0.31, 0.29, 0.13},
                                            {0.31, 0.29, 0.13},
                                            {0.0, -0.05, 0.55},
                                            {-0.25, -0.38, 0.22},
                                            {0.25, -0.38, 0.22}}};

/// The reference points under x = R1.X + tx, y = -(R2.X) + ty.
FivePoints<Point> projected(const Point3& r1, const Point3& r2, const Point& t) {
  FivePoints<Point> out;
  for (std::size_t i = 0; i < 5; ++i) {
    const Point3& p = kReference[i];
    out[i] = {r1[0] * p[0] + r1[1] * p[1] + r1[2] * p[2] + t.x,
              t.y - (r2[0] * p[0] + r2[1] * p[1] + r2[2] * p[2])};
  }
  return out;
}

TEST_CASE("alignment undoes a known projection and scales with the crop") {
  // Rows of length 80 and 90, not at right angles.
  const FivePoints<Point> points = projected({80, 0, 0}, {0, 72, 54}, {300, 210});
  const ScaleShift map = alignment(points, kReference, 224);
  CHECK(map.scale == doctest::Approx(102.0 / 85.0).epsilon(1e-9));
  CHECK(map({300, 210}).x == doctest::Approx(112).epsilon(1e-9));
  CHECK(map({300, 210}).y == doctest::Approx(112).epsilon(1e-9));
  const ScaleShift large = alignment(points, kReference, 448);
  CHECK(large.scale == doctest::Approx(2 * map.scale).epsilon(1e-9));
  const Point there = map({17, 23});
  const Point back = map.inverse()(there);
  CHECK(back.x == doctest::Approx(17).epsilon(1e-12));
  CHECK(back.y == doctest::Approx(23).epsilon(1e-12));
}

TEST_CASE("points that form no face are refused") {
  FivePoints<Point> points;
  points.fill({50, 60});
  CHECK_THROWS_WITH_AS(alignment(points, kReference, 224), doctest::Contains("do not form a face"),
                       InputError);
}

TEST_CASE("a crop keeps its landmarks on the pixels they mark") {
  // A white pixel grid point marks the landmark: after the crop the brightest place is there.
  Photo photo;
  photo.rgb = Image8(300, 200, 3, 10);
  for (std::int64_t y = 118; y < 123; ++y)
    for (std::int64_t x = 58; x < 63; ++x) std::fill_n(photo.rgb.at(y, x), 3, std::uint8_t{255});
  photo.alpha = Image8(300, 200, 1, 255);
  photo.alpha->pixels[0] = 254;
  Landmarks landmarks{};
  landmarks[7] = {60.5, 120.5};
  for (const double scale : {0.4, 1.0, 2.3}) {
    CAPTURE(scale);
    const ScaleShift map{scale, 100 - scale * 60.5, 80 - scale * 120.5};
    const Crop crop = cut_crop(photo, landmarks, map, 200);
    CHECK(crop.landmarks[7].x == doctest::Approx(100));
    CHECK(crop.landmarks[7].y == doctest::Approx(80));
    double sum = 0;
    double x = 0;
    double y = 0;
    for (std::int64_t row = 0; row < 200; ++row) {
      for (std::int64_t column = 0; column < 200; ++column) {
        const double weight = static_cast<double>(crop.rgb.at(row, column)[1]) - 10.0 / 255;
        sum += weight;
        x += weight * (static_cast<double>(column) + 0.5);
        y += weight * (static_cast<double>(row) + 0.5);
      }
    }
    // The filter keeps the amount of light and its centre; a little is lost where it rings below 0.
    CHECK(x / sum == doctest::Approx(100).epsilon(1e-3));
    CHECK(y / sum == doctest::Approx(80).epsilon(1e-3));
    CHECK(sum == doctest::Approx(25 * scale * scale * 245 / 255).epsilon(0.08));
    CHECK(*crop.mask.at(80, 100) == doctest::Approx(1));
    // At 0.4 the photo ends within the crop.
    if (scale == 0.4) CHECK(*crop.mask.at(80, 199) == 0);
  }
}

TEST_CASE("a crop tells which of its pixels lie outside the photo") {
  Photo photo;
  photo.rgb = Image8(100, 80, 3, 90);
  const Landmarks landmarks{};
  CHECK(cut_crop(photo, landmarks, {2.0, -30, -20}, 50).beyond.pixels.empty());
  // Of the crop's 60 columns the photo covers x in [10, 50), of its 60 rows y in [-5, 45).
  const Crop crop = cut_crop(photo, landmarks, {0.5, 10, -5}, 60);
  CHECK(crop.mask.pixels.empty());
  REQUIRE(crop.beyond.height == 60);
  for (std::int64_t y = 0; y < 60; ++y)
    for (std::int64_t x = 0; x < 60; ++x)
      if (*crop.beyond.at(y, x) != (x < 10 || x >= 50 || y >= 45 ? 1.0F : 0.0F))
        FAIL("row " << y << ", column " << x);
}

TEST_CASE("an alpha channel that is a color key is dropped, any other is kept") {
  Photo photo;
  photo.rgb = test::colorful(60, 70);
  for (const std::int64_t i : {5, 700, 3000}) std::fill_n(&photo.rgb.pixels[3 * i], 3, 1);
  photo.alpha = Image8(60, 70, 1, 255);
  for (std::size_t i = 0; i < photo.alpha->pixels.size(); ++i) {
    const std::uint8_t* p = &photo.rgb.pixels[3 * i];
    if (p[0] == 1 && p[1] == 1 && p[2] == 1) photo.alpha->pixels[i] = 0;
  }
  CHECK(cut_crop(photo, {}, {}, 60).mask.pixels.empty());
  Photo softened = photo;
  softened.alpha->pixels[9] = 254;
  CHECK_FALSE(cut_crop(softened, {}, {}, 60).mask.pixels.empty());
  Photo opened = photo;
  opened.alpha->pixels[700] = 255;  // of the key's color, but opaque
  CHECK_FALSE(cut_crop(opened, {}, {}, 60).mask.pixels.empty());
  Photo two_colors = photo;
  two_colors.alpha->pixels[9] = 0;
  CHECK_FALSE(cut_crop(two_colors, {}, {}, 60).mask.pixels.empty());
}

TEST_CASE("resampling at scale one and no shift changes nothing, and flat stays flat") {
  const Image8 image = test::colorful(37, 41);
  CHECK(to_bytes(resample(image, {}, 37, 41)).pixels == image.pixels);
  const Image flat = resample(Image8(20, 30, 3, 77), {0.37, -3.0, 4.0}, 50, 60);
  const auto [least, most] = std::minmax_element(flat.pixels.begin(), flat.pixels.end());
  CHECK(*most - *least < 1e-6F);
  CHECK(*least == doctest::Approx(77.0 / 255));
}

TEST_CASE("shrinking averages: a fine chequerboard turns grey") {
  Image8 board(400, 400, 1);
  for (std::int64_t y = 0; y < 400; ++y)
    for (std::int64_t x = 0; x < 400; ++x) *board.at(y, x) = (x + y) % 2 == 0 ? 255 : 0;
  const Image small = resample(board, {0.1, 0, 0}, 40, 40);
  for (std::int64_t y = 2; y < 38; ++y)
    for (std::int64_t x = 2; x < 38; ++x) CHECK(std::abs(*small.at(y, x) - 0.5F) < 0.01F);
}

const char* const kGolden[] = {"astronaut",       "A000022",        "A000367", "A000369",
                               "B000013",         "B000213",        "B000287", "sample_2x4_r0c0",
                               "sample_2x4_r0c1", "sample_2x4_r0c2"};

// The original works on photos squeezed to 224 x 224 and padded by 67 px, takes y' = h - 1 - y,
// and rounds the crop's corner down to whole pixels.
TEST_CASE("alignment agrees with the original's") {
  const auto file = fgcn::test::shared_data("golden/geometry/crops.npz");
  if (!file) return;
  const io::Npz golden = io::read_npz(*file);
  const auto doubles = [&](const std::string& name) {
    return at(golden, name, "crops.npz").doubles();
  };
  const std::vector<double> lm3d = doubles("lm3D");
  FivePoints<Point3> reference;
  for (std::size_t i = 0; i < 5; ++i)
    reference[i] = {lm3d[3 * i], lm3d[3 * i + 1], lm3d[3 * i + 2]};
  for (const std::string name : kGolden) {
    CAPTURE(name);
    const std::vector<double> five = doubles(name + "/lm5");
    FivePoints<Point> points;
    for (std::size_t i = 0; i < 5; ++i) points[i] = {five[i], -five[5 + i]};
    const ScaleShift map = alignment(points, reference, 224);
    const double s = doubles(name + "/s")[0];
    const std::vector<double> t = doubles(name + "/t");
    CHECK(map.scale == doctest::Approx(102.0 / s).epsilon(1e-6));
    CHECK(map({t[0], -t[1]}).x == doctest::Approx(112).epsilon(1e-6));
    CHECK(map({t[0], -t[1]}).y == doctest::Approx(112).epsilon(1e-6));
  }
}

TEST_CASE("crops agree with the original's but for its rounding to whole pixels") {
  const auto folder = fgcn::test::shared_data("golden/geometry/crops");
  const auto file = fgcn::test::shared_data("golden/geometry/crops.npz");
  if (!folder || !file) return;
  const io::Npz golden = io::read_npz(*file);
  for (const std::string name : kGolden) {
    CAPTURE(name);
    const double s = at(golden, name + "/s", "crops.npz").doubles()[0];
    const std::vector<double> t = at(golden, name + "/t", "crops.npz").doubles();
    const Image8 input = read_photo(*folder / (name + "_in224.png")).rgb;
    const Image8 expected = read_photo(*folder / (name + "_crop.png")).rgb;
    constexpr double kPad = 67;
    constexpr double kPadded = 224 + 2 * kPad;
    // Its resized image has a whole number of pixels per side.
    const double scale = std::floor(kPadded * 102 / s) / kPadded;
    double best = std::numeric_limits<double>::infinity();
    for (double dy = -1; dy <= 1; dy += 0.25) {
      for (double dx = -1; dx <= 1; dx += 0.25) {
        const ScaleShift map{scale, 112 + dx - scale * (t[0] - kPad),
                             112 + dy - scale * (kPadded - t[1] - kPad)};
        const Image got = resample(input, map, 224, 224);
        double sum = 0;
        for (std::int64_t y = 40; y < 184; ++y)
          for (std::int64_t x = 40; x < 184; ++x)
            for (std::int64_t c = 0; c < 3; ++c)
              sum += std::abs(static_cast<double>(got.at(y, x)[c]) - expected.at(y, x)[c] / 255.0);
        best = std::min(best, sum / (144 * 144 * 3));
      }
    }
    MESSAGE(name << ": mean difference " << best);
    CHECK(best < 0.01);
  }
}

}  // namespace
}  // namespace fgcn::photo
