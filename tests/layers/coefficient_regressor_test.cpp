#include "layers/coefficient_regressor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "io/npz.h"
#include "kernels/core/error.h"
#include "tests/layers/seeded_weights.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

constexpr double kGoldenError = sizeof(real) == sizeof(double) ? 1e-10 : 1e-5;

void check_golden(const std::string& edition, const std::vector<double>& pixels) {
  const auto folder = test::shared_data("golden/nets_layout");
  if (!folder) return;
  const io::Npz golden = io::read_npz(*folder / (edition + ".npz"));
  const CoefficientRegressor network(
      Context(), test::seeded_weights(*folder / (edition + "_tensors.txt")), edition);
  std::vector<real> first;
  for (const int threads : {1, 3}) {
    const Context ctx(Device::kCpu, threads);
    Tape tape(ctx, Record::kNothing);
    const Regression y = network(tape.constant(Tensor::of(ctx, {2, 224, 224, 3}, pixels)));
    const double pooled = test::relative_error(test::to_double(y.pooled.value()),
                                               at(golden, "pool5", edition).doubles());
    const double coefficients = test::relative_error(test::to_double(y.coefficients.value()),
                                                     at(golden, "coefficients", edition).doubles());
    MESSAGE(edition << ": pool5 " << pooled << ", coefficients " << coefficients);
    CHECK(pooled <= kGoldenError);
    CHECK(coefficients <= kGoldenError);
    const std::vector<real> bits = y.coefficients.value().to_host();
    if (first.empty()) first = bits;
    CHECK(bits == first);
    if (sizeof(real) == sizeof(double)) break;  // the bits are those of the kernels' own tests
  }
}

TEST_CASE("the torch edition of R-Net gives the golden coefficients") {
  std::vector<double> pixels = test::seeded_image("rnet.image", 2, 224, 224);
  for (double& v : pixels) v = static_cast<float>(v);
  check_golden("rnet_torch", pixels);
}

TEST_CASE("the TensorFlow edition of R-Net gives the golden coefficients") {
  // Made as [N, H, W, BGR] of whole numbers up to 255.
  std::vector<double> pixels = test::seeded_uniform("rnet.image_tf", 2 * 224 * 224 * 3);
  for (double& v : pixels) v = double{std::nearbyint(255 * static_cast<float>(v))} / 255;
  for (std::size_t i = 0; i < pixels.size(); i += 3) std::swap(pixels[i], pixels[i + 2]);
  check_golden("rnet_tf", pixels);
}

}  // namespace
}  // namespace fgcn
