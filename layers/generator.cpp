#include "layers/generator.h"

#include "autograd/ops/slice.h"

namespace fgcn {

Generator::Generator(const Context& ctx, const GraphHierarchy& hierarchy,
                     std::int64_t embedding_size, Rng rng, const GeneratorSize& size)
    : vertices_(hierarchy.vertices(0)),
      embedding_size_(embedding_size),
      decoder_(ctx, hierarchy, {embedding_size, size.decoder, size.terms}, rng),
      refiner_(ctx, hierarchy, {size.refiner, size.bottleneck, size.terms}, rng),
      combiner_(ctx, hierarchy, {size.hidden, size.terms}, rng) {}

Var Generator::operator()(const Var& embedding, const Var& albedo, const Var& projected) const {
  FGCN_CHECK(embedding.shape().rank == 2, "generator: the embedding is ", embedding.shape());
  const std::int64_t batch = embedding.dim(0);
  const Shape three{vertices_, batch, 3}, four{vertices_, batch, 4};
  FGCN_CHECK(albedo.shape() == three, "generator: the albedo is ", albedo.shape(), ", expected ",
             three);
  FGCN_CHECK(projected.shape() == four, "generator: the projected colours are ", projected.shape(),
             ", expected ", four);
  return (*this)(embedding, ops::concat({albedo, projected}, 2));
}

Var Generator::operator()(const Var& embedding, const Var& input) const {
  FGCN_CHECK(embedding.shape().rank == 2 && embedding.dim(1) == embedding_size_,
             "generator: the embedding is ", embedding.shape(), ", expected [N, ", embedding_size_,
             "]");
  const Shape expected{vertices_, embedding.dim(0), Refiner::kInput};
  FGCN_CHECK(input.shape() == expected, "generator: the input is ", input.shape(), ", expected ",
             expected);
  return combiner_(decoder_(embedding), refiner_(input), input);
}

std::vector<Parameter*> Generator::parameters() {
  std::vector<Parameter*> out;
  decoder_.add_to(out);
  refiner_.add_to(out);
  combiner_.add_to(out);
  return out;
}

}  // namespace fgcn
