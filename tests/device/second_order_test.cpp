// A gradient penalty, which differentiates a gradient, on a GPU.
#include <doctest/doctest.h>

#include <vector>

#include "tests/device/gpus.h"
#include "tests/device/small_penalty.h"

namespace fgcn {
namespace {

TEST_CASE("a gradient penalty and its gradient are the CPU's") {
  const std::vector<std::vector<double>> expected = test::penalty(Context());
  CHECK(expected[0][0] > 0);
  test::on_every_gpu(
      [&](const Context& ctx) {
        const std::vector<std::vector<double>> actual = test::penalty(ctx);
        for (std::size_t i = 0; i < expected.size(); ++i) {
          CAPTURE(i);
          CHECK(test::relative_error(actual[i], expected[i]) <= 1e-5);
        }
      },
      {.needs = {"cublas"}, .random_orders = 1});
}

}  // namespace
}  // namespace fgcn
