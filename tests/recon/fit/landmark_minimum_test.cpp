// Where the fit of landmarks ends, of points that err as the face model says.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_landmarks.h"
#include "tests/recon/fit/landmark_example.h"

namespace fgcn::recon {
namespace {

using test::kValues;
using test::landmark_example;

/// A fit's unknowns in one vector: identity, expression, angles, translation.
std::vector<double> unknowns(const LandmarkFit& fit) {
  std::vector<double> out = fit.identity;
  out.insert(out.end(), fit.expression.begin(), fit.expression.end());
  out.insert(out.end(), fit.pose.angles.begin(), fit.pose.angles.end());
  out.insert(out.end(), fit.pose.translation.begin(), fit.pose.translation.end());
  return out;
}

/// What fit_landmarks.h says is minimised, of the points that `fit` matched.
double cost_at(const std::vector<double>& x, const LandmarkFit& fit, const mesh::FaceModel& model,
               const photo::Landmarks& points, const LandmarkFitOptions& options) {
  const auto identities = static_cast<std::size_t>(model.identity.count),
             expressions = static_cast<std::size_t>(model.expression.count);
  Pose pose;
  std::copy_n(x.end() - 6, 3, pose.angles.begin());
  std::copy_n(x.end() - 3, 3, pose.translation.begin());
  const PointNoise& noise = *fit.noise;
  std::vector<double> errors(kValues);
  for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
    std::array<double, 3> p{};
    for (std::size_t c = 0; c < 3; ++c) {
      const std::size_t row = 3 * static_cast<std::size_t>(fit.vertices[k]) + c;
      const std::size_t stride = model.mean_shape.size();
      p[c] = static_cast<double>(model.mean_shape[row]);
      for (std::size_t m = 0; m < identities; ++m)
        p[c] += x[m] * static_cast<double>(model.identity.data[m * stride + row]);
      for (std::size_t m = 0; m < expressions; ++m)
        p[c] += x[identities + m] * static_cast<double>(model.expression.data[m * stride + row]);
    }
    const auto at = to_screen({}, to_camera_space(pose, p));
    // Where the detector would put the point, against where it did.
    const double dx = at[0] + noise.mean[2 * k] - points[k].x;
    const double dy = at[1] + noise.mean[2 * k + 1] - points[k].y;
    const double r = noise.deviation(static_cast<int>(k), dx, dy);
    const double h = options.huber;
    const double shrink = r <= h ? 1 : std::sqrt(h * (2 * r - h)) / r;
    errors[2 * k] = shrink * dx;
    errors[2 * k + 1] = shrink * dy;
  }
  double sum = std::pow(x[x.size() - 1] / options.depth_sigma, 2);
  for (std::size_t i = 0; i < kValues; ++i) {
    double white = 0;
    for (std::size_t j = 0; j <= i; ++j) white += noise.whitening[i * kValues + j] * errors[j];
    sum += white * white;
  }
  for (std::size_t m = 0; m < identities; ++m)
    sum += std::pow(x[m] / options.measured_identity_sigma, 2);
  const double freedom = options.measured_expression_freedom;
  for (std::size_t m = identities; m < identities + expressions; ++m)
    sum +=
        (freedom + 1) * std::log1p(std::pow(x[m] / options.measured_expression_sigma, 2) / freedom);
  return sum;
}

TEST_CASE("the fit ends where its cost, summed anew, has its minimum") {
  mesh::FaceModel model = mesh::make_embedded_face();
  model.landmark_errors = landmark_example(2);
  const LandmarkFitOptions options;
  const LandmarkFitter fitter(model, options);
  // Turned, so that every fit takes the errors of one side: those of the example are not symmetric.
  Pose pose;
  pose.angles[1] = 0.25;
  const PointNoise noise =
      LandmarkNoise(model.landmark_errors, 0, photo_spans()).at(pose.angles[1], 224);
  Rng rng(11);
  for (int person = 0; person < 6; ++person) {
    std::vector<float> identity;
    for (std::int64_t i = 0; i < model.identity.count; ++i)
      identity.push_back(static_cast<float>(rng.normal()));
    const std::vector<float> shape = mesh::shape(model, identity, {});
    const photo::Landmarks points = test::detected(test::all_seen(model, shape, pose), noise, rng);
    const LandmarkFit fit = fitter.fit(points);
    REQUIRE(fit.noise);
    const std::vector<double> x = unknowns(fit);
    const double least = cost_at(x, fit, model, points, options);
    double gain = 0;  // of the best step along one unknown
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t e = i - fit.identity.size();
      if (i >= fit.identity.size() && e < fit.expression.size() &&
          (x[i] <= static_cast<double>(model.expression_low[e]) ||
           x[i] >= static_cast<double>(model.expression_high[e])))
        continue;  // presses against its box
      const double step = 1e-3;
      std::vector<double> less = x, more = x;
      less[i] -= step;
      more[i] += step;
      const double below = cost_at(less, fit, model, points, options),
                   above = cost_at(more, fit, model, points, options);
      const double slope = (above - below) / 2, bend = above + below - 2 * least;
      if (bend > 0) gain = std::max(gain, slope * slope / bend / 2);
    }
    MESSAGE("cost ", least, ", a step along one unknown would gain ", gain);
    CHECK(gain < 0.003 * least);
    // The error that is told is about the same points.
    double told = 0;
    const std::vector<float> found = mesh::shape(model, {fit.identity.begin(), fit.identity.end()},
                                                 {fit.expression.begin(), fit.expression.end()});
    for (std::size_t k = 0; k < points.size(); ++k) {
      const float* v = &found[3 * static_cast<std::size_t>(fit.vertices[k])];
      const auto at = to_screen({}, to_camera_space(fit.pose, {v[0], v[1], v[2]}));
      told += std::hypot(at[0] + fit.noise->mean[2 * k] - points[k].x,
                         at[1] + fit.noise->mean[2 * k + 1] - points[k].y) /
              std::hypot(points[36].x - points[45].x, points[36].y - points[45].y) / 68;
    }
    CHECK(fit.landmark_error == doctest::Approx(told).epsilon(1e-3));
  }
}

}  // namespace
}  // namespace fgcn::recon
