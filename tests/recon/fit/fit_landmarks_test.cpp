#include "recon/fit/fit_landmarks.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"
#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"

namespace fgcn::recon {
namespace {

/// A face of the model with known coefficients, seen in a known pose.
struct Truth {
  std::vector<double> identity, expression;
  Pose pose;
  photo::Landmarks landmarks{};
};

Truth make_truth(const mesh::FaceModel& model, const LandmarkFitter& fitter, double yaw, Rng& rng) {
  Truth out;
  for (std::int64_t i = 0; i < model.identity.count; ++i)
    out.identity.push_back(0.7 * std::clamp(rng.normal(), -2.0, 2.0));
  for (std::int64_t i = 0; i < model.expression.count; ++i)
    out.expression.push_back(rng.uniform() < 0.2 ? rng.uniform() * 0.5 *
                                                       static_cast<double>(model.expression_high[i])
                                                 : 0.0);
  out.pose = {{rng.uniform(-0.15, 0.15), yaw, rng.uniform(-0.2, 0.2)},
              {rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05), rng.uniform(-0.2, 0.2)}};
  const std::vector<float> shape = mesh::shape(model, {out.identity.begin(), out.identity.end()},
                                               {out.expression.begin(), out.expression.end()});
  const auto at = [&](std::int32_t v) {
    const float* p = &shape[3 * static_cast<std::size_t>(v)];
    return to_screen({}, to_camera_space(out.pose, {p[0], p[1], p[2]}));
  };
  std::vector<std::array<double, 2>> paths;
  for (const std::int32_t v : fitter.outline().vertices()) paths.push_back({at(v)[0], at(v)[1]});
  for (int k = 0; k < 68; ++k) {
    if (k < kOutlinePoints) {
      const auto& p = paths[fitter.outline().choose(k, paths, out.pose.angles[2])];
      out.landmarks[k] = {p[0], p[1]};
    } else {
      out.landmarks[k] = {at(model.landmarks[k])[0], at(model.landmarks[k])[1]};
    }
  }
  return out;
}

TEST_CASE("landmarks of a rendered face give back its pose, turned heads included") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const LandmarkFitter fitter(model);
  Rng rng(1);
  for (const double yaw : {0.0, 0.3, -0.6, 0.8}) {
    CAPTURE(yaw);
    const Truth truth = make_truth(model, fitter, yaw, rng);
    const LandmarkFit fit = fitter.fit(truth.landmarks);
    CHECK(fit.landmark_error < 0.015);
    // Shape and pose trade against each other within the priors: a few degrees.
    for (int c = 0; c < 3; ++c) CHECK(std::abs(fit.pose.angles[c] - truth.pose.angles[c]) < 0.1);
    for (std::size_t e = 0; e < fit.expression.size(); ++e) {
      CHECK(fit.expression[e] >= double{model.expression_low[e]});
      CHECK(fit.expression[e] <= double{model.expression_high[e]});
    }
  }
}

TEST_CASE("wrong landmarks hardly move the fit") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const LandmarkFitter fitter(model);
  Rng rng(2);
  const Truth truth = make_truth(model, fitter, 0.2, rng);
  const LandmarkFit clean = fitter.fit(truth.landmarks);
  photo::Landmarks bad = truth.landmarks;
  for (const int k : {3, 19, 33, 50, 62}) {
    bad[k].x += 25;
    bad[k].y -= 20;
  }
  const LandmarkFit fit = fitter.fit(bad);
  for (int c = 0; c < 3; ++c) CHECK(std::abs(fit.pose.angles[c] - clean.pose.angles[c]) < 0.08);
  double moved = 0;
  const auto at = [&](const LandmarkFit& f, std::int32_t v) {
    const std::vector<float> s = mesh::shape(model, {f.identity.begin(), f.identity.end()},
                                             {f.expression.begin(), f.expression.end()});
    const float* p = &s[3 * static_cast<std::size_t>(v)];
    return to_screen({}, to_camera_space(f.pose, {p[0], p[1], p[2]}));
  };
  for (const int k : {27, 36, 39, 42, 45, 48, 54, 57}) {
    const auto a = at(clean, model.landmarks[k]), b = at(fit, model.landmarks[k]);
    moved = std::max(moved, std::hypot(a[0] - b[0], a[1] - b[1]));
  }
  CHECK(moved < 6);  // pixels, where five points are wrong by 32
}

TEST_CASE("the same landmarks give the same bits, and a crop of another size the same face") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const LandmarkFitter fitter(model);
  Rng rng(3);
  const Truth truth = make_truth(model, fitter, -0.3, rng);
  const LandmarkFit first = fitter.fit(truth.landmarks), second = fitter.fit(truth.landmarks);
  CHECK(first.identity == second.identity);
  CHECK(first.pose.angles == second.pose.angles);
  photo::Landmarks twice = truth.landmarks;
  for (photo::Point& p : twice) p = {2 * p.x, 2 * p.y};
  Camera large;
  large.height = large.width = 448;
  const LandmarkFit scaled = fitter.fit(twice, large);
  for (int c = 0; c < 3; ++c)
    CHECK(scaled.pose.angles[c] == doctest::Approx(first.pose.angles[c]).epsilon(1e-6));
}

TEST_CASE("landmarks that are no face are refused") {
  const mesh::FaceModel model = mesh::make_embedded_face();
  const LandmarkFitter fitter(model);
  photo::Landmarks points{};
  CHECK_THROWS_AS(fitter.fit(points), Error);
  points[5].x = NAN;
  CHECK_THROWS_WITH_AS(fitter.fit(points), doctest::Contains("not finite"), Error);
}

}  // namespace
}  // namespace fgcn::recon
