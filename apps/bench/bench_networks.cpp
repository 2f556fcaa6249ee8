#include "apps/bench/bench_networks.h"

#include <cstdio>
#include <string>

#include "apps/bench/bench_generator.h"
#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "layers/coefficient_regressor.h"
#include "layers/critic.h"
#include "layers/face_parsing.h"
#include "layers/facenet.h"
#include "layers/identity_network.h"

namespace fgcn::bench {
namespace {

void generator(const Scene& scene, Report& report) {
  GeneratorStep step(scene.ctx, scene.hierarchy, scene.sizes.batch);
  double first = 0;
  report.time({"generator", {}, "forward"}, [&] { first = step.forward(); });
  report.time({"generator", {}, "step"}, [&] { (void)step.step(); });
  std::printf("loss %.6f before, %.6f after\n", first, step.forward());
}

/// The paper's generator, and the gradient of all its weights for some cotangent.
void resnet(const Scene& scene, Report& report) {
  const Context& ctx = scene.ctx;
  const std::int64_t vertices = scene.hierarchy.vertices(0), batch = scene.sizes.batch;
  Generator generator(ctx, scene.hierarchy, GeneratorStep::kEmbedding, Rng(1),
                      generator_size("resnet", Activation::kRelu));
  const Tensor embedding = uniform(ctx, {batch, GeneratorStep::kEmbedding}, 1, 0, 1.6);
  const Tensor input = uniform(ctx, {vertices, batch, 7}, 2);
  const Tensor seed = uniform(ctx, {vertices, batch, 3}, 3);
  const auto albedo = [&](Tape& tape) {
    return generator(tape.constant(embedding), tape.constant(input));
  };
  report.time({"resnet", "ReLU", "forward"}, [&] {
    Tape tape(ctx, Record::kNothing);
    (void)albedo(tape);
  });
  report.time({"resnet", "ReLU", "forward and backward"}, [&] {
    Tape tape(ctx);
    const Var loss = ops::sum(ops::mul(albedo(tape), tape.constant(seed)));
    Vars xs;
    for (const Parameter* p : generator.parameters()) xs.push_back(tape.use(*p));
    (void)tape.gradients(loss, xs);
  });
}

/// Scores; and the gradient of all weights of the loss that a critic's step descends: real and made
/// pictures, and the penalty on its gradient between them, which is differentiated twice.
void critic(const Scene& scene, Report& report) {
  const Context& ctx = scene.ctx;
  CriticSize size;
  size.side = scene.sizes.pixels;
  if (size.side % 32 != 0) size.filters = {16, 32, 64};  // --tiny
  Rng rng(1);
  Critic network(ctx, size, rng);
  const Shape shape{scene.sizes.batch, size.side, size.side, 3};
  const Tensor real_images = uniform(ctx, shape, 1), fake = uniform(ctx, shape, 2),
               middle = uniform(ctx, shape, 3);
  const std::string variant = text(scene.sizes.batch, " of ", size.side, " x ", size.side);
  report.time({"critic", variant, "forward"}, [&] {
    Tape tape(ctx, Record::kNothing);
    (void)network(tape.constant(real_images));
  });
  report.time({"critic", variant, "loss, penalty and backward"}, [&] {
    Tape tape(ctx);
    const Var x = tape.leaf(middle);
    const Var penalty = gradient_penalty(network(x), x);
    const Var loss = ops::sub(ops::mean(network(tape.constant(fake))),
                              ops::mean(network(tape.constant(real_images))));
    Vars xs;
    for (const Parameter* p : network.parameters()) xs.push_back(tape.use(*p));
    (void)tape.gradients(ops::add(loss, penalty), xs);
  });
}

/// Faces' embeddings, and the gradient to their pictures. Untrained weights take as long.
void identity(const Scene& scene, Report& report) {
  IdentitySizes sizes;
  if (scene.sizes.pixels < sizes.side) {  // --tiny
    sizes.side = 43;
    sizes.stages = {{32, 1, false}, {64, 1, true}};
  }
  Rng rng(1);
  const IdentityNetwork network(scene.ctx, random_identity_weights(sizes, rng));
  const std::int64_t batch = scene.sizes.batch;
  const Tensor pictures = uniform(scene.ctx, {batch, sizes.side, sizes.side, 3}, 1, 0, 1);
  const Tensor seed = uniform(scene.ctx, {batch, sizes.embedding}, 2);
  const double flops = static_cast<double>(batch) * network.flops();
  const std::string variant = text(batch, " of ", sizes.side, " x ", sizes.side);
  report.time({"identity", variant, "forward", flops}, [&] {
    Tape tape(scene.ctx, Record::kNothing);
    (void)network(tape.constant(pictures));
  });
  // The weights are fixed: backward only the image's products are formed.
  report.time({"identity", variant, "forward and backward", 2 * flops}, [&] {
    Tape tape(scene.ctx);
    const Var x = tape.leaf(pictures);
    (void)tape.grad(network(x), {x}, {.seed = tape.constant(seed)});
  });
}

/// Networks that a user brings weights for, on one photo each: untrained ones take as long.
template <class Run>
void forward_of_one(const Scene& scene, Report& report, const char* name, const Shape& shape,
                    double flops, const Run& run) {
  const Tensor photo = uniform(scene.ctx, shape, 1, 0, 1);
  const std::string variant = text("1 of ", shape[1], " x ", shape[2]);
  report.time({name, variant, "forward", flops}, [&] {
    Tape tape(scene.ctx, Record::kNothing);
    (void)run(tape.constant(photo));
  });
}

bool tiny(const Scene& scene) { return scene.sizes.pixels < CoefficientRegressor::kSide; }

void coefficient_regressor(const Scene& scene, Report& report) {
  const CoefficientRegressor::Sizes sizes{tiny(scene) ? 16 : 1};
  const std::int64_t side = tiny(scene) ? 32 : CoefficientRegressor::kSide;
  Rng rng(1);
  const CoefficientRegressor network(
      scene.ctx, CoefficientRegressor::untrained(RegressorEdition::kTorch, rng, sizes), "untrained",
      sizes);
  forward_of_one(scene, report, "coefficient_regressor", {1, side, side, 3},
                 tiny(scene) ? 0 : network.flops(), network);
}

void facenet(const Scene& scene, Report& report) {
  const FaceNet::Sizes sizes{tiny(scene) ? 16 : 1};
  const std::int64_t side = tiny(scene) ? FaceNet::kLeastSide : FaceNet::kSide;
  Rng rng(1);
  const FaceNet network(scene.ctx, FaceNet::untrained(WeightNames::kTorch, rng, sizes), "untrained",
                        sizes);
  forward_of_one(scene, report, "facenet", {1, side, side, 3}, 0, network);
}

void face_parsing(const Scene& scene, Report& report) {
  const FaceParsingNetwork::Sizes sizes =
      tiny(scene) ? FaceParsingNetwork::Sizes{{64, 64}, 16} : FaceParsingNetwork::Sizes();
  Rng rng(1);
  const FaceParsingNetwork network(scene.ctx, FaceParsingNetwork::untrained(rng, sizes),
                                   "untrained", sizes);
  forward_of_one(scene, report, "face_parsing", {1, sizes.image.height, sizes.image.width, 3}, 0,
                 network);
}

constexpr OpBench kBenches[] = {{"generator", generator},
                                {"resnet", resnet},
                                {"critic", critic},
                                {"identity", identity},
                                {"coefficient_regressor", coefficient_regressor},
                                {"facenet", facenet},
                                {"face_parsing", face_parsing}};

}  // namespace

std::span<const OpBench> network_benches() { return kBenches; }

}  // namespace fgcn::bench
