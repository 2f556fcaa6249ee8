// What a sample leaves out of a photo, on rendered faces whose landmarks are known.
#include "recon/photo_sampler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "mesh/face/embedded/embedded_face.h"
#include "photo/mask/skin.h"
#include "recon/fit/triangle_list.h"
#include "recon/reconstruct.h"
#include "recon/refine/photo_sample.h"
#include "render/projected_colors.h"
#include "tests/recon/fit/landmark_example.h"
#include "tests/support/rendered_photos.h"
#include "tests/support/shared_data.h"

namespace fgcn::recon {
namespace {

const mesh::FaceModel& face() {
  static const mesh::FaceModel model = mesh::make_embedded_face();
  return model;
}

const PhotoSampler& sampler() {
  static const PhotoSampler one(Context(), face(), std::make_shared<const photo::FaceFinder>(),
                                kCropSize);
  return one;
}

/// A rendered face of 224 px in a larger photo, whose ground continues the rendered one.
struct Subject {
  photo::Photo photo;
  photo::Landmarks landmarks;
};

constexpr std::int64_t kMargin = 60;

Subject subject() {
  const PhotoSample rendered = test::rendered_photo(face(), 0);
  const Image8 crop = to_bytes(crop_colors(rendered.crop));
  Subject out;
  out.photo.rgb = Image8(crop.height + 2 * kMargin, crop.width + 2 * kMargin, 3);
  for (std::int64_t y = 0; y < out.photo.rgb.height; ++y)
    for (std::int64_t x = 0; x < out.photo.rgb.width; ++x)
      std::copy_n(crop.at(std::clamp<std::int64_t>(y - kMargin, 0, crop.height - 1),
                          std::clamp<std::int64_t>(x - kMargin, 0, crop.width - 1)),
                  3, out.photo.rgb.at(y, x));
  out.landmarks = rendered.landmarks;
  for (photo::Point& p : out.landmarks) p = {p.x + kMargin, p.y + kMargin};
  return out;
}

struct Sampled {
  photo::Crop cut;
  MaskedCrop seen;
  std::vector<std::string> notes;

  bool said(const std::string& part) const {
    return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
      return note.find(part) != std::string::npos;
    });
  }
  float mask(std::int64_t y, std::int64_t x) const { return seen.rgba.at(y, x)[3]; }
  double mask_sum() const {
    double sum = 0;
    for (std::size_t i = 3; i < seen.rgba.pixels.size(); i += 4) sum += seen.rgba.pixels[i];
    return sum;
  }
};

Sampled sampled(const Subject& of) {
  Sampled out;
  note_placement(of.photo, of.landmarks, out.notes);
  out.cut = sampler().cut(of.photo, of.landmarks, kCropSize);
  out.seen = sampler().masked(out.cut, out.notes);
  return out;
}

/// Mean difference of albedo from the bare face's, over skin vertices that both photos show.
double albedo_error(const Sampled& covered, const Sampled& bare) {
  const FitResult got = sampler().fit(covered.seen, covered.cut.landmarks);
  const FitResult expected = sampler().fit(bare.seen, bare.cut.landmarks);
  const auto triangles = flat(face().triangles);
  const auto seen =
      visible_skin(project_colors(covered.seen.rgba, got.screen, got.normals, triangles));
  double sum = 0;
  double count = 0;
  for (std::size_t v = 0; v < seen.size(); ++v) {
    if (!(seen[v] > 0)) continue;
    for (std::size_t c = 0; c < 3; ++c)
      sum += std::abs(double{got.albedo_colors[3 * v + c]} - expected.albedo_colors[3 * v + c]);
    count += 3;
  }
  REQUIRE(count > 0);
  return sum / count;
}

/// The crop as it would be if nothing were known to hide the face.
Sampled all_seen(const Sampled& covered) {
  Sampled out = covered;
  const Image mask = photo::shrink_mask(photo::skin_mask(covered.cut.rgb, covered.cut.landmarks));
  for (std::size_t i = 0; i < mask.pixels.size(); ++i)
    out.seen.rgba.pixels[4 * i + 3] = mask.pixels[i];
  out.seen.hidden = {};
  return out;
}

/// The photo without what lies below or right of a place.
Subject cut_off(const Subject& from, std::int64_t height, std::int64_t width) {
  Subject out = from;
  out.photo.rgb = Image8(height, width, 3);
  for (std::int64_t y = 0; y < height; ++y)
    std::copy_n(from.photo.rgb.at(y, 0), 3 * width, out.photo.rgb.at(y, 0));
  return out;
}

/// Every pixel of the photo whose place in eye distances, right of and below the middle between
/// the eyes, is chosen.
template <class Chosen>
void paint(Subject& on, const std::array<int, 3>& color, const Chosen& chosen) {
  const auto& l = on.landmarks;
  photo::Point left, right;
  for (std::size_t i = 0; i < 6; ++i) {
    left = {left.x + l[36 + i].x / 6, left.y + l[36 + i].y / 6};
    right = {right.x + l[42 + i].x / 6, right.y + l[42 + i].y / 6};
  }
  const double dx = right.x - left.x, dy = right.y - left.y, square = dx * dx + dy * dy;
  for (std::int64_t y = 0; y < on.photo.rgb.height; ++y)
    for (std::int64_t x = 0; x < on.photo.rgb.width; ++x) {
      const double px = static_cast<double>(x) + 0.5 - (left.x + right.x) / 2;
      const double py = static_cast<double>(y) + 0.5 - (left.y + right.y) / 2;
      if (!chosen((px * dx + py * dy) / square, (py * dx - px * dy) / square)) continue;
      for (std::size_t c = 0; c < 3; ++c)
        on.photo.rgb.at(y, x)[c] = static_cast<std::uint8_t>(color[c]);
    }
}

bool in_lens(double right, double below) {
  const double x = std::abs(right) - 0.5;
  return std::pow(std::abs(x) / 0.42, 4) + std::pow(std::abs(below - 0.04) / 0.3, 4) < 1 ||
         (std::abs(right) < 0.15 && std::abs(below) < 0.05);
}

TEST_CASE("beyond the photo there is no skin, and its repeated border changes no fit") {
  const Sampled whole = sampled(subject());
  CHECK(whole.seen.hidden.pixels.empty());
  CHECK(whole.notes.empty());
  const std::int64_t full = kCropSize + 2 * kMargin;
  double errors = 0;
  double errors_of_border = 0;
  struct Cut {
    const char* name;
    std::int64_t height, width;
  };
  for (const Cut& k : {Cut{"below the nose", kMargin + 140, full},
                       Cut{"right of the nose", full, kMargin + 130}}) {
    CAPTURE(std::string(k.name));
    const Sampled part = sampled(cut_off(subject(), k.height, k.width));
    CHECK(part.said("cut by the photo's border; what lies outside the photo is guessed"));
    CHECK(part.notes.size() == 1);
    const photo::ScaleShift to_photo = part.cut.from_photo.inverse();
    for (std::int64_t y = 0; y < kCropSize; ++y)
      for (std::int64_t x = 0; x < kCropSize; ++x) {
        const photo::Point p =
            to_photo({static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5});
        const bool outside =
            p.y > static_cast<double>(k.height) || p.x > static_cast<double>(k.width);
        if (outside && part.mask(y, x) != 0) FAIL("row " << y << ", column " << x);
      }
    CHECK(part.mask_sum() > 0.3 * whole.mask_sum());
    const double error = albedo_error(part, whole);
    const double border_seen = albedo_error(all_seen(part), whole);
    MESSAGE(std::string(k.name) << ": " << error << ", border taken for skin " << border_seen);
    CHECK(error < 0.03);
    errors += error;
    errors_of_border += border_seen;
  }
  CHECK(errors < 0.7 * errors_of_border);
}

TEST_CASE("an alpha channel that cuts nothing out of the face changes not a bit") {
  const Sampled opaque = sampled(subject());
  Subject one_pixel = subject();
  one_pixel.photo.alpha = Image8(one_pixel.photo.rgb.height, one_pixel.photo.rgb.width, 1, 255);
  one_pixel.photo.alpha->pixels[0] = 254;
  const Sampled softened = sampled(one_pixel);
  CHECK(softened.seen.rgba.pixels == opaque.seen.rgba.pixels);
  CHECK(softened.seen.hidden.pixels.empty());
  CHECK(softened.notes == opaque.notes);

  // A person cut out: what is transparent is black.
  Subject cut_out = subject();
  Image8& rgb = cut_out.photo.rgb;
  cut_out.photo.alpha = Image8(rgb.height, rgb.width, 1);
  for (std::int64_t y = 0; y < rgb.height; ++y)
    for (std::int64_t x = 0; x < rgb.width; ++x) {
      const double dx = (static_cast<double>(x) - 172) / 90,
                   dy = (static_cast<double>(y) - 150) / 110;
      const bool person = dx * dx + dy * dy < 1 || y > 230;
      *cut_out.photo.alpha->at(y, x) = person ? 255 : 0;
      if (!person) std::fill_n(rgb.at(y, x), 3, 0);
    }
  const Sampled person = sampled(cut_out);
  double apart = 0;
  for (std::size_t i = 3; i < person.seen.rgba.pixels.size(); i += 4)
    apart += std::abs(person.seen.rgba.pixels[i] - opaque.seen.rgba.pixels[i]);
  CHECK(apart < 0.02 * opaque.mask_sum());
}

TEST_CASE("what an alpha channel cuts out of the face is no skin") {
  Subject torn = subject();
  torn.photo.alpha = Image8(torn.photo.rgb.height, torn.photo.rgb.width, 1, 255);
  for (std::int64_t y = 190; y < torn.photo.rgb.height; ++y)
    std::fill_n(torn.photo.alpha->at(y, 0), 150, std::uint8_t{0});
  const Sampled part = sampled(torn);
  const Sampled whole = sampled(subject());
  CHECK(part.mask_sum() < 0.95 * whole.mask_sum());
  CHECK(part.mask_sum() > 0.6 * whole.mask_sum());
  for (std::size_t i = 0; i < part.cut.mask.pixels.size(); ++i)
    if (part.cut.mask.pixels[i] < 0.5F && part.seen.rgba.pixels[4 * i + 3] != 0) FAIL(i);
}

TEST_CASE("a skin mask as alpha is taken as it is") {
  Subject masked = subject();
  const Image outline = photo::face_outline(masked.landmarks, masked.photo.rgb.width);
  masked.photo.alpha = to_bytes(outline);
  for (std::int64_t y = 150; y < 170; ++y)  // a hole that no color would make
    std::fill_n(masked.photo.alpha->at(y, 140), 20, std::uint8_t{0});
  const Sampled own = sampled(masked);
  const Image expected = photo::shrink_mask(own.cut.mask);
  for (std::size_t i = 0; i < expected.pixels.size(); ++i)
    if (own.seen.rgba.pixels[4 * i + 3] != expected.pixels[i]) FAIL(i);
  CHECK(own.notes.empty());
}

TEST_CASE("sunglasses and cloth are left out, and the other skin keeps its albedo") {
  const Sampled bare = sampled(subject());
  Subject glasses = subject();
  paint(glasses, {20, 18, 22}, in_lens);
  const Sampled dark = sampled(glasses);
  CHECK(dark.said("sunglasses are left out"));
  CHECK(dark.notes.size() == 1);
  const double dark_error = albedo_error(dark, bare);
  const double dark_seen = albedo_error(all_seen(dark), bare);
  MESSAGE("sunglasses: " << dark_error << ", taken for skin " << dark_seen);
  CHECK(dark_error < 0.6 * dark_seen);

  Subject mask = subject();
  paint(mask, {165, 195, 215}, [](double right, double below) {
    return below > 0.28 + 0.2 * std::abs(right) && std::hypot(right / 1.1, (below - 0.2) / 1.9) < 1;
  });
  const Sampled cloth = sampled(mask);
  CHECK(cloth.said("something covers the lower face"));
  CHECK(cloth.notes.size() == 1);
  const double cloth_error = albedo_error(cloth, bare);
  const double cloth_seen = albedo_error(all_seen(cloth), bare);
  MESSAGE("cloth: " << cloth_error << ", taken for skin " << cloth_seen);
  CHECK(cloth_error < 0.6 * cloth_seen);
}

// The right part of the astronaut's portrait has a quarter of her face, and a badge that the
// detector takes for one.
TEST_CASE("a badge is no face, though the detector takes it for one") {
  const auto path = test::shared_data("photos/nasa_astronaut/astronaut.png");
  if (!path) return;
  Subject portrait;
  portrait.photo = photo::read_photo(*path);
  Subject part = portrait;
  part.photo.rgb = Image8(512, 284, 3);
  for (std::int64_t y = 0; y < 512; ++y)
    std::copy_n(portrait.photo.rgb.at(y, 228), 3 * 284, part.photo.rgb.at(y, 0));
  const auto found = photo::FaceFinder().find(part.photo.rgb);
  REQUIRE(found);
  REQUIRE(found->score < 0.3);
  std::vector<std::string> notes;
  int faces = 7;
  CHECK_FALSE(sampler().find(part.photo, notes, faces));
  CHECK(faces == 0);
  CHECK(notes.empty());
  CHECK(sampler().find_all(part.photo).empty());
  CHECK(sampler().find(portrait.photo, notes, faces));
}

TEST_CASE("samples and reconstructions believe the points as far as their predictions agree") {
  const auto path = test::shared_data("photos/nasa_astronaut/astronaut.png");
  if (!path) return;
  mesh::FaceModel model = face();
  model.landmark_errors = test::landmark_example();
  model.landmark_errors.spread.assign(2 * photo::kLandmarks, 1);
  model.landmark_errors.exponent = {1, 1};
  const PhotoSampler one(Context(), model, std::make_shared<const photo::FaceFinder>(), kCropSize);
  const photo::Photo portrait = photo::read_photo(*path);
  std::vector<std::string> notes;
  const FitResult sample = one.sample(portrait, "portrait", notes).fit;
  CHECK(Reconstructor(Context(), model, {}).run(*path, {}).fit.identity == sample.identity);

  const auto found = photo::FaceFinder().find(portrait.rgb);
  REQUIRE(found);
  const photo::Crop cut = one.cut(portrait, found->landmarks, kCropSize);
  const MaskedCrop seen = one.masked(cut, notes);
  PointSource source{.spread = photo::scaled(found->spread, cut.from_photo.scale)};
  CHECK(one.fit(seen, cut.landmarks, source).identity == sample.identity);
  source.spread.fill(0);
  CHECK(one.fit(seen, cut.landmarks, source).identity != sample.identity);
}

TEST_CASE("the fit reads nothing of what is hidden, eyes and lips included") {
  const Sampled bare = sampled(subject());
  MaskedCrop black = bare.seen;
  // Rows of both eyes; the hidden band is wider than what is painted by a pixel of the coarsest
  // fit.
  const double eyes = bare.cut.landmarks[36].y;
  black.hidden = Image(kCropSize, kCropSize, 1);
  for (std::int64_t y = 0; y < kCropSize; ++y)
    for (std::int64_t x = 0; x < kCropSize; ++x) {
      const double away = std::abs(static_cast<double>(y) + 0.5 - eyes);
      if (away < 24) *black.hidden.at(y, x) = 1;
      if (away < 30) black.rgba.at(y, x)[3] = 0;
      if (away < 16) std::fill_n(black.rgba.at(y, x), 3, 0.0F);
    }
  MaskedCrop green = black;
  for (std::int64_t y = 0; y < kCropSize; ++y)
    for (std::int64_t x = 0; x < kCropSize; ++x)
      if (std::abs(static_cast<double>(y) + 0.5 - eyes) < 16) green.rgba.at(y, x)[1] = 0.8F;
  const FitResult got = sampler().fit(green, bare.cut.landmarks);
  const FitResult expected = sampler().fit(black, bare.cut.landmarks);
  CHECK(got.vertices == expected.vertices);
  CHECK(got.albedo_colors == expected.albedo_colors);
  CHECK(got.sh_coefficients == expected.sh_coefficients);
}

}  // namespace
}  // namespace fgcn::recon
