// train_graph_network: a network of two graph convolutions learns to remove noise from values on
// the vertices of a sphere. It is trained on random fields and judged by fields that it never saw.
#include <fgcn/fgcn.h>

#include <cstdio>
#include <exception>
#include <vector>

#include "sphere.h"

namespace {

using fgcn::Tensor;
using fgcn::Var;

constexpr std::int64_t kBatch = 8;

/// Two Chebyshev convolutions: 1 -> 16 -> 1 channels. One of K terms sees K - 1 edges far.
class Denoiser {
 public:
  Denoiser(const fgcn::Context& ctx, const fgcn::SparseOperator& laplacian, fgcn::Rng& rng)
      : hidden_(ctx, "hidden", laplacian, {.in = 1, .out = 16, .terms = 6},
                fgcn::Activation::kBiasElu, rng),
        out_(ctx, "out", laplacian, {.in = 16, .out = 1, .terms = 6}, rng) {}

  /// x [V, N, 1]: features lie vertex by vertex.
  Var operator()(const Var& x) const { return out_(hidden_(x)); }

  std::vector<fgcn::Parameter*> parameters() {
    std::vector<fgcn::Parameter*> all;
    hidden_.add_to(all);
    out_.add_to(all);
    return all;
  }

 private:
  fgcn::ActiveChebConv hidden_;
  fgcn::ChebConv out_;
};

struct Batch {
  Tensor noisy, clean;  // [V, N, 1]
};

/// Smooth fields, random polynomials of degree two in the vertex's position, and the same with
/// noise of standard deviation 0.5 at each vertex.
Batch sample(const fgcn::Context& ctx, const fgcn::mesh::TriangleMesh& mesh, fgcn::Rng& rng) {
  const auto vertices = static_cast<std::int64_t>(mesh.vertices.size());
  std::vector<std::array<double, 6>> terms(kBatch);
  for (std::array<double, 6>& field : terms)
    for (double& t : field) t = rng.normal();
  std::vector<double> clean, noisy;
  for (const auto& [x, y, z] : mesh.vertices) {
    for (const std::array<double, 6>& t : terms) {
      clean.push_back(t[0] * x + t[1] * y + t[2] * z + t[3] * x * y + t[4] * y * z + t[5] * z * x);
      noisy.push_back(clean.back() + 0.5 * rng.normal());
    }
  }
  const fgcn::Shape shape{vertices, kBatch, 1};
  return {Tensor::of(ctx, shape, noisy), Tensor::of(ctx, shape, clean)};
}

Var mean_square_error(const Var& prediction, const Tensor& clean) {
  const Var difference = fgcn::ops::sub(prediction, prediction.tape().constant(clean));
  return fgcn::ops::mean(fgcn::ops::square(difference));
}

bool train() {
  const fgcn::Context ctx(fgcn::choose_device("auto"));
  const fgcn::mesh::TriangleMesh mesh = example::sphere(3);
  const auto vertices = static_cast<std::int64_t>(mesh.vertices.size());
  const fgcn::SparseOperator laplacian(
      ctx, fgcn::mesh::rescaled_laplacian(
               fgcn::mesh::normalised_laplacian(fgcn::mesh::adjacency(vertices, mesh.triangles))));

  fgcn::Rng rng(1);
  Denoiser network(ctx, laplacian, rng);
  const std::vector<fgcn::Parameter*> parameters = network.parameters();
  fgcn::train::Adam adam(parameters, {});

  for (int step = 0; step <= 200; ++step) {
    const Batch batch = sample(ctx, mesh, rng);
    fgcn::Tape tape(ctx);  // records the step, so that it can be differentiated
    const Var loss = mean_square_error(network(tape.constant(batch.noisy)), batch.clean);
    fgcn::Vars weights;
    for (const fgcn::Parameter* p : parameters) weights.push_back(tape.use(*p));
    adam.step(tape.gradients(loss, weights), /*learning_rate=*/0.01);
    if (step % 40 == 0) std::printf("step %3d   loss %.4f\n", step, loss.value().item());
  }

  // A network that changed nothing would have the noise's variance as its error.
  const Batch held_out = sample(ctx, mesh, rng);
  fgcn::Tape tape(ctx, fgcn::Record::kNothing);
  const double untouched =
      mean_square_error(tape.constant(held_out.noisy), held_out.clean).value().item();
  const double network_error =
      mean_square_error(network(tape.constant(held_out.noisy)), held_out.clean).value().item();
  std::printf("held-out fields: error %.4f, without the network %.4f\n", network_error, untouched);
  return network_error < untouched / 4;
}

}  // namespace

int main() {
  try {
    if (train()) return 0;
    std::fprintf(stderr, "train_graph_network: the error is above a quarter of the noise's\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "train_graph_network: %s\n", error.what());
  }
  return 1;
}
