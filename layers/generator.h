// The whole albedo network: decoder, refiner and combiner.
#pragma once

#include <vector>

#include "layers/combiner.h"
#include "layers/decoder.h"
#include "layers/mesh_hierarchy.h"
#include "layers/refiner.h"

namespace fgcn {

/// Widths of the network; the defaults are the original's for five levels.
struct GeneratorSize {
  std::int64_t terms = 6;
  std::vector<std::int64_t> decoder = {32, 16, 16, 16, 16};
  std::vector<std::int64_t> refiner = {16, 32, 64, 128};
  std::int64_t bottleneck = 512;
  std::int64_t hidden = 0;  // of the combiner
};

/// Fine albedo of a face from its embedding, its coarse albedo and the colours seen in the photo.
/// All features are vertex-major and in the hierarchy's vertex order.
///
/// Errors  fgcn::Error when the shapes do not fit together.
/// Order   any.
/// Source  Lin et al., CVPR 2020, section 3.
class Generator {
 public:
  Generator(const Context& ctx, const GraphHierarchy& hierarchy, std::int64_t embedding_size,
            Rng rng, const GeneratorSize& size = {});

  /// embedding [N, E], albedo [V, N, 3] in [-1, 1], projected [V, N, 4] (colour in [-1, 1] times
  /// visibility, visibility) -> [V, N, 3] in [-1, 1].
  Var operator()(const Var& embedding, const Var& albedo, const Var& projected) const;

  /// The same with albedo and projected side by side, [V, N, 7].
  Var operator()(const Var& embedding, const Var& input) const;

  /// In a fixed order, with names that are unique. Valid while this object stays where it is.
  std::vector<Parameter*> parameters();

 private:
  std::int64_t vertices_;
  std::int64_t embedding_size_;
  Decoder decoder_;
  Refiner refiner_;
  Combiner combiner_;
};

}  // namespace fgcn
