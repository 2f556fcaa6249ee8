// An expression of both sides of the face is one expression.
#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mesh/face/embedded/embedded_face.h"
#include "recon/fit/fit_landmarks.h"
#include "tests/recon/fit/landmark_example.h"

namespace fgcn::recon {
namespace {

/// Points that err by thirty pixels each, on their own.
mesh::FaceModel noisy_face() {
  mesh::FaceModel model = mesh::make_embedded_face();
  model.landmark_errors.yaw = {0};
  model.landmark_errors.mean.assign(136, 0);
  model.landmark_errors.covariance.assign(std::size_t{136} * 136, 0);
  for (std::size_t i = 0; i < 136; ++i) model.landmark_errors.covariance[i * 137] = 900;
  return model;
}

/// The weights that are found for the first two units, of a face that shows those.
std::vector<double> found(const mesh::FaceModel& model, float first, float second) {
  std::vector<float> expression(static_cast<std::size_t>(model.expression.count), 0.0F);
  expression[0] = first;
  expression[1] = second;
  const std::vector<float> shape = mesh::shape(model, {}, expression);
  const photo::Landmarks points = test::all_seen(model, shape);
  const LandmarkFit fit = LandmarkFitter(model).fit(points);
  return {fit.expression[0], fit.expression[1]};
}

TEST_CASE("units of both sides, Left and Right, are followed sooner than two that are no pair") {
  mesh::FaceModel single = noisy_face();
  // The left and the right half of one unit.
  const auto vertices = static_cast<std::size_t>(single.vertices());
  const std::vector<float> whole(
      single.expression.data.begin(),
      single.expression.data.begin() + static_cast<std::ptrdiff_t>(3 * vertices));
  for (std::size_t v = 0; v < vertices; ++v)
    for (std::size_t c = 0; c < 3; ++c) {
      const float x = single.mean_shape[3 * v];
      const float left = x > 0 ? 1 : x < 0 ? 0 : 0.5F;
      single.expression.data[3 * v + c] = left * whole[3 * v + c];
      single.expression.data[3 * (vertices + v) + c] = (1 - left) * whole[3 * v + c];
    }
  for (std::size_t e = 0; e < 2; ++e) {
    single.expression_low[e] = 0;
    single.expression_high[e] = 1;
  }
  single.expression.names[0] = "mouthOneLeft";
  single.expression.names[1] = "mouthOtherRight";
  mesh::FaceModel paired = single;
  paired.expression.names[1] = "mouthOneRight";
  double pair = 0, alone = 0;
  for (const float weight : {0.3F, 0.5F, 0.7F}) {
    const std::vector<double> both = found(paired, weight, weight);
    const std::vector<double> apart = found(single, weight, weight);
    MESSAGE("weights of ", weight, ": ", both[0], " and ", both[1], " of a pair, ", apart[0],
            " and ", apart[1], " of two");
    CHECK(both[0] == doctest::Approx(both[1]).epsilon(0.1));
    CHECK(both[0] < weight + 0.05);
    pair += both[0] + both[1];
    alone += apart[0] + apart[1];
  }
  CHECK(3 - pair < 0.7 * (3 - alone));  // short of 2 (0.3 + 0.5 + 0.7)
  // Neither half alone counts as a pair.
  const std::vector<double> crooked = found(paired, 0.7F, 0);
  CHECK(crooked[1] < 0.5 * crooked[0]);
}

}  // namespace
}  // namespace fgcn::recon
