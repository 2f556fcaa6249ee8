// The mesh autoencoder of both recipes, its loss, its gradients and three steps against figures of
// the original systems.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "autograd/ops/reduce.h"
#include "mesh/laplacian.h"
#include "tests/layers/original_arrays.h"
#include "tests/support/op_check.h"
#include "tests/support/shared_data.h"
#include "train/coma/coma_loss.h"
#include "train/coma/coma_optimiser.h"

namespace fgcn {
namespace {

namespace fs = std::filesystem;
using train::ComaOptimiser;
using train::ComaUpdate;

// The golden values are of float64; single precision rounds sums of some thousand terms.
constexpr bool kDouble = sizeof(real) == sizeof(double);
constexpr double kBound = kDouble ? 1e-12 : 1e-5;
// The loss has a kink where y = x: rounding turns the sign of a few of the 20,475 terms over.
constexpr double kGradientBound = kDouble ? 1e-12 : 1e-3;
// Without the L2 term the weights after three momentum steps are 2e-5 off.
constexpr double kMomentumBound = kDouble ? 1e-12 : 5e-6;
// Adam divides the rounding of a small gradient by the gradient.
constexpr double kAdamBound = kDouble ? 1e-12 : 1e-3;
constexpr double kL2 = 5e-4;
constexpr int kLevels = 5;

enum class Weights { kTriangles, kBinary };

GraphHierarchy golden_hierarchy(const Context& ctx, const fs::path& folder, Weights weights) {
  std::vector<Csr> laplacians, pools, unpools;
  for (int i = 0; i < kLevels; ++i) {
    const std::string number = std::to_string(i) + ".npz";
    Csr a = io::read_sparse_npz(folder / ("adjacency" + number));
    if (weights == Weights::kBinary)
      std::fill(a.value.begin(), a.value.end(), decltype(a.value)::value_type(1));
    laplacians.push_back(mesh::rescaled_laplacian(mesh::normalised_laplacian(a)));
    if (i + 1 == kLevels) break;
    pools.push_back(io::read_sparse_npz(folder / ("downsamp" + number)));
    unpools.push_back(io::read_sparse_npz(folder / ("upsamp" + number)));
  }
  return GraphHierarchy(ctx, laplacians, pools, unpools);
}

/// The name that a parameter has in the golden file.
std::string authors_name(const std::string& ours) {
  const bool bias = ours.ends_with(".bias");
  const std::string kind = bias ? "/bias" : "/weights";
  const std::string layer = ours.substr(0, ours.rfind('.'));
  if (layer == "encoder.code") return "encoder/fc" + kind;
  if (layer == "decoder.full") return "decoder/fc2" + kind;
  if (layer == "decoder.out") return "decoder" + kind;
  const std::string number(1, static_cast<char>(layer.back() + 1));
  return (layer.starts_with("encoder") ? "encoder/conv" : "decoder/upconv") + number + kind;
}

std::string remakes_name(const std::string& ours) {
  const std::string kind = ours.ends_with(".bias") ? ".bias" : ".weight";
  const std::string layer = ours.substr(0, ours.rfind('.'));
  if (layer == "encoder.code") return "en_layers.4" + kind;
  if (layer == "decoder.full") return "de_layers.0" + kind;
  if (layer == "decoder.out") return "de_layers.5" + kind;
  if (layer.starts_with("encoder"))
    return "en_layers." + std::string(1, layer.back()) + ".conv" + kind;
  return "de_layers." + std::string(1, static_cast<char>(layer.back() + 1)) + ".conv" + kind;
}

struct Recipe {
  const char* file;
  ComaForm form;
  Weights weights;
  ComaUpdate update;
  double l2;
};
constexpr Recipe kAuthors{"tf_relu_momentum.npz", ComaForm::kRelu, Weights::kTriangles,
                          ComaUpdate::kMomentum, kL2};
constexpr Recipe kRemake{"elu_adam.npz", ComaForm::kElu, Weights::kBinary, ComaUpdate::kAdam, 0};

class Golden {
 public:
  Golden(const fs::path& file, ComaForm form) : arrays_(io::read_npz(file)), form_(form) {}

  const io::NpyArray& array(const std::string& key) const { return at(arrays_, key, "golden"); }
  double number(const std::string& key) const { return array(key).doubles().at(0); }
  /// Under "w:", "g:" or "w3:", in the parameter's layout.
  std::vector<double> of(const char* prefix, const Parameter& p) const {
    const Shape& shape = p.value.shape();
    if (form_ == ComaForm::kRelu)
      return test::our_layout(array(prefix + authors_name(p.name)).doubles(), shape);
    std::vector<double> theirs = array(prefix + remakes_name(p.name)).doubles();
    if (shape.rank != 2) return theirs;
    std::vector<double> turned(theirs.size());  // theirs is [out, in]
    for (std::int64_t i = 0; i < shape[0]; ++i)
      for (std::int64_t o = 0; o < shape[1]; ++o)
        turned[static_cast<std::size_t>(i * shape[1] + o)] =
            theirs[static_cast<std::size_t>(o * shape[0] + i)];
    return turned;
  }

 private:
  io::Npz arrays_;
  ComaForm form_;
};

void near(const std::string& what, const std::vector<double>& actual,
          const std::vector<double>& expected, double bound = kBound) {
  const double error = test::relative_error(actual, expected);
  CAPTURE(what);
  CAPTURE(error);
  CHECK(error <= bound);
}

void check_recipe(const Recipe& recipe) {
  const auto sphere = test::shared_data("golden/jitter_sphere");
  const auto folder = test::shared_data("golden/coma");
  if (!sphere || !folder) return;
  const Golden golden(*folder / recipe.file, recipe.form);
  const Context ctx;
  Rng rng(1);
  const GraphHierarchy hierarchy = golden_hierarchy(ctx, *sphere, recipe.weights);
  ComaSize size;
  size.form = recipe.form;
  ComaNetwork network(ctx, hierarchy, size, rng);
  for (Parameter* p : network.parameters())
    p->value = Tensor::of(ctx, p->value.shape(), golden.of("w:", *p));
  std::vector<double> l2;
  for (const bool dense : network.fully_connected()) l2.push_back(dense ? recipe.l2 : 0);
  ComaOptimiser optimiser(network.parameters(), {.update = recipe.update}, l2);

  const io::NpyArray& in = golden.array("in_x");
  const Tensor x_values =
      Tensor::of(ctx, {in.shape[1], in.shape[0], in.shape[2]}, test::vertex_major(in));
  const std::vector<double> losses = golden.array("step_losses").doubles();
  for (std::size_t step = 0; step < losses.size(); ++step) {
    CAPTURE(step);
    Tape tape(ctx);
    const Var x = tape.constant(x_values);
    const Var z = network.encode(x).mean;
    const Var y = network.decode(z);
    const Var loss = train::coma_data_loss(y, x);
    const double regularisation = train::coma_regularisation(network, recipe.l2);
    const double total = test::to_double(loss.value())[0] + regularisation;
    near("loss", {total}, {losses[step]});
    if (step == 0) {
      near("latent", test::to_double(z.value()), golden.array("latent").doubles());
      near("out", test::to_double(y.value()), test::vertex_major(golden.array("out")));
      near("data loss", test::to_double(loss.value()), {golden.number("data_loss")});
      CHECK(std::abs(regularisation - golden.number("regularisation")) <= kBound);
    }
    if (step + 1 == losses.size()) break;
    Vars leaves;
    for (const Parameter* p : network.parameters()) leaves.push_back(tape.use(*p));
    const Vars grads = tape.grad(loss, leaves);
    for (std::size_t i = 0; step == 0 && i < grads.size(); ++i) {
      const Parameter& p = *network.parameters()[i];
      std::vector<double> grad = test::to_double(grads[i].value());
      const std::vector<double> w = test::to_double(p.value);
      for (std::size_t k = 0; k < grad.size(); ++k) grad[k] += l2[i] * w[k];
      near(p.name, grad, golden.of("g:", p), kGradientBound);
    }
    optimiser.step(grads, 8e-3);
  }
  for (const Parameter* p : network.parameters())
    near(p->name, test::to_double(p->value), golden.of("w3:", *p),
         recipe.update == ComaUpdate::kAdam ? kAdamBound : kMomentumBound);
}

TEST_CASE("CoMA by its authors' recipe: forward, loss, gradients and three momentum steps") {
  check_recipe(kAuthors);
}

TEST_CASE("CoMA by the re-make's recipe: forward, loss, gradients and three Adam steps") {
  check_recipe(kRemake);
}

}  // namespace
}  // namespace fgcn
