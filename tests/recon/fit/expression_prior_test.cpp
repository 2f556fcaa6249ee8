// What the fit to landmarks holds for a plausible expression.
#include "recon/fit/expression_prior.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/core/rng.h"
#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_landmarks.h"
#include "tests/recon/fit/landmark_example.h"

namespace fgcn::recon {
namespace {

const std::vector<std::string> kNames{"jawOpen",           "mouthSmileLeft",   "mouthUpperUpRight",
                                      "mouthSmileRight",   "mouthUpperUpLeft", "cheekPuff",
                                      "mouthLowerDownLeft"};
constexpr std::size_t kFirst = 2, kUnknowns = 11;

TEST_CASE("expression prior: its gradient is the derivative of half of its cost") {
  const ExpressionPrior prior(kNames, 8);  // the eighth has no name
  Rng rng(3);
  for (const ExpressionPrior::Spread spread :
       {ExpressionPrior::Spread{0.05, 2}, ExpressionPrior::Spread{0.3, 0}}) {
    std::vector<double> weights;
    for (int i = 0; i < 8; ++i) weights.push_back(rng.normal() * 0.3);
    std::vector<double> hessian(kUnknowns * kUnknowns, 0.0), gradient(kUnknowns, 0.0);
    prior.add(weights.data(), spread, kFirst, kUnknowns, hessian.data(), gradient.data());
    for (std::size_t i = 0; i < kUnknowns; ++i) {
      if (i < kFirst || i >= kFirst + 8) {
        CHECK(gradient[i] == 0);
        CHECK(hessian[i * kUnknowns + i] == 0);
        continue;
      }
      std::vector<double> less = weights, more = weights;
      less[i - kFirst] -= 1e-6;
      more[i - kFirst] += 1e-6;
      const double slope =
          (prior.cost(more.data(), spread) - prior.cost(less.data(), spread)) / 4e-6;
      CHECK(gradient[i] == doctest::Approx(slope).epsilon(1e-5));
      CHECK(hessian[i * kUnknowns + i] > 0);
      // It is the Gaussian prior with this gradient, so the gradient is linear in the weights.
      double product = 0;
      for (std::size_t k = 0; k < 8; ++k) {
        product += hessian[i * kUnknowns + kFirst + k] * weights[k];
        CHECK(hessian[i * kUnknowns + kFirst + k] == hessian[(kFirst + k) * kUnknowns + i]);
      }
      CHECK(gradient[i] == doctest::Approx(product));
    }
  }
}

TEST_CASE(
    "expression prior: a smile of both sides costs as one unit, lips part sooner than a jaw") {
  const ExpressionPrior prior(kNames, 7);
  const ExpressionPrior::Spread spread{0.05, 2};
  const auto cost = [&](std::vector<double> weights) { return prior.cost(weights.data(), spread); };
  const double both = cost({0, 0.5, 0, 0.5, 0, 0, 0});
  CHECK(both < 1.2 * cost({0, 0.5, 0, 0, 0, 0, 0}));
  CHECK(both == doctest::Approx(cost({0, 0, 0, 0, 0, std::sqrt(0.5), 0})));
  CHECK(cost({0, 0, 0.5, 0, 0.5, 0, 0}) < 0.7 * both);
  CHECK(cost({0.5, 0, 0, 0, 0, 0, 0}) > 2 * both);
  // Narrow eyes cost less than a smile as strong.
  const ExpressionPrior lids({"eyeBlinkLeft", "eyeSquintLeft", "eyeWideLeft", "cheekPuff"}, 4);
  for (std::size_t unit = 0; unit < 3; ++unit) {
    std::vector<double> lid(4, 0.0), cheek(4, 0.0);
    lid[unit] = cheek[3] = 0.3;
    CHECK(lids.cost(lid.data(), spread) < 0.7 * lids.cost(cheek.data(), spread));
  }
  // Gauss knows no names.
  const ExpressionPrior::Spread plain{0.3, 0};
  const std::vector<double> jaw{0.5, 0, 0, 0, 0, 0, 0}, lip{0, 0, 0.5, 0, 0, 0, 0};
  CHECK(prior.cost(jaw.data(), plain) == prior.cost(lip.data(), plain));
}

/// The weight that the fit to landmarks finds for a unit of this name, of a face that shows 0.5.
double found(mesh::FaceModel model, const std::string& name) {
  std::vector<std::string>& names = model.expression.names;
  const auto jaw = std::find(names.begin(), names.end(), "jaw_open");
  REQUIRE(jaw != names.end());
  *jaw = name;
  const auto unit = static_cast<std::size_t>(jaw - names.begin());
  std::vector<float> expression(names.size(), 0.0F);
  expression[unit] = 0.5F;
  const std::vector<float> shape = mesh::shape(model, {}, expression);
  return LandmarkFitter(model).fit(test::all_seen(model, shape)).expression[unit];
}

TEST_CASE("expression prior: the fit opens a jaw later than it would another unit of its shape") {
  mesh::FaceModel model = mesh::make_embedded_face();
  model.landmark_errors.yaw = {0};
  model.landmark_errors.mean.assign(136, 0);
  model.landmark_errors.covariance.assign(std::size_t{136} * 136, 0);
  for (const float sigma : {12.0F, 1.0F}) {
    for (std::size_t i = 0; i < 136; ++i) model.landmark_errors.covariance[i * 137] = sigma * sigma;
    const double jaw = found(model, "jawOpen"), other = found(model, "somethingElse"),
                 lips = found(model, "mouthUpperUp");
    MESSAGE("points to ", sigma, " pixels: jaw ", jaw, ", another unit ", other, ", lips ", lips);
    CHECK(lips >= other - 1e-3);
    if (sigma > 2) CHECK(jaw < 0.7 * other);
    if (sigma < 2) CHECK(jaw > 0.4);  // what the picture shows for certain is followed
  }
}

}  // namespace
}  // namespace fgcn::recon
