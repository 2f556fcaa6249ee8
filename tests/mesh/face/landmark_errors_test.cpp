#include "mesh/face/landmark_errors.h"

#include <doctest/doctest.h>

#include <string>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

/// One yaw, unit variances.
LandmarkErrors errors() {
  constexpr auto kValues = static_cast<std::size_t>(kErrorValues);
  LandmarkErrors out;
  out.yaw = {0};
  out.mean.assign(kValues, 1);
  out.covariance.assign(kValues * kValues, 0);
  for (std::size_t i = 0; i < kValues; ++i) out.covariance[i * kValues + i] = 1;
  out.spread.assign(kValues / 2, 0.5F);
  out.exponent = {0.6F};
  return out;
}

TEST_CASE("a file has the spread of predictions and its exponent, or neither") {
  io::Safetensors file;
  store(file, errors());
  const LandmarkErrors both = read_landmark_errors(file, "a file");
  CHECK(both.spread == errors().spread);
  CHECK(both.exponent == errors().exponent);
  for (const std::string missing : {"landmark_error_spread", "landmark_error_exponent"}) {
    CAPTURE(missing);
    io::Safetensors half = file;
    half.tensors.erase(missing);
    CHECK_THROWS_WITH_AS(read_landmark_errors(half, "a file"), doctest::Contains(missing.c_str()),
                         InputError);
  }
  file.tensors.erase("landmark_error_spread");
  file.tensors.erase("landmark_error_exponent");
  const LandmarkErrors neither = read_landmark_errors(file, "a file");
  CHECK(neither.mean == errors().mean);
  CHECK(neither.spread.empty());
  CHECK(neither.exponent.empty());
}

}  // namespace
}  // namespace fgcn::mesh
