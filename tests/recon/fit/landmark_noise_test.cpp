#include "recon/fit/landmark_noise.h"

#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_landmarks.h"

namespace fgcn::recon {
namespace {

constexpr Eigen::Index kValues = 136;

/// Two yaws; errors of neighbours go together.
mesh::LandmarkErrors example(float strength = 1) {
  mesh::LandmarkErrors out;
  out.yaw = {0, 0.5F};
  for (int b = 0; b < 2; ++b) {
    for (int i = 0; i < kValues; ++i)
      out.mean.push_back(strength * static_cast<float>((b + 1) * (i % 7 - 3)) / 2);
    for (int i = 0; i < kValues; ++i)
      for (int j = 0; j < kValues; ++j) {
        const float near = std::exp(-0.3F * static_cast<float>(std::abs(i - j)));
        out.covariance.push_back(strength * static_cast<float>(1 + b) *
                                 ((i % 2 == j % 2 ? near : 0) + (i == j ? 0.2F : 0)));
      }
  }
  return out;
}

TEST_CASE("landmark noise is the inverse root of the covariance, between yaws and at any size") {
  const mesh::LandmarkErrors errors = example();
  const LandmarkNoise noise(errors, 0.5);
  for (const auto& [yaw, blend] : {std::pair{0.0, 0.0}, {0.125, 0.25}, {0.5, 1.0}, {1.2, 1.0}})
    for (const double size : {224.0, 448.0}) {
      const PointNoise at = noise.at(yaw, size);
      const double scale = size / 224;
      Eigen::MatrixXd covariance(kValues, kValues);
      for (Eigen::Index i = 0; i < kValues; ++i) {
        const auto row = static_cast<std::size_t>(i * kValues);
        for (Eigen::Index j = 0; j < kValues; ++j) {
          const auto k = row + static_cast<std::size_t>(j);
          const auto all = static_cast<std::size_t>(kValues * kValues);
          covariance(i, j) = scale * scale *
                             ((1 - blend) * static_cast<double>(errors.covariance[k]) +
                              blend * static_cast<double>(errors.covariance[all + k]));
        }
        covariance(i, i) += scale * scale * 0.25;
        const auto k = static_cast<std::size_t>(i);
        CHECK(at.mean[k] ==
              doctest::Approx(scale * (1 + blend) * static_cast<double>(errors.mean[k])));
      }
      const Eigen::MatrixXd product = at.whitening * covariance * at.whitening.transpose();
      CHECK((product - Eigen::MatrixXd::Identity(kValues, kValues)).norm() < 1e-6);
      const Eigen::Matrix2d block = covariance.block<2, 2>(60, 60).inverse();
      const Eigen::Vector2d off(1.5, -0.7);
      CHECK(at.deviation(30, 1.5, -0.7) == doctest::Approx(std::sqrt(off.dot(block * off))));
    }
}

TEST_CASE("a head turned the other way has the mirrored noise") {
  const LandmarkNoise noise(example(), 0);
  const PointNoise one = noise.at(0.3, 224), other = noise.at(-0.3, 224);
  const Eigen::MatrixXd a = (one.whitening.transpose() * one.whitening).inverse();
  const Eigen::MatrixXd b = (other.whitening.transpose() * other.whitening).inverse();
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    const std::size_t m = photo::mirrored_landmark(k);
    CHECK(other.mean[2 * m] == doctest::Approx(-one.mean[2 * k]));
    CHECK(other.mean[2 * m + 1] == doctest::Approx(one.mean[2 * k + 1]));
    const auto from = static_cast<Eigen::Index>(2 * k), to = static_cast<Eigen::Index>(2 * m);
    const auto nose = Eigen::Index{60};  // point 30, on the midline
    CHECK(b(to, nose) == doctest::Approx(a(from, nose)));
    CHECK(b(to, nose + 1) == doctest::Approx(-a(from, nose + 1)));
    CHECK(b(to + 1, nose + 1) == doctest::Approx(a(from + 1, nose + 1)));
  }
}

TEST_CASE("a fit that knows how its landmarks err finds the shape that another one misses") {
  mesh::FaceModel model = mesh::make_embedded_face();
  const LandmarkFitter plain(model);
  model.landmark_errors = example(4);
  const LandmarkFitter knowing(model);
  const PointNoise noise = LandmarkNoise(model.landmark_errors, 0).at(0, 224);
  const Eigen::MatrixXd root = noise.whitening.inverse();
  Rng rng(5);
  double with = 0, without = 0;
  for (int person = 0; person < 6; ++person) {
    std::vector<float> identity;
    for (std::int64_t i = 0; i < model.identity.count; ++i)
      identity.push_back(static_cast<float>(rng.normal()));
    const std::vector<float> shape = mesh::shape(model, identity, {});
    Eigen::VectorXd errors(kValues);
    for (Eigen::Index i = 0; i < kValues; ++i) errors[i] = rng.normal();
    errors = (root * errors).eval();
    photo::Landmarks points;
    for (std::size_t k = 0; k < points.size(); ++k) {
      const float* p = &shape[3 * static_cast<std::size_t>(model.landmarks[k])];
      const auto at = to_screen({}, to_camera_space({}, {p[0], p[1], p[2]}));
      points[k] = {at[0] + noise.mean[2 * k] + errors[static_cast<Eigen::Index>(2 * k)],
                   at[1] + noise.mean[2 * k + 1] + errors[static_cast<Eigen::Index>(2 * k + 1)]};
    }
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
  CHECK(with < 0.7 * without);
}

TEST_CASE("landmark errors that cannot be are refused by name") {
  const auto refused = [](auto&& change, const char* field) {
    mesh::LandmarkErrors errors = example();
    change(errors);
    CHECK_THROWS_WITH_AS(check(errors, "x"), doctest::Contains(field), InputError);
  };
  check(example(), "x");
  check(mesh::LandmarkErrors{}, "x");
  refused([](auto& e) { e.yaw[0] = 0.1F; }, "landmark_error_yaw");
  refused([](auto& e) { e.yaw[1] = 0; }, "landmark_error_yaw");
  refused([](auto& e) { e.yaw[1] = NAN; }, "landmark_error_yaw");
  refused([](auto& e) { e.mean.pop_back(); }, "landmark_error_mean");
  refused([](auto& e) { e.mean[3] = NAN; }, "landmark_error_mean");
  refused([](auto& e) { e.covariance.pop_back(); }, "landmark_error_covariance");
  refused([](auto& e) { e.covariance[1] += 0.5F; }, "landmark_error_covariance");
  refused([](auto& e) { e.covariance[0] = 0; }, "landmark_error_covariance");
  mesh::LandmarkErrors flat = example();  // symmetric, but of no distribution
  for (float& value : flat.covariance) value = 1;
  CHECK_THROWS_WITH_AS(LandmarkNoise(flat, 0).at(0, 224), doctest::Contains("positive definite"),
                       InputError);
}

}  // namespace
}  // namespace fgcn::recon
