#include "layers/facenet.h"

#include <doctest/doctest.h>

#include <cmath>

#include "io/npz.h"
#include "kernels/core/error.h"
#include "tests/layers/seeded_weights.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

constexpr double kGoldenError = sizeof(real) == sizeof(double) ? 1e-10 : 1e-5;

TEST_CASE("FaceNet gives the golden embedding") {
  const auto folder = test::shared_data("golden/nets_layout");
  if (!folder) return;
  const io::Npz golden = io::read_npz(*folder / "facenet.npz");
  const FaceNet network(Context(), test::seeded_weights(*folder / "facenet_tensors.txt"),
                        "facenet");
  CHECK(network.embedding_size() == 512);
  std::vector<double> pixels = test::seeded_image("facenet.image", 2, 160, 160);
  for (double& v : pixels) v = double{std::nearbyint(255 * static_cast<float>(v))} / 255;
  const Context ctx;
  Tape tape(ctx, Record::kNothing);
  const FaceNetEmbedding y =
      network(facenet_input(tape.constant(Tensor::of(ctx, {2, 160, 160, 3}, pixels))));
  const auto error = [&](const Var& v, const std::string& name) {
    const double e =
        test::relative_error(test::to_double(v.value()), at(golden, name, "facenet").doubles());
    MESSAGE("facenet " << name << ": " << e);
    return e;
  };
  CHECK(error(y.pooled, "pool") <= kGoldenError);
  CHECK(error(y.raw, "before_normalising") <= kGoldenError);
  CHECK(error(y.embedding, "embedding") <= kGoldenError);
}

}  // namespace
}  // namespace fgcn
