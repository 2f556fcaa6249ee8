#include "layers/generator.h"

#include "autograd/ops/slice.h"

namespace fgcn {

namespace {

/// Checks all that the parts take for granted, before one is made; the vertices of level 0.
std::int64_t checked_vertices(const GraphHierarchy& hierarchy, std::int64_t embedding_size,
                              const GeneratorSize& size) {
  const std::size_t levels = hierarchy.levels();
  FGCN_CHECK(levels >= 2, "generator: a hierarchy of ", levels, " levels, expected two or more");
  FGCN_CHECK(embedding_size > 0, "generator: an embedding of ", embedding_size, " numbers");
  FGCN_CHECK(size.terms > 0, "generator: convolutions of ", size.terms, " terms");
  FGCN_CHECK(size.hidden >= 0, "generator: a hidden layer of ", size.hidden, " channels");
  const bool residual = size.layer.unit == GraphUnit::kResidual;
  const std::size_t decoder = residual ? levels - 1 : levels;
  FGCN_CHECK(size.decoder.size() == decoder, "generator: ", size.decoder.size(),
             " widths of the decoder for ", levels, " levels, expected ", decoder);
  const std::size_t refiner = residual ? ResidualRefiner::kFilters : levels - 1;
  FGCN_CHECK(size.refiner.size() == refiner, "generator: ", size.refiner.size(),
             " widths of the refiner, expected ", refiner);
  FGCN_CHECK(residual || size.bottleneck > 0, "generator: a bottleneck of ", size.bottleneck);
  for (const auto& widths : {size.decoder, size.refiner})
    for (const std::int64_t width : widths)
      FGCN_CHECK(width > 0, "generator: a layer of ", width, " channels");
  return hierarchy.vertices(0);
}

std::variant<Refiner, ResidualRefiner> refiner_of(const Context& ctx,
                                                  const GraphHierarchy& hierarchy,
                                                  const GeneratorSize& size, Rng& rng) {
  if (size.layer.unit == GraphUnit::kResidual)
    return ResidualRefiner(
        ctx, hierarchy,
        {size.refiner, size.terms, size.layer.activation, size.layer.output, size.form}, rng);
  return Refiner(ctx, hierarchy,
                 {size.refiner, size.bottleneck, size.terms, size.layer.activation,
                  size.layer.output, size.form},
                 rng);
}

}  // namespace

GeneratorSize generator_size(std::string_view name, Activation activation, BranchOutput output) {
  GeneratorSize size{.layer = {.activation = activation, .output = output}};
  if (name == "normal") return size;
  if (name == "normal-wide") {
    size.decoder = {32, 32, 64, 128, 256};
    return size;
  }
  size.layer.unit = GraphUnit::kResidual;
  if (name == "resnet") {
    size.decoder = {32, 16, 16, 16};
    size.refiner = {16, 32, 32, 16};
    return size;
  }
  if (name == "resnet-wide") {
    size.decoder = {32, 64, 128, 256};
    return size;
  }
  std::string names;
  for (const std::string_view known : kGeneratorNames) names += text(" ", known);
  input_error("'", name, "' is not a network; there are:", names);
}

Generator::Generator(const Context& ctx, const GraphHierarchy& hierarchy,
                     std::int64_t embedding_size, Rng rng, const GeneratorSize& size)
    : vertices_(checked_vertices(hierarchy, embedding_size, size)),
      embedding_size_(embedding_size),
      decoder_(ctx, hierarchy, {embedding_size, size.decoder, size.terms, size.layer, size.form},
               rng),
      refiner_(refiner_of(ctx, hierarchy, size, rng)),
      combiner_(ctx, hierarchy, {size.hidden, size.terms, size.layer.activation, size.form}, rng) {}

Var Generator::operator()(const Var& embedding, const Var& albedo, const Var& projected) const {
  FGCN_CHECK(embedding.shape().rank == 2, "generator: the embedding is ", embedding.shape());
  const std::int64_t batch = embedding.dim(0);
  const Shape three{vertices_, batch, 3}, four{vertices_, batch, 4};
  FGCN_CHECK(albedo.shape() == three, "generator: the albedo is ", albedo.shape(), ", expected ",
             three);
  FGCN_CHECK(projected.shape() == four, "generator: the projected colors are ", projected.shape(),
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
  Tape& tape = input.tape();
  const Var decoded = tape.shown("decoder", Curve::kPart, decoder_(embedding));
  const Var refined =
      tape.shown("refiner", Curve::kPart,
                 std::visit([&](const auto& refiner) { return refiner(input); }, refiner_));
  return tape.shown("network", Curve::kPart, combiner_(decoded, refined, input));
}

std::vector<Parameter*> Generator::parameters() {
  std::vector<Parameter*> out;
  decoder_.add_to(out);
  std::visit([&](auto& refiner) { refiner.add_to(out); }, refiner_);
  combiner_.add_to(out);
  return out;
}

}  // namespace fgcn
