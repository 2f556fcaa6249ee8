#include "recon/fit/landmark_noise.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_landmarks.h"
#include "tests/recon/fit/landmark_example.h"

namespace fgcn::recon {
namespace {

using test::kValues;
using test::landmark_example;
using test::seen;
using test::solved;
using Square = std::vector<double>;  // [136, 136]

/// W^T W
Square precision(const PointNoise& noise) {
  Square out(kValues * kValues, 0.0);
  for (std::size_t k = 0; k < kValues; ++k)
    for (std::size_t i = 0; i < kValues; ++i)
      for (std::size_t j = 0; j < kValues; ++j)
        out[i * kValues + j] += noise.whitening[k * kValues + i] * noise.whitening[k * kValues + j];
  return out;
}

TEST_CASE("landmark noise is the inverse root of the covariance, between yaws and at any size") {
  const mesh::LandmarkErrors errors = landmark_example();
  const LandmarkNoise noise(errors, 0.5);
  for (const auto& [yaw, blend] : {std::pair{0.0, 0.0}, {0.125, 0.25}, {0.5, 1.0}, {1.2, 1.0}})
    for (const double size : {224.0, 448.0}) {
      const PointNoise at = noise.at(yaw, size);
      const double scale = size / 224;
      Square covariance(kValues * kValues);
      for (std::size_t i = 0; i < kValues; ++i) {
        for (std::size_t j = 0; j < kValues; ++j) {
          const std::size_t k = i * kValues + j;
          covariance[k] = scale * scale *
                          ((1 - blend) * static_cast<double>(errors.covariance[k]) +
                           blend * static_cast<double>(errors.covariance[kValues * kValues + k]));
        }
        covariance[i * kValues + i] += scale * scale * 0.25;
        CHECK(at.mean[i] ==
              doctest::Approx(scale * (1 + blend) * static_cast<double>(errors.mean[i])));
      }
      const Square inverse = precision(at);
      double off = 0;
      for (std::size_t i = 0; i < kValues; ++i)
        for (std::size_t j = 0; j < kValues; ++j) {
          double sum = i == j ? -1 : 0;
          for (std::size_t k = 0; k < kValues; ++k)
            sum += inverse[i * kValues + k] * covariance[k * kValues + j];
          off = std::max(off, std::abs(sum));
        }
      CHECK(off < 1e-8);
      // Point 30 alone: x and y of values 60 and 61.
      const double xx = covariance[60 * kValues + 60], xy = covariance[60 * kValues + 61],
                   yy = covariance[61 * kValues + 61];
      const double squared =
          (yy * 1.5 * 1.5 + 2 * xy * 1.5 * 0.7 + xx * 0.7 * 0.7) / (xx * yy - xy * xy);
      CHECK(at.deviation(30, 1.5, -0.7) == doctest::Approx(std::sqrt(squared)));
      CHECK(at.sigma[30] == doctest::Approx(std::sqrt((xx + yy) / 2)));
    }
}

TEST_CASE("a head turned the other way has the mirrored noise") {
  const LandmarkNoise noise(landmark_example(), 0);
  const PointNoise one = noise.at(0.3, 224), other = noise.at(-0.3, 224);
  const Square a = precision(one), b = precision(other);
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    const std::size_t m = photo::mirrored_landmark(k);
    CHECK(other.mean[2 * m] == doctest::Approx(-one.mean[2 * k]));
    CHECK(other.mean[2 * m + 1] == doctest::Approx(one.mean[2 * k + 1]));
    const auto value = [](const Square& of, std::size_t i, std::size_t j) {
      return doctest::Approx(of[i * kValues + j]).epsilon(1e-6);
    };
    constexpr std::size_t kNose = 60;  // point 30, on the midline
    CHECK(b[2 * m * kValues + kNose] == value(a, 2 * k, kNose));
    CHECK(-b[2 * m * kValues + kNose + 1] == value(a, 2 * k, kNose + 1));
    CHECK(b[(2 * m + 1) * kValues + kNose + 1] == value(a, 2 * k + 1, kNose + 1));
  }
}

TEST_CASE("points whose predictions lie far apart are less certain, mirrored and at any size") {
  mesh::LandmarkErrors errors = landmark_example();
  for (int b = 0; b < 2; ++b) {
    errors.exponent.push_back(0.5F + 0.25F * static_cast<float>(b));
    for (int k = 0; k < 68; ++k) errors.spread.push_back(0.9F + 0.1F * static_cast<float>(k % 17));
  }
  check(errors, "x");
  const LandmarkNoise noise(errors, 0);
  const auto usual = [&](std::size_t k) { return static_cast<double>(errors.spread[k]); };
  for (const auto& [yaw, exponent] : {std::pair{0.0, 0.5}, {0.25, 0.625}, {-0.25, 0.625}}) {
    const PointNoise unknown = noise.at(yaw, 448);
    photo::PointSpread spread{};
    std::array<double, photo::kLandmarks> growth{};
    for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
      // Point k as usual, three times, or half as certain; point 3 is not known.
      growth[k] = k % 3 == 0 ? 1 : k % 3 == 1 ? 1.0 / 3 : 2;
      const double like = usual(yaw < 0 ? photo::mirrored_landmark(k) : k);
      const double s = (like + mesh::kLeastSpread) * std::pow(growth[k], 1 / exponent);
      spread[k] = k == 3 ? 0 : 2 * (s - mesh::kLeastSpread);
    }
    const PointNoise known = noise.at(yaw, 448, 0, spread);
    const Square before = precision(unknown), after = precision(known);
    CHECK(known.mean == unknown.mean);
    double off = 0;
    for (std::size_t i = 0; i < kValues; ++i)
      for (std::size_t j = 0; j < kValues; ++j)
        off = std::max(off, std::abs(after[i * kValues + j] * growth[i / 2] * growth[j / 2] -
                                     before[i * kValues + j]));
    CHECK(off < 1e-5);
    for (std::size_t k = 0; k < photo::kLandmarks; ++k)
      CHECK(known.sigma[k] == doctest::Approx(growth[k] * unknown.sigma[k]).epsilon(1e-5));
  }
}

TEST_CASE("a fit passes over points whose predictions disagree") {
  mesh::FaceModel model = mesh::make_embedded_face();
  model.landmark_errors = landmark_example();
  for (float& value : model.landmark_errors.mean) value = 0;
  model.landmark_errors.spread.assign(2 * photo::kLandmarks, 1);
  model.landmark_errors.exponent = {1, 1};
  const LandmarkFitter fitter(model);
  const std::vector<float> shape = mesh::shape(model, {1.0F, -1.0F, 0.5F}, {});
  photo::Landmarks points = test::all_seen(model, shape);
  const LandmarkFit right = fitter.fit(points);
  PointSource source;
  source.spread.fill(1);
  for (std::size_t k = 5; k < 12; ++k) {  // a chin on the neck
    points[k].y += 8;
    source.spread[k] = 10;
  }
  const auto missed = [&](const LandmarkFit& fit) {
    double sum = 0;
    for (std::size_t i = 0; i < fit.identity.size(); ++i)
      sum += std::pow(fit.identity[i] - right.identity[i], 2);
    return std::sqrt(sum);
  };
  const double believed = missed(fitter.fit(points)),
               doubted = missed(fitter.fit(points, {}, source));
  MESSAGE("identity off by ", believed, " where the chin is believed, ", doubted, " where not");
  CHECK(doubted < 0.3 * believed);
}

TEST_CASE("a fit that knows how its landmarks err finds the shape that another one misses") {
  mesh::FaceModel model = mesh::make_embedded_face();
  const LandmarkFitter plain(model);
  // Wider jaws, higher brows; and neighbours that err together.
  model.landmark_errors = landmark_example(4);
  for (std::size_t i = 0; i < 2 * kValues; ++i) {
    const double along = static_cast<double>(i % kValues / 2) / 68 * 2 * std::numbers::pi;
    model.landmark_errors.mean[i] =
        static_cast<float>(i % 2 == 0 ? -6 * std::cos(along) : -5 * std::sin(along));
  }
  LandmarkFitOptions options;
  options.model_sigma = 0;
  options.measured_identity_sigma = 1;
  const LandmarkFitter knowing(model, options);
  const PointNoise noise = LandmarkNoise(model.landmark_errors, 0).at(0, 224);
  Rng rng(5);
  double with = 0, without = 0;
  for (int person = 0; person < 6; ++person) {
    std::vector<float> identity;
    for (std::int64_t i = 0; i < model.identity.count; ++i)
      identity.push_back(static_cast<float>(rng.normal()));
    const std::vector<float> shape = mesh::shape(model, identity, {});
    const photo::Landmarks points = test::detected(test::all_seen(model, shape), noise, rng);
    const auto missed = [&](const LandmarkFitter& fitter) {
      const LandmarkFit fit = fitter.fit(points);
      const std::vector<float> found =
          mesh::shape(model, {fit.identity.begin(), fit.identity.end()},
                      {fit.expression.begin(), fit.expression.end()});
      double sum = 0;
      for (std::size_t k = 0; k < points.size(); ++k)
        for (std::size_t c = 0; c < 3; ++c) {
          const std::size_t i = 3 * static_cast<std::size_t>(model.landmarks[k]) + c;
          sum += std::pow(static_cast<double>(found[i] - shape[i]), 2) / 68;
        }
      return std::sqrt(sum);
    };
    with += missed(knowing) / 6;
    without += missed(plain) / 6;
  }
  MESSAGE("landmarks of the model, mean error in dm: ", with, " against ", without);
  CHECK(with < 0.8 * without);
}

TEST_CASE("points that somebody gives are taken as they are") {
  mesh::FaceModel model = mesh::make_embedded_face();
  const std::vector<float> shape = mesh::shape(model, {}, {});
  photo::Landmarks points;
  for (std::size_t k = 0; k < points.size(); ++k) {
    const auto at = seen(model, shape, k);
    points[k] = {at[0] + std::sin(static_cast<double>(k)), at[1]};
  }
  const LandmarkFit plain = LandmarkFitter(model).fit(points);
  model.landmark_errors = landmark_example(4);
  const LandmarkFitter knowing(model);
  const LandmarkFit given = knowing.fit(points, {}, {.detector = false});
  CHECK_FALSE(given.noise);
  CHECK(given.identity == plain.identity);
  CHECK(given.expression == plain.expression);
  CHECK(given.landmark_error == plain.landmark_error);
  const LandmarkFit detected = knowing.fit(points);
  CHECK(detected.noise);
  CHECK(detected.identity != plain.identity);
}

TEST_CASE("a strong expression is followed, and the points' noise makes none") {
  mesh::FaceModel model = mesh::make_embedded_face();
  model.landmark_errors = landmark_example();
  for (float& value : model.landmark_errors.mean) value = 0;
  LandmarkFitOptions gaussian;
  gaussian.measured_expression_freedom = 0;
  const LandmarkFitter fitter(model), stiff(model, gaussian);
  const auto smile = static_cast<std::size_t>(
      std::find_if(model.expression.names.begin(), model.expression.names.end(),
                   [](const std::string& name) { return name.find("smile") != name.npos; }) -
      model.expression.names.begin());
  REQUIRE(smile < model.expression.names.size());
  const PointNoise noise = LandmarkNoise(model.landmark_errors, 0).at(0, 224);
  Rng rng(3);
  const auto fit = [&](const LandmarkFitter& with, float weight) {
    std::vector<float> expression(static_cast<std::size_t>(model.expression.count), 0.0F);
    expression[smile] = weight;
    const std::vector<float> shape = mesh::shape(model, {}, expression);
    std::vector<double> errors(kValues);
    for (double& error : errors) error = rng.normal();
    errors = solved(noise, errors);
    photo::Landmarks points;
    for (std::size_t k = 0; k < points.size(); ++k) {
      const auto at = seen(model, shape, k);
      points[k] = {at[0] + errors[2 * k], at[1] + errors[2 * k + 1]};
    }
    return with.fit(points).expression;
  };
  const auto length = [](const std::vector<double>& weights) {
    double sum = 0;
    for (const double w : weights) sum += w * w;
    return std::sqrt(sum);
  };
  const double neutral = length(fit(fitter, 0));
  const double followed = fit(fitter, 0.9F)[smile], stiffly = fit(stiff, 0.9F)[smile];
  MESSAGE("weights of a neutral face: ", neutral, "; of a smile of 0.9: ", followed,
          ", with a Gaussian prior as narrow ", stiffly);
  CHECK(neutral < 0.15);
  CHECK(followed > 0.6);
  CHECK(stiffly < 0.8 * followed);
}

TEST_CASE("a rolled head is fitted as an upright one") {
  mesh::FaceModel model = mesh::make_embedded_face();
  model.landmark_errors = landmark_example(4);
  const LandmarkFitter fitter(model);
  const std::vector<float> shape = mesh::shape(model, {1.0F, -1.0F, 0.5F}, {});
  const auto points_at = [&](double roll) {
    photo::Landmarks points;
    for (std::size_t k = 0; k < points.size(); ++k) {
      const auto at = seen(model, shape, k);
      // The detector's errors, on the upright picture; then all is turned about its middle.
      const double x = at[0] + 3 * std::sin(static_cast<double>(k)) - 112,
                   y = at[1] + 2 * std::cos(static_cast<double>(3 * k)) - 112;
      points[k] = {112 + std::cos(roll) * x + std::sin(roll) * y,
                   112 - std::sin(roll) * x + std::cos(roll) * y};
    }
    return points;
  };
  const LandmarkFit upright = fitter.fit(points_at(0));
  for (const double roll : {0.4, -1.5708, 3.1}) {
    const LandmarkFit rolled = fitter.fit(points_at(roll));
    CHECK(rolled.pose.angles[2] == doctest::Approx(upright.pose.angles[2] + roll).epsilon(0.02));
    double off = 0, length = 0;
    for (std::size_t i = 0; i < upright.identity.size(); ++i) {
      off += std::pow(rolled.identity[i] - upright.identity[i], 2);
      length += std::pow(upright.identity[i], 2);
    }
    CHECK(length > 0.01);
    CHECK(off < 0.01 * length);
  }
}

TEST_CASE("landmark errors that cannot be are refused by name") {
  const auto refused = [](auto&& change, const char* field) {
    mesh::LandmarkErrors errors = landmark_example();
    change(errors);
    CHECK_THROWS_WITH_AS(check(errors, "x"), doctest::Contains(field), InputError);
  };
  check(landmark_example(), "x");
  check(mesh::LandmarkErrors{}, "x");
  refused([](auto& e) { e.yaw[0] = 0.1F; }, "landmark_error_yaw");
  refused([](auto& e) { e.yaw[1] = 0; }, "landmark_error_yaw");
  refused([](auto& e) { e.yaw[1] = NAN; }, "landmark_error_yaw");
  refused([](auto& e) { e.mean.pop_back(); }, "landmark_error_mean");
  refused([](auto& e) { e.mean[3] = NAN; }, "landmark_error_mean");
  refused([](auto& e) { e.covariance.pop_back(); }, "landmark_error_covariance");
  refused([](auto& e) { e.covariance[1] += 0.5F; }, "landmark_error_covariance");
  refused([](auto& e) { e.covariance[0] = 0; }, "landmark_error_covariance");
  const auto with_spread = [&](auto&& change, const char* field) {
    refused(
        [&](auto& e) {
          e.spread.assign(2 * photo::kLandmarks, 1);
          e.exponent.assign(2, 1);
          check(e, "x");
          change(e);
        },
        field);
  };
  with_spread([](auto& e) { e.spread.pop_back(); }, "landmark_error_spread");
  with_spread([](auto& e) { e.spread.clear(); }, "landmark_error_spread");
  with_spread([](auto& e) { e.spread[70] = -1; }, "landmark_error_spread");
  with_spread([](auto& e) { e.spread[70] = NAN; }, "landmark_error_spread");
  with_spread([](auto& e) { e.exponent.clear(); }, "landmark_error_exponent");
  with_spread([](auto& e) { e.exponent[1] = 2.5F; }, "landmark_error_exponent");
  mesh::LandmarkErrors flat = landmark_example();  // symmetric, but of no distribution
  for (float& value : flat.covariance) value = 1;
  CHECK_THROWS_WITH_AS(LandmarkNoise(flat, 0).at(0, 224), doctest::Contains("positive definite"),
                       InputError);
}

}  // namespace
}  // namespace fgcn::recon
