#include "train/synthetic/landmark_calibration.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "train/synthetic/portraits.h"

namespace fgcn::train {
namespace {

TEST_CASE("portraits: the same bits again, people of their own, and points where they are drawn") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  PortraitOptions options;
  options.yaw = 0.5;
  PortraitSynthesizer synthesizer(model, options);
  const Portrait first = synthesizer(3, 7), other = synthesizer(3, 8), again = synthesizer(3, 7);
  CHECK(first.picture.pixels == again.picture.pixels);
  CHECK(first.identity == again.identity);
  CHECK(first.identity != other.identity);
  CHECK(first.pose.angles[1] == 0.5);
  for (const Portrait* portrait : {&first, &other}) {
    const std::vector<float> shape = mesh::shape(model, portrait->identity, portrait->expression);
    for (const std::int32_t v : model.landmarks) {
      const std::size_t i = 3 * static_cast<std::size_t>(v);
      const auto at =
          to_screen(portrait->camera,
                    to_camera_space(portrait->pose, {shape[i], shape[i + 1], shape[i + 2]}));
      CHECK(std::abs(at[0] - portrait->face.screen[i]) < 1e-2);
      CHECK(std::abs(at[1] - portrait->face.screen[i + 1]) < 1e-2);
      CHECK(at[0] > 0);
      CHECK(at[0] < 448);
    }
  }
}

TEST_CASE("calibration sees a landmark that the model has elsewhere, by as much as it is off") {
  const photo::FaceFinder finder(photo::predictor_file({}));
  const mesh::FaceModel model = mesh::make_embedded_face();
  CalibrationOptions options;
  options.yaw = {0};
  options.faces = 60;
  const auto never = [] { return false; };
  const auto right = calibrate_landmarks(model, finder, options, never);
  REQUIRE(right.has_value());
  CHECK(right->rows[0].used > 50);
  check(right->errors, "calibration");
  // Points whose predictions lie apart are off by more.
  REQUIRE(right->errors.exponent.size() == 1);
  CHECK(right->errors.exponent[0] > 0.2F);
  CHECK(right->errors.exponent[0] < 1.2F);

  mesh::FaceModel wrong = model;  // the bridge of the nose is said to be where its tip is
  wrong.landmarks[27] = model.landmarks[30];
  options.workers = 2;
  const auto seen = calibrate_landmarks(wrong, finder, options, never);
  REQUIRE(seen.has_value());
  const auto height = [&](int k) {
    return model.mean_shape[3 * static_cast<std::size_t>(model.landmarks[k]) + 1];
  };
  // So the detector's point is higher than the model's by as many pixels as lie between the two.
  const double expected = 102 * static_cast<double>(height(30) - height(27));
  const double moved = static_cast<double>(seen->errors.mean[55] - right->errors.mean[55]);
  CHECK(moved == doctest::Approx(expected).epsilon(0.15));
  // Frontal errors are a mirrored face's errors.
  for (std::size_t k = 0; k < 68; ++k) {
    const std::size_t m = photo::mirrored_landmark(k);
    CHECK(right->errors.mean[2 * k] == doctest::Approx(-right->errors.mean[2 * m]).epsilon(1e-3));
  }
}

TEST_CASE(
    "calibration stops when it is told to, and refuses a model that nobody takes for a face") {
  const photo::FaceFinder finder(photo::predictor_file({}));
  mesh::FaceModel model = mesh::make_embedded_face();
  CalibrationOptions options;
  options.yaw = {0};
  options.faces = 50;
  CHECK(!calibrate_landmarks(model, finder, options, [] { return true; }).has_value());
  for (float& value : model.mean_albedo) value = 0;
  std::fill(model.albedo.data.begin(), model.albedo.data.end(), 0.0F);
  CHECK_THROWS_AS(calibrate_landmarks(model, finder, options, [] { return false; }), InputError);
}

TEST_CASE("calibration refuses angles that do not rise from 0 before the first picture") {
  const photo::FaceFinder finder(photo::predictor_file({}));
  const mesh::FaceModel model = mesh::make_embedded_face();
  const std::vector<std::vector<double>> wrong{
      {}, {30, 0}, {-1, 0}, {0, 45, 30}, {0, 15, 15}, {0, 90}, {0, 30, std::nan("")}};
  for (const std::vector<double>& yaw : wrong) {
    CAPTURE(yaw.size());
    CalibrationOptions options;
    options.yaw = yaw;
    options.faces = 1;
    std::int64_t pictures = 0;
    CHECK_THROWS_WITH_AS(calibrate_landmarks(
                             model, finder, options, [] { return false; },
                             [&](std::int64_t done) { pictures = done; }),
                         doctest::Contains("--yaw: "), InputError);
    CHECK(pictures == 0);
  }
}

}  // namespace
}  // namespace fgcn::train
