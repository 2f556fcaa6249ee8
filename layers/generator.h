// The whole albedo network: decoder, refiner and combiner.
#pragma once

#include <array>
#include <string_view>
#include <variant>
#include <vector>

#include "layers/combiner.h"
#include "layers/decoder.h"
#include "layers/mesh_hierarchy.h"
#include "layers/refiner.h"
#include "layers/residual_refiner.h"

namespace fgcn {

/// The architecture and its widths; the defaults are the original's for five levels.
struct GeneratorSize {
  GraphLayer::Kind layer = {};  // residual blocks take the residual refiner with them
  WeightForm form = WeightForm::kPlain;
  std::int64_t terms = 6;
  // One per level, from the coarsest; of residual blocks one less (Decoder).
  std::vector<std::int64_t> decoder = {32, 16, 16, 16, 16};
  std::vector<std::int64_t> refiner = {16, 32, 64, 128};  // Refiner's or ResidualRefiner's
  std::int64_t bottleneck = 512;                          // of Refiner only
  std::int64_t hidden = 0;                                // of the combiner
};

/// The architectures that have a name, each for five levels (docs/dev/networks.md).
inline constexpr std::array<std::string_view, 4> kGeneratorNames = {"normal", "normal-wide",
                                                                    "resnet", "resnet-wide"};
/// InputError, with the names there are, for another.
GeneratorSize generator_size(std::string_view name, Activation activation = Activation::kBiasElu,
                             BranchOutput output = BranchOutput::kActivated);

/// Refined albedo of a face from its embedding, its coarse albedo and the colors that vertices read
/// from the photo.
/// All features are vertex-major and in the hierarchy's vertex order.
/// A watch of the tape sees every activation by its layer's name, and the parts "decoder",
/// "refiner", "refiner.bottleneck", "head" (of the hidden layer) and "network".
///
/// Errors  fgcn::Error when the shapes do not fit together, or the widths the hierarchy.
/// Order   any.
/// Source  Lin et al., CVPR 2020, section 3.
class Generator {
 public:
  Generator(const Context& ctx, const GraphHierarchy& hierarchy, std::int64_t embedding_size,
            Rng rng, const GeneratorSize& size = {});

  /// embedding [N, E], albedo [V, N, 3] in [-1, 1], projected [V, N, 4] (color in [-1, 1] times
  /// visibility, visibility) -> [V, N, 3] in [-1, 1].
  Var operator()(const Var& embedding, const Var& albedo, const Var& projected) const;

  /// Albedo and projected are concatenated in `input`, [V, N, 7].
  Var operator()(const Var& embedding, const Var& input) const;

  /// In a fixed order, with names that are unique. Valid while this object stays where it is.
  std::vector<Parameter*> parameters();

 private:
  std::int64_t vertices_;
  std::int64_t embedding_size_;
  Decoder decoder_;
  std::variant<Refiner, ResidualRefiner> refiner_;
  Combiner combiner_;
};

}  // namespace fgcn
