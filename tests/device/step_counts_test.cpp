// How much a step of the generator gives to a GPU, alone and with the critic it would train
// against. Counts do not depend on the number of vertices, as long as a layer runs by tiles.
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "apps/bench/bench_mesh.h"
#include "autograd/ops/binary.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/unary.h"
#include "layers/critic.h"
#include "layers/generator.h"
#include "tests/device/gpus.h"
#include "tests/support/op_check.h"
#include "train/adam.h"

namespace fgcn {
namespace {

constexpr std::int64_t kBatch = 2, kEmbedding = 24;
constexpr std::int32_t kSide = 33;  // of a lattice: five levels

/// One step: gradients of `loss` by the parameters, then Adam. Nothing in it waits.
template <class Loss>
WorkCounts count_step(const Context& ctx, const std::vector<Parameter*>& parameters,
                      const Loss& loss) {
  train::Adam adam(parameters, {});
  const auto step = [&] {
    Tape tape(ctx);
    const Var total = loss(tape);
    Vars xs;
    for (const Parameter* p : parameters) xs.push_back(tape.use(*p));
    adam.step(tape.gradients(total, xs), 1e-3);
  };
  step();  // makes tiles and the libraries' handles
  ctx.synchronize();
  ctx.runtime().reset_counts();
  step();
  const WorkCounts out = ctx.runtime().counts();
  ctx.synchronize();
  adam.check();
  return out;
}

TEST_CASE("launches of a step of the generator, and of the critic's with its penalty") {
  if (!test::can_count({"cublas"})) return;
  const Context ctx = test::counted_device(test::kLazy);
  Rng rng(1);
  const GraphHierarchy hierarchy = bench::lattice_hierarchy(ctx, kSide);
  const std::int64_t vertices = hierarchy.vertices(0);
  Generator generator(ctx, hierarchy, kEmbedding, Rng(2));
  const Tensor embedding = test::uniform({kBatch, kEmbedding}, rng).to(ctx);
  const Tensor albedo = test::uniform({vertices, kBatch, 3}, rng).to(ctx);
  const Tensor projected = test::uniform({vertices, kBatch, 4}, rng).to(ctx);
  Critic critic(ctx, {.side = 32}, rng);
  const Tensor real_picture = test::uniform({kBatch, 32, 32, 3}, rng).to(ctx);
  const Tensor fake_picture = test::uniform({kBatch, 32, 32, 3}, rng).to(ctx);
  const WorkCounts alone = count_step(ctx, generator.parameters(), [&](Tape& tape) {
    const Var fine =
        generator(tape.constant(embedding), tape.constant(albedo), tape.constant(projected));
    return ops::mean(ops::abs(ops::sub(fine, tape.constant(albedo))));
  });
  const WorkCounts judged = count_step(ctx, critic.parameters(), [&](Tape& tape) {
    const Var between = tape.leaf(real_picture);
    const Var penalty = gradient_penalty(critic(between), between);
    const Var fake = ops::mean(critic(tape.constant(fake_picture)));
    return ops::add(ops::sub(fake, ops::mean(critic(tape.constant(real_picture)))), penalty);
  });
  // The generator's loss by the critic: its score's gradient by the rendered picture.
  ctx.runtime().reset_counts();
  {
    Tape tape(ctx);
    const Var rendered = tape.leaf(fake_picture);
    (void)tape.grad(ops::scale(ops::mean(critic(rendered)), -1), {rendered});
  }
  const WorkCounts losses = ctx.runtime().counts();
  for (const auto& [what, counts] : {std::pair{std::string("generator"), alone},
                                     {"critic, told to it", losses},
                                     {"critic, own step", judged}})
    MESSAGE(what << ": " << counts.launches << " launches, " << counts.vendor_calls
                 << " calls of libraries, " << counts.fills << " fills, " << counts.copies
                 << " copies, " << counts.uploads << " uploads");
  for (const WorkCounts& counts : {alone, losses, judged}) CHECK(counts.synchronisations == 0);
  // As they are, and a few: a layer that came to be in pieces would show.
  CHECK(alone.commands() <= 180);
  CHECK(losses.commands() <= 228);
  CHECK(judged.commands() <= 1215);
}

}  // namespace
}  // namespace fgcn
