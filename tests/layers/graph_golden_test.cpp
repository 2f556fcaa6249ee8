// Chebyshev convolution and pooling against the original system's own figures.
#include <doctest/doctest.h>

#include "autograd/ops/cheb_conv.h"
#include "autograd/ops/spmm.h"
#include "tests/layers/original_arrays.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"

namespace fgcn {
namespace {

using test::our_layout;
using test::vertex_major;

// The golden values are of float64. In single precision sums of some tens of terms, and of some
// thousand vertices in the gradient by the weights, which accumulates in double.
constexpr double kBound = sizeof(real) == sizeof(double) ? 1e-14 : 1e-6;

void close(const Tensor& actual, const std::vector<double>& expected) {
  const double error = test::relative_error(test::to_double(actual), expected);
  CAPTURE(error);
  CHECK(error <= kBound);
}

/// [N, V, C] -> [V, N, C] on the device.
Tensor features(const Context& ctx, const io::NpyArray& array) {
  return Tensor::of(ctx, {array.shape[1], array.shape[0], array.shape[2]}, vertex_major(array));
}

TEST_CASE("the Chebyshev example of order six is the original's, on both meshes") {
  for (const std::string name : {"jitter_sphere", "ict_face"}) {
    CAPTURE(name);
    const auto folder = test::shared_data("golden/" + name);
    if (!folder) return;
    const io::Npz golden = io::read_npz(*folder / "cheb_K6.npz");
    const auto array = [&](const char* key) -> const io::NpyArray& {
      return at(golden, key, "cheb_K6.npz");
    };
    const Context ctx;
    const SparseOperator laplacian(ctx, test::golden_laplacian(*folder, 0));
    const Shape shape{6, array("x").shape[2], array("y").shape[2]};
    Tape tape(ctx);
    const Var x = tape.constant(features(ctx, array("x")));
    const Var w = tape.constant(Tensor::of(ctx, shape, our_layout(array("W").doubles(), shape)));
    close(ops::cheb_conv(laplacian, x, w).value(), vertex_major(array("y")));
  }
}

struct Layer {
  const char* file;
  int level;
  std::int64_t terms;
};
constexpr Layer kLayers[] = {{"cheb_l0_B2_f6_o3_K1", 0, 1},
                             {"cheb_l0_B2_f7_o16_K6", 0, 6},
                             {"cheb_l1_B1_f16_o16_K6", 1, 6},
                             {"cheb_l2_B3_f5_o4_K2", 2, 2}};

TEST_CASE("Chebyshev layers and both their gradients are the original's") {
  const auto sphere = test::shared_data("golden/jitter_sphere");
  const auto folder = test::shared_data("golden/net_jitter_sphere");
  if (!sphere || !folder) return;
  const Context ctx;
  for (const Layer& layer : kLayers) {
    CAPTURE(layer.file);
    const io::Npz golden = io::read_npz(*folder / (std::string(layer.file) + ".npz"));
    const auto array = [&](const char* key) -> const io::NpyArray& {
      return at(golden, key, layer.file);
    };
    const SparseOperator laplacian(ctx, test::golden_laplacian(*sphere, layer.level));
    const Shape shape{layer.terms, array("in_x").shape[2], array("out").shape[2]};
    Tape tape(ctx);
    const Var x = tape.leaf(features(ctx, array("in_x")));
    const Var w =
        tape.leaf(Tensor::of(ctx, shape, our_layout(array("w:c/weights").doubles(), shape)));
    const Var y = ops::cheb_conv(laplacian, x, w);
    close(y.value(), vertex_major(array("out")));
    const Vars grads = tape.grad(y, {x, w}, {.seed = tape.constant(features(ctx, array("R")))});
    close(grads[0].value(), vertex_major(array("gradin_x")));
    close(grads[1].value(), our_layout(array("g:c/weights").doubles(), shape));
  }
}

TEST_CASE("pooling and un-pooling and their gradients are the original's") {
  const auto sphere = test::shared_data("golden/jitter_sphere");
  const auto folder = test::shared_data("golden/net_jitter_sphere");
  if (!sphere || !folder) return;
  const Context ctx;
  for (const auto& [file, matrix] :
       {std::pair{"pool0.npz", "downsamp0.npz"}, std::pair{"unpool0.npz", "upsamp0.npz"}}) {
    CAPTURE(file);
    const io::Npz golden = io::read_npz(*folder / file);
    const auto array = [&, name = std::string(file)](const char* key) -> const io::NpyArray& {
      return at(golden, key, name);
    };
    const SparseOperator a(ctx, io::read_sparse_npz(*sphere / matrix));
    Tape tape(ctx);
    const Var x = tape.leaf(features(ctx, array("in_x")));
    const Var y = ops::spmm(a, x);
    close(y.value(), vertex_major(array("out")));
    const Vars grads = tape.grad(y, {x}, {.seed = tape.constant(features(ctx, array("R")))});
    close(grads[0].value(), vertex_major(array("gradin_x")));
  }
}

}  // namespace
}  // namespace fgcn
