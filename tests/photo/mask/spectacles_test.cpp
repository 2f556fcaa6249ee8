#include "photo/mask/spectacles.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/face_model.h"
#include "photo/align.h"
#include "photo/decode/decode.h"
#include "photo/detect/detect.h"
#include "photo/mask/skin.h"
#include "tests/support/shared_data.h"

namespace fgcn::photo {
namespace {

namespace fs = std::filesystem;

/// Spectacles as they are drawn here.
struct Rims {
  const char* name;
  std::array<float, 3> color;
  double width;          // px of a 224 px crop
  double across, along;  // half a lens, in eye distances
};

constexpr Rims kRims[] = {
    {"black plastic", {0.06F, 0.05F, 0.05F}, 4, 0.40, 0.28},
    {"dark wire", {0.15F, 0.12F, 0.1F}, 2, 0.38, 0.30},
    {"brown", {0.35F, 0.18F, 0.1F}, 3, 0.36, 0.24},
    {"shining metal", {0.97F, 0.97F, 0.95F}, 2.5, 0.38, 0.27},
};

struct Drawn {
  Image rgb;
  Image rims;  // [S, S, 1] how far each pixel is rim
};

double distance_to_line(const Point& a, const Point& b, double x, double y) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double t = std::clamp(((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
  return std::hypot(x - a.x - t * dx, y - a.y - t * dy);
}

/// Two rounded lenses, the bridge and the arms' beginnings, along the line of the eyes.
Drawn wearing(const Image& rgb, const Landmarks& l, const Rims& kind) {
  Point eyes[2];
  for (std::size_t e = 0; e < 2; ++e)
    for (std::size_t i = 0; i < 6; ++i) {
      eyes[e].x += l[36 + 6 * e + i].x / 6;
      eyes[e].y += l[36 + 6 * e + i].y / 6;
    }
  const double dx = eyes[1].x - eyes[0].x, dy = eyes[1].y - eyes[0].y;
  const double apart = std::hypot(dx, dy);
  const double width = kind.width * static_cast<double>(rgb.width) / 224;
  const auto at = [&](std::size_t e, double right, double down) {  // in eye distances
    return Point{eyes[e].x + right * dx - down * dy, eyes[e].y + right * dy + down * dx};
  };
  const double drop = 0.12;  // below the brows: over one a rim is not looked for
  Drawn out{rgb, Image(rgb.height, rgb.width, 1)};
  for (std::int64_t y = 0; y < rgb.height; ++y) {
    for (std::int64_t x = 0; x < rgb.width; ++x) {
      const double px = static_cast<double>(x) + 0.5, py = static_cast<double>(y) + 0.5;
      double away =
          std::min({distance_to_line(at(0, kind.across, 0), at(1, -kind.across, 0), px, py),
                    distance_to_line(at(0, -kind.across, 0), at(0, -0.7, -0.05), px, py),
                    distance_to_line(at(1, kind.across, 0), at(1, 0.7, -0.05), px, py)});
      for (const Point& eye : eyes) {
        const double u = ((px - eye.x) * dx + (py - eye.y) * dy) / apart;
        const double v = (-(px - eye.x) * dy + (py - eye.y) * dx) / apart - drop * apart;
        const double r = std::pow(std::pow(std::abs(u) / (kind.across * apart), 3) +
                                      std::pow(std::abs(v) / (kind.along * apart), 3),
                                  1.0 / 3);
        away = std::min(away, std::abs(1 - r) * std::hypot(u, v) / std::max(r, 1e-9));
      }
      const auto share = static_cast<float>(std::clamp(width / 2 - away + 0.5, 0.0, 1.0));
      *out.rims.at(y, x) = share;
      for (std::size_t c = 0; c < 3; ++c)
        out.rgb.at(y, x)[c] += share * (kind.color[c] - rgb.at(y, x)[c]);
    }
  }
  return out;
}

Image with_gain(Image rgb, double gain, bool grey) {
  for (std::int64_t i = 0; i < rgb.height * rgb.width; ++i) {
    float* p = rgb.pixels.data() + 3 * i;
    if (grey) p[0] = p[1] = p[2] = 0.299F * p[0] + 0.587F * p[1] + 0.114F * p[2];
    for (int c = 0; c < 3; ++c) p[c] *= static_cast<float>(gain);
  }
  return rgb;
}

double luma(const float* p) { return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]; }

/// How much brighter or darker the rims are than the skin: a difference of logarithms.
double contrast(const Rims& kind, const Image& rgb, const Image& skin) {
  double light = 0, count = 0;
  for (std::int64_t i = 0; i < rgb.height * rgb.width; ++i)
    if (skin.pixels[static_cast<std::size_t>(i)] > 0.5F)
      light += luma(rgb.pixels.data() + 3 * i), count += 1;
  return std::abs(std::log((luma(kind.color.data()) + 0.05) / (light / count + 0.05)));
}

double sum(const Image& image) {
  double out = 0;
  for (const float v : image.pixels) out += v;
  return out;
}

/// Four fifths of the rims on the skin are found, and little of the skin with them.
void check_taken(const Image& found, const Image& rims, const Image& skin) {
  double rim = 0, rim_found = 0, other = 0, other_found = 0;
  for (std::size_t i = 0; i < found.pixels.size(); ++i) {
    if (skin.pixels[i] < 0.5F) continue;
    const float r = rims.pixels[i];
    if (r > 0.5F) rim += 1, rim_found += found.pixels[i];
    if (r == 0) other += 1, other_found += found.pixels[i];
  }
  REQUIRE(rim > 0);
  CHECK(rim_found > 0.8 * rim);
  CHECK(other_found < 0.12 * other);
}

/// The aligned crop of a test photo with the landmarks that lie beside it; nothing without it.
std::optional<Crop> crop_of(const std::string& photo, std::int64_t size = 224) {
  const fs::path relative = fs::path("photos") / photo;
  const auto path = fgcn::test::shared_data(relative.string());
  if (!path) return std::nullopt;
  static const FaceFinder finder;
  static const mesh::FaceModel model = mesh::make_embedded_face();
  std::array<Point3, kLandmarks> points;
  for (std::size_t k = 0; k < points.size(); ++k)
    for (std::size_t c = 0; c < 3; ++c)
      points[k][c] = model.mean_shape[3 * static_cast<std::size_t>(model.landmarks[k]) + c];
  const Photo read = read_photo(*path);
  const auto face = finder.find(read.rgb);
  REQUIRE(face);
  return cut_crop(read, face->landmarks,
                  alignment(five_points(face->landmarks), five_points(points), size), size);
}

// Not among those that the weights were fitted to.
constexpr const char* kBare[] = {
    "congress_pd/portraits450/C000266.jpg", "congress_pd/portraits450/W000815.jpg",
    "sfhq_tiles/variability_age_X_ethnicity_2_r3c5.jpg", "sfhq_tiles/sample_4x8_r1c5.jpg"};
constexpr const char* kWearing[] = {
    "congress_pd/portraits450/B000490.jpg",      "congress_pd/portraits450/C000556.jpg",
    "congress_pd/portraits450/F000339.jpg",      "congress_pd/portraits450/G000572.jpg",
    "congress_pd/portraits450/P000096.jpg",      "congress_pd/portraits450/S000244.jpg",
    "sfhq_tiles/variability_ethnicity_r1c11.jpg"};

TEST_CASE("spectacles are told from bare faces on photos that the weights do not know") {
  for (const char* name : kBare) {
    CAPTURE(name);
    const auto crop = crop_of(name);
    if (!crop) return;
    CHECK(spectacles_score(crop->rgb, crop->landmarks) < kWorn);
    // Not a bit changes.
    const Image mask = shrink_mask(skin_mask(crop->rgb, crop->landmarks));
    CHECK(without_rims(mask, crop->rgb, crop->landmarks).pixels == mask.pixels);
  }
  for (const char* name : kWearing) {
    CAPTURE(name);
    const auto crop = crop_of(name);
    if (!crop) return;
    CHECK(spectacles_score(crop->rgb, crop->landmarks) > kWorn);
    CHECK(spectacles_score(with_gain(crop->rgb, 0.6, true), crop->landmarks) > kWorn);
    const Image mask = shrink_mask(skin_mask(crop->rgb, crop->landmarks));
    const double left = sum(without_rims(mask, crop->rgb, crop->landmarks)) / sum(mask);
    CHECK(left < 0.98);
    CHECK(left > 0.80);
  }
}

TEST_CASE("rims drawn on a photo are taken out, and little else") {
  for (const char* name : kBare) {
    for (const std::int64_t size : {224, 320}) {
      const auto crop = crop_of(name, size);
      if (!crop) return;
      const Image skin = skin_mask(crop->rgb, crop->landmarks);
      int seen = 0;
      for (const Rims& kind : kRims) {
        for (const bool grey : {false, true}) {
          CAPTURE(name);
          CAPTURE(size);
          CAPTURE(kind.name);
          CAPTURE(grey);
          const Drawn drawn =
              wearing(with_gain(crop->rgb, grey ? 0.8 : 1, grey), crop->landmarks, kind);
          const Image found = spectacle_rims(drawn.rgb, crop->landmarks);
          if (contrast(kind, drawn.rgb, skin) < 0.6) continue;  // of the skin's own brightness
          ++seen;
          check_taken(found, drawn.rims, skin);
        }
      }
      CHECK(seen >= 4);
    }
  }
}

TEST_CASE("a mirrored photo scores the same") {
  const auto crop = crop_of(kWearing[0]);
  if (!crop) return;
  const auto side = static_cast<double>(crop->rgb.width);
  Image mirrored = crop->rgb;
  for (std::int64_t y = 0; y < mirrored.height; ++y)
    for (std::int64_t x = 0; x < mirrored.width; ++x)
      std::copy_n(crop->rgb.at(y, mirrored.width - 1 - x), 3, mirrored.at(y, x));
  Landmarks points;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const Point& p = crop->landmarks[mirrored_landmark(i)];
    points[i] = {side - p.x, p.y};
  }
  CHECK(spectacles_score(mirrored, points) ==
        doctest::Approx(spectacles_score(crop->rgb, crop->landmarks)).epsilon(0.02));
}

/// A face of simple shapes: skin, brows, eyes, noise.
struct Face {
  Image rgb{224, 224, 3};
  Landmarks landmarks{};
};

Face rendered_face(const std::array<float, 3>& skin, std::uint64_t seed) {
  Face out;
  for (std::size_t i = 0; i < 17; ++i) {
    const double angle = std::numbers::pi * static_cast<double>(16 - i) / 16;
    out.landmarks[i] = {112 + 72 * std::cos(angle), 95 + 90 * std::sin(angle)};
  }
  for (std::size_t i = 0; i < 5; ++i) {
    out.landmarks[17 + i] = {64 + 8.0 * static_cast<double>(i), 68};
    out.landmarks[22 + i] = {128 + 8.0 * static_cast<double>(i), 68};
  }
  for (std::size_t i = 0; i < 6; ++i) {
    const double angle = std::numbers::pi * (1 - static_cast<double>(i) / 3);
    for (std::size_t eye = 0; eye < 2; ++eye)
      out.landmarks[36 + 6 * eye + i] = {
          82 + 60.0 * static_cast<double>(eye) + 12 * std::cos(angle), 90 - 5 * std::sin(angle)};
  }
  for (std::size_t i = 27; i < 36; ++i)
    out.landmarks[i] = {112, 90 + 5 * static_cast<double>(i - 27)};
  for (std::size_t i = 48; i < 68; ++i)
    out.landmarks[i] = {92 + 2 * static_cast<double>(i - 48), 158};
  Rng rng(seed);
  for (std::int64_t y = 0; y < 224; ++y) {
    for (std::int64_t x = 0; x < 224; ++x) {
      const double px = static_cast<double>(x) + 0.5, py = static_cast<double>(y) + 0.5;
      const double side = px < 112 ? 82 : 142;
      const double eye = std::hypot((px - side) / 12, (py - 90) / 5);
      const bool brow = std::abs(px - (side - (px < 112 ? 2 : -2))) < 17 && py > 67 && py < 75;
      const bool face = std::hypot((px - 112) / 74, (py - 100) / 92) < 1;
      const double light =
          1 - 0.2 * std::hypot(px - 100, py - 110) / 100;  // falls off to the sides
      const double noise = 0.01 * rng.normal();
      for (std::size_t c = 0; c < 3; ++c) {
        double v = face ? skin[c] * light : 0.45;
        if (face && brow) v *= 0.4;
        if (face && eye < 1) v = std::abs(px - side) < 5 ? 0.1 : 0.75;
        out.rgb.at(y, x)[c] = static_cast<float>(std::clamp(v + noise, 0.0, 1.0));
      }
    }
  }
  return out;
}

TEST_CASE("rims on a drawn face are taken out, without them nothing is") {
  for (const std::array<float, 3>& skin :
       {std::array<float, 3>{0.85F, 0.66F, 0.56F}, {0.36F, 0.23F, 0.16F}, {0.6F, 0.6F, 0.6F}}) {
    CAPTURE(skin[0]);
    const Face face = rendered_face(skin, 3);
    CHECK(sum(spectacle_rims(face.rgb, face.landmarks)) == 0);
    const Image outline = face_outline(face.landmarks, 224);
    int seen = 0;
    for (const Rims& kind : kRims) {
      CAPTURE(std::string(kind.name));
      const Drawn drawn = wearing(face.rgb, face.landmarks, kind);
      if (contrast(kind, face.rgb, outline) < 0.6) continue;
      ++seen;
      const Image found = spectacle_rims(drawn.rgb, face.landmarks);
      check_taken(found, drawn.rims, outline);
    }
    CHECK(seen >= 2);
  }
}

TEST_CASE("flat pictures and points that make no face have no rims") {
  Landmarks face{};
  for (std::size_t i = 0; i < kLandmarks; ++i)
    face[i] = {60 + 100 * static_cast<double>(i % 8) / 8, 60 + static_cast<double>(i)};
  for (std::size_t i = 36; i < 48; ++i) face[i] = {i < 42 ? 80.0 : 140.0, 90};
  for (const float level : {0.0F, 0.5F, 1.0F})
    CHECK(sum(spectacle_rims(Image(224, 224, 3, level), face)) == 0);

  // Stripes, so that a window would find lines.
  Image stripes(224, 224, 3);
  for (std::int64_t y = 0; y < 224; ++y)
    std::fill_n(stripes.at(y, 0), 3 * 224, y / 3 % 2 == 0 ? 0.2F : 0.8F);
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(), -1e300, 1e300, 1e9}) {
    for (const std::size_t moved : {0, 19, 36, 45}) {
      Landmarks points = face;
      points[moved].x = bad;
      CHECK(spectacles_score(stripes, points) == -std::numeric_limits<double>::infinity());
      CHECK(sum(spectacle_rims(stripes, points)) == 0);
    }
  }
  for (const double shift : {-200.0, 200.0, 4000.0}) {
    Landmarks points = face;
    for (Point& p : points) p.y += shift;
    const Image rims = spectacle_rims(stripes, points);
    CHECK(std::all_of(rims.pixels.begin(), rims.pixels.end(),
                      [](float v) { return v >= 0 && v <= 1; }));
  }
  CHECK(sum(spectacle_rims(stripes, Landmarks{})) == 0);  // all in one place
  const Image tiny(3, 3, 3, 0.5F);
  CHECK(sum(spectacle_rims(tiny, face)) == 0);
  CHECK_THROWS_AS(spectacles_score(Image(224, 224, 1), face), Error);
  CHECK_THROWS_AS(without_rims(Image(10, 10, 1), stripes, face), Error);
}

}  // namespace
}  // namespace fgcn::photo
