#include "layers/patch_encoder.h"

#include "autograd/ops/reduce.h"

namespace fgcn {
namespace {

constexpr std::int64_t kInBlock = 4;  // patches
constexpr std::int64_t kBlocks = PatchEncoder::kPatches / kInBlock;
constexpr std::int64_t kOfPatch = 32, kOfBlock = 64;  // channels

}  // namespace

PatchEncoder::PatchEncoder(const Context& ctx, std::int64_t embedding, Rng& rng, WeightForm form)
    : patch_(ctx, "encoder.patch", kPatchValues, kOfPatch, rng, form),
      block_(ctx, "encoder.block", kInBlock * kOfPatch, kOfBlock, rng, form),
      full_(ctx, "encoder.full", kBlocks * kOfBlock, embedding, rng, form) {}

Var PatchEncoder::operator()(const Var& x) const {
  FGCN_CHECK(x.shape().rank == 2 && x.dim(0) % kPatches == 0 && x.dim(1) == kPatchValues,
             "patch encoder: x is ", x.shape(), ", expected [N * ", kPatches, ", ", kPatchValues,
             "]");
  const std::int64_t count = x.dim(0) / kPatches;
  const Var blocks = ops::reshape(patch_(x), {count * kBlocks, kInBlock * kOfPatch});
  return full_(ops::reshape(block_(blocks), {count, kBlocks * kOfBlock}));
}

void PatchEncoder::add_to(std::vector<Parameter*>& parameters) {
  patch_.add_to(parameters);
  block_.add_to(parameters);
  full_.add_to(parameters);
}

}  // namespace fgcn
