#include "recon/fit/photo_calibration.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_landmarks.h"
#include "tests/recon/fit/landmark_example.h"

namespace fgcn::recon {
namespace {

/// The embedded face, with six modes and errors of mean 0 at 0, 0.5 and 1 radian.
mesh::FaceModel example_model() {
  mesh::FaceModel model = mesh::make_embedded_face();
  for (mesh::Modes* modes : {&model.identity, &model.expression}) {
    modes->count = 6;
    modes->data.resize(6 * model.mean_shape.size());
    if (!modes->names.empty()) modes->names.resize(6);
  }
  model.landmark_errors = test::landmark_example();
  mesh::LandmarkErrors& errors = model.landmark_errors;
  errors.yaw.push_back(1);
  errors.mean.assign(3 * test::kValues, 0);
  for (float& value : errors.covariance) value *= 0.25F;
  const auto one = static_cast<std::ptrdiff_t>(test::kValues * test::kValues);
  const std::vector<float> last(errors.covariance.end() - one, errors.covariance.end());
  errors.covariance.insert(errors.covariance.end(), last.begin(), last.end());
  return model;
}

/// By which photographs move outline point k of a head turned to the left.
photo::Point moved(std::size_t k) {
  return {k < 8 ? -3.0 : k > 8 ? 3.0 : 0.0, 2 - std::abs(static_cast<double>(k) - 8) / 4};
}

/// The points of a person, 0 to 16 on the outline that the fit follows.
photo::Landmarks true_points(const mesh::FaceModel& model, const FaceOutline& outline,
                             const std::vector<float>& identity, const Pose& pose) {
  const std::vector<float> shape = mesh::shape(model, identity, {});
  photo::Landmarks out = test::all_seen(model, shape, pose);
  std::vector<std::array<double, 2>> paths;
  for (const std::int32_t v : outline.vertices()) {
    const float* p = &shape[3 * static_cast<std::size_t>(v)];
    const auto at = to_screen({}, to_camera_space(pose, {p[0], p[1], p[2]}));
    paths.push_back({at[0], at[1]});
  }
  for (std::size_t k = 0; k < kOutlinePoints; ++k) {
    const auto& at = paths[static_cast<std::size_t>(outline.choose(static_cast<int>(k), paths, 0))];
    out[k] = {at[0], at[1]};
  }
  return out;
}

/// `count` people seen from ahead, and as many from 0.49 radians to either side.
std::vector<PhotoPoints> photos_of(const mesh::FaceModel& model, int count) {
  const FaceOutline outline(model);
  const LandmarkNoise noise(model.landmark_errors, 0);
  Rng rng(3);
  std::vector<PhotoPoints> out;
  for (const bool ahead : {true, false})
    for (int person = 0; person < count; ++person) {
      std::vector<float> identity;
      for (std::int64_t i = 0; i < model.identity.count; ++i)
        identity.push_back(static_cast<float>(rng.normal()));
      const double side = person % 2 == 0 ? 1 : -1, yaw = side * (ahead ? 0.01 : 0.49);
      const Pose pose{{0, yaw, 0}, {}};
      photo::Landmarks points = true_points(model, outline, identity, pose);
      points = test::detected(points, noise.at(yaw, 224), rng);
      for (std::size_t k = 0; k < kOutlinePoints; ++k) {
        const photo::Point by = moved(yaw > 0 ? k : photo::mirrored_landmark(k));
        points[k] = {points[k].x + side * by.x, points[k].y + by.y};
      }
      out.push_back({points});
    }
  return out;
}

bool never() { return false; }

TEST_CASE("photos tell where the detector sees outlines, and leave the other points alone") {
  const mesh::FaceModel model = example_model();
  const std::vector<PhotoPoints> photos = photos_of(model, 42);
  PhotoCalibrationOptions options;
  options.settled = 0.05;
  int rounds = 0;
  const PhotoCalibration found =
      calibrate_on_photos(model, photos, options, never, [&](int done) { rounds = done; }).value();
  CHECK(found.used == 84);
  CHECK(rounds == found.rounds);
  REQUIRE(found.rows.size() == 2);  // nobody tells of the third yaw
  CHECK(found.rows[0].faces + found.rows[1].faces == doctest::Approx(84).epsilon(0.01));
  for (std::size_t b = 0; b < 2; ++b) {
    CAPTURE(b);
    const float* mean = &found.errors.mean[b * test::kValues];
    double off = 0, all = 0;
    for (std::size_t k = 0; k < kOutlinePoints; ++k) {
      const photo::Point truth = moved(k);
      off += std::pow(double{mean[2 * k]} - truth.x, 2) +
             std::pow(double{mean[2 * k + 1]} - truth.y, 2);
      all += truth.x * truth.x + truth.y * truth.y;
    }
    MESSAGE("off by ", std::sqrt(off / kOutlinePoints), " of ", std::sqrt(all / kOutlinePoints));
    CHECK(off < 0.03 * all);
    CHECK(found.rows[b].before > 0.3);
    CHECK(found.rows[b].after <= 0.05);
    for (std::size_t i = 2 * kOutlinePoints; i < test::kValues; ++i) CHECK(mean[i] == 0);
  }
  for (std::size_t i = 2 * test::kValues; i < 3 * test::kValues; ++i)
    CHECK(found.errors.mean[i] == 0);
  CHECK(found.errors.covariance == model.landmark_errors.covariance);
  // Seen from ahead both sides are alike.
  for (std::size_t k = 0; k < kOutlinePoints; ++k) {
    const std::size_t m = photo::mirrored_landmark(k);
    CHECK(found.errors.mean[2 * k] == doctest::Approx(-found.errors.mean[2 * m]));
    CHECK(found.errors.mean[2 * k + 1] == doctest::Approx(found.errors.mean[2 * m + 1]));
  }
  options.rounds = 2;
  const auto two = [&](int workers) {
    options.workers = workers;
    return calibrate_on_photos(model, photos, options, never)->errors.mean;
  };
  CHECK(two(1) == two(3));
  int asked = 0;
  CHECK_FALSE(calibrate_on_photos(model, photos, {}, [&] { return ++asked > 200; }).has_value());
}

TEST_CASE("photos of few people, and a model without errors, are refused") {
  mesh::FaceModel model = example_model();
  const std::vector<PhotoPoints> photos = photos_of(model, 30);
  CHECK_THROWS_WITH_AS(calibrate_on_photos(model, photos, {}, never),
                       doctest::Contains("and it takes 40"), InputError);
  CHECK_THROWS_WITH_AS(calibrate_on_photos(model, {}, {}, never), doctest::Contains("of 0 faces 0"),
                       InputError);
  model.landmark_errors = {};
  CHECK_THROWS_WITH_AS(calibrate_on_photos(model, photos, {}, never),
                       doctest::Contains("let 'fgcn_data calibrate' measure them first"),
                       InputError);
}

}  // namespace
}  // namespace fgcn::recon
