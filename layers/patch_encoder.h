// From an aligned photo to the embedding that the decoder takes.
#pragma once

#include <cstdint>
#include <vector>

#include "layers/fully_connected.h"

namespace fgcn {

/// Three convolutions whose stride is their size, hence products with patches. The encoder is
/// trained with the network, where the paper takes the embedding of a face recognition network.
///
///   x  [N * kPatches, kPatchValues]  a crop of kCrop x kCrop pixels, kChannels each, as patches:
///      blocks of 2 x 2 patches row by row, the patches of a block and the pixels of a patch too
///   y  [N, E]
///
/// 32 channels per patch, 64 per block, then all blocks -> E; ReLU after each.
///
/// Errors   fgcn::Error when x has another shape.
/// Order    any.
class PatchEncoder {
 public:
  static constexpr std::int64_t kCrop = 56;      // pixels along both axes
  static constexpr std::int64_t kPatchSide = 4;  // pixels
  static constexpr std::int64_t kChannels = 4;
  static constexpr std::int64_t kPatchesAside = kCrop / kPatchSide;
  static constexpr std::int64_t kPatches = kPatchesAside * kPatchesAside;
  static constexpr std::int64_t kPatchValues = kPatchSide * kPatchSide * kChannels;

  PatchEncoder(const Context& ctx, std::int64_t embedding, Rng& rng,
               WeightForm form = WeightForm::kPlain);

  Var operator()(const Var& x) const;
  void add_to(std::vector<Parameter*>& parameters);

 private:
  FullyConnected patch_, block_, full_;
};

}  // namespace fgcn
