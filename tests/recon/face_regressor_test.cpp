#include "recon/face_regressor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/agreement.h"
#include "recon/fit/triangle_list.h"
#include "recon/photo_sampler.h"
#include "tests/support/published_standins.h"
#include "tests/support/rendered_photos.h"

namespace fgcn::recon {
namespace {

const mesh::FaceModel& face() { return test::face_of_many_modes(); }

/// Coefficients of a rendered face, as the network orders them.
std::vector<double> numbers_of(const FitResult& fit) {
  std::vector<double> out;
  const auto add = [&](const auto& part) { out.insert(out.end(), part.begin(), part.end()); };
  add(fit.identity);
  add(fit.expression);
  add(fit.albedo);
  add(fit.angles_rad);
  add(fit.sh_coefficients);
  add(fit.translation_dm);
  return out;
}

/// A rendered face in a larger photo.
photo::Photo photo_of(const PhotoSample& rendered, std::int64_t margin) {
  const Image8 crop = to_bytes(crop_colors(rendered.crop));
  photo::Photo out;
  out.rgb = Image8(crop.height + 2 * margin, crop.width + margin, 3);
  for (std::int64_t y = 0; y < out.rgb.height; ++y)
    for (std::int64_t x = 0; x < out.rgb.width; ++x)
      std::copy_n(crop.at(std::clamp<std::int64_t>(y - margin, 0, crop.height - 1),
                          std::clamp<std::int64_t>(x - margin, 0, crop.width - 1)),
                  3, out.rgb.at(y, x));
  return out;
}
photo::Landmarks moved(photo::Landmarks points, double by) {
  for (photo::Point& p : points) p = {p.x + by, p.y + by};
  return points;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

/// Mean difference of the lit face from the photo, where it is seen.
double color_error(const FitResult& fit, const Image& crop) {
  return render_agreement(fit, {fit.albedo_colors, fit.vertex_irradiance}, crop,
                          flat(face().triangles))
      .agreement.value()
      .l1;
}

TEST_CASE("257 numbers are told apart by their places") {
  std::vector<double> numbers(257);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  const FaceStart start = face_start(numbers);
  CHECK(start.identity.size() == 80);
  CHECK(start.expression.size() == 64);
  CHECK(start.albedo.size() == 80);
  CHECK(start.identity[79] == 79);
  CHECK(start.expression[0] == 80);
  CHECK(start.albedo[0] == 144);
  CHECK(start.angles_rad == std::array<double, 3>{224, 225, 226});
  CHECK(start.sh_coefficients[0] == 227);
  CHECK(start.sh_coefficients[26] == 253);
  CHECK(start.translation_dm == std::array<double, 3>{254, 255, 256});
}

TEST_CASE("a regressor's crop and the fit's lie over each other") {
  const PhotoSample rendered = test::rendered_photo(face(), 0);
  constexpr std::int64_t kMargin = 61;
  const photo::Photo photo = photo_of(rendered, kMargin);
  const photo::Landmarks points = moved(rendered.landmarks, kMargin);
  Rng rng(2);
  const io::Safetensors weights = CoefficientRegressor::untrained(RegressorEdition::kTorch, rng);
  const FaceRegressor regressor(Context(), weights, "net", face());
  CHECK(regressor.edition() == RegressorEdition::kTorch);
  const photo::RegressorView at = regressor.view(photo, points);
  const Image8 theirs = photo::regressor_crop(photo.rgb, at);
  const photo::ScaleShift map = regressor.to_crop(photo, points, 224);
  const Image ours = photo::resample(photo.rgb, map, 224, 224);
  double apart = 0, aside = 0;
  for (std::int64_t y = 40; y < 180; ++y)
    for (std::int64_t x = 40; x < 180; ++x) {
      const double v = *ours.at(y, x) * 255;
      apart += std::abs(v - *theirs.at(y, x));
      aside += std::abs(v - *theirs.at(y, x + 1));
    }
  MESSAGE("apart " << apart / 140 / 140 << " of 255, a pixel aside " << aside / 140 / 140);
  CHECK(apart < 0.25 * aside);
  const photo::ScaleShift large = regressor.to_crop(photo, points, 448);
  CHECK(large.scale == doctest::Approx(2 * map.scale));
  CHECK(large.ty == doctest::Approx(2 * map.ty));
  // The numbers are the network's on that crop.
  const FaceStart start = regressor(photo, points);
  const CoefficientRegressor network(Context(), weights, "again");
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const std::vector<real> expected =
      network(tape.constant(Tensor::of(ctx, {1, 224, 224, 3}, to_float(theirs).pixels)))
          .coefficients.value()
          .to_host();
  CHECK(start.identity[0] == double{expected[0]});
  CHECK(start.translation_dm[2] == double{expected[256]});

  const FaceRegressor slim(Context(),
                           CoefficientRegressor::untrained(RegressorEdition::kTensorFlow, rng),
                           "slim", face());
  CHECK(slim.edition() == RegressorEdition::kTensorFlow);
  CHECK(slim(photo, points).identity != start.identity);
}

TEST_CASE("a fit starts at the regressor's face and comes nearer to the photo") {
  const PhotoSample truth = test::rendered_photo(face(), 1);
  std::vector<double> given = numbers_of(truth.fit);
  for (std::size_t i = 0; i < 80; ++i) given[i] += i % 2 == 0 ? 0.3 : -0.3;
  for (std::size_t i = 227; i < 254; i += 9) given[i] += 0.15;  // too bright
  const FaceStart start = face_start(given);
  const PhotoFitter fitter(Context(), face());

  const FitResult placed = fitter.placed(start, truth.landmarks, truth.crop.height);
  CHECK(placed.identity == start.identity);
  CHECK(placed.expression == start.expression);
  CHECK(placed.albedo == start.albedo);
  CHECK(placed.angles_rad == start.angles_rad);
  CHECK(placed.translation_dm == start.translation_dm);
  CHECK(placed.sh_coefficients == start.sh_coefficients);

  const FitResult fit = fitter.fit_from(start, truth.crop, truth.landmarks);
  const FitResult without = fitter.fit(truth.crop, truth.landmarks);
  const double before = color_error(placed, truth.crop), after = color_error(fit, truth.crop);
  MESSAGE("colors: start " << before << ", fitted " << after << ", from landmarks "
                           << color_error(without, truth.crop));
  CHECK(after < 0.7 * before);
  CHECK(fit.landmark_error < placed.landmark_error);
  const double near = distance(fit.identity, start.identity);
  MESSAGE("identity from the truth: start "
          << distance(placed.identity, truth.fit.identity) << ", fitted "
          << distance(fit.identity, truth.fit.identity) << ", from landmarks "
          << distance(without.identity, truth.fit.identity));
  CHECK(near > 0.05);
  CHECK(near < distance(without.identity, start.identity));
  CHECK(distance(fit.identity, truth.fit.identity) <
        0.8 * distance(without.identity, truth.fit.identity));
}

TEST_CASE("a sampler with a regressor cuts its crop and starts at its numbers") {
  const PhotoSample truth = test::rendered_photo(face(), 2);
  const photo::Photo photo = photo_of(truth, 50);
  const photo::Landmarks points = moved(truth.landmarks, 50);
  const std::vector<double> numbers = numbers_of(truth.fit);
  const auto regressor = std::make_shared<const FaceRegressor>(
      Context(), test::constant_regressor(numbers), "net", face());
  const PhotoSampler sampler(Context(), face(), std::make_shared<const photo::FaceFinder>(), 224,
                             nullptr, regressor);
  const std::optional<FaceStart> start = sampler.start(photo, points);
  REQUIRE(start);
  for (std::size_t i = 0; i < 80; ++i) CHECK(start->identity[i] == doctest::Approx(numbers[i]));
  CHECK(start->angles_rad[1] == doctest::Approx(numbers[225]));
  CHECK(start->sh_coefficients[9] == doctest::Approx(numbers[236]));
  const photo::Crop cut = sampler.cut(photo, points, 224);
  CHECK(cut.from_photo.tx == regressor->to_crop(photo, points, 224).tx);
  const PhotoSampler without(Context(), face(), std::make_shared<const photo::FaceFinder>(), 224);
  CHECK(!without.start(photo, points));
}

TEST_CASE("a regressor wants the modes that it speaks of, and finite numbers") {
  const mesh::FaceModel other = mesh::make_embedded_face();
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(
      FaceRegressor::load(Context(), folder / "none.pth", other),
      doctest::Contains(
          "none.pth: speaks of a face model with 80 identities, 64 expressions and 80 "
          "albedos, but this one has"),
      InputError);
  CHECK_THROWS_WITH_AS(FaceRegressor::load(Context(), folder / "none.pth", face()),
                       doctest::Contains("none.pth"), InputError);
  io::write_safetensors(folder / "other.safetensors", [] {
    io::Safetensors file;
    file.tensors["weight"] = io::StoredTensor::of({2}, std::vector<float>{1.0F, 2.0F});
    return file;
  }());
  CHECK_THROWS_WITH_AS(
      FaceRegressor::load(Context(), folder / "other.safetensors", face()),
      doctest::Contains("other.safetensors: is not a whole set of R-Net's weights"), InputError);
  const PhotoSample rendered = test::rendered_photo(face(), 0);
  std::vector<double> numbers = numbers_of(rendered.fit);
  numbers[100] = 3e38;
  io::Safetensors huge = test::constant_regressor(numbers);
  io::StoredTensor& weight = huge.tensors.at("final_layers.1.weight");
  weight = io::StoredTensor::of(weight.shape,
                                std::vector<float>(static_cast<std::size_t>(weight.size()), 3e38F));
  const FaceRegressor regressor(Context(), huge, "huge.pth", face());
  CHECK_THROWS_WITH_AS(regressor(photo_of(rendered, 10), moved(rendered.landmarks, 10)),
                       doctest::Contains("huge.pth: gives a number that is not finite"),
                       InputError);
}

TEST_CASE("a face model of other numbers of modes is refused before its weights are read") {
  const auto refused = [](const mesh::FaceModel& model, const char* counts) {
    CHECK_THROWS_WITH_AS(
        FaceRegressor::load(Context(), "nowhere.pth", model),
        doctest::Contains((std::string("nowhere.pth: speaks of a face model with 80 identities, 64 "
                                       "expressions and 80 albedos, but this one has ") +
                           counts)
                              .c_str()),
        InputError);
  };
  const auto with = [](std::int64_t identity, std::int64_t expression, std::int64_t albedo) {
    mesh::FaceModel out;
    out.identity.count = identity;
    out.expression.count = expression;
    out.albedo.count = albedo;
    return out;
  };
  refused(with(79, 64, 80), "79, 64 and 80");
  refused(with(80, 79, 80), "80, 79 and 80");
  refused(with(80, 64, 81), "80, 64 and 81");
  CHECK_THROWS_WITH_AS(FaceRegressor::load(Context(), "nowhere.pth", face()),
                       doctest::Contains("nowhere.pth: cannot be opened"), InputError);
}

}  // namespace
}  // namespace fgcn::recon
