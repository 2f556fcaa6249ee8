#include "recon/refine/crop_patches.h"

#include "kernels/core/error.h"
#include "layers/patch_encoder.h"
#include "recon/fit/posed_face.h"

namespace fgcn::recon {

void cut_patches(const Image& crop, std::span<real> out) {
  constexpr std::int64_t kShrink = kCropSize / PatchEncoder::kCrop;  // pixels that make one
  constexpr std::int64_t kSide = PatchEncoder::kPatchSide;
  constexpr std::int64_t kBlocksAside = PatchEncoder::kPatchesAside / 2;
  constexpr float kShare = 1.0f / static_cast<float>(kShrink * kShrink);
  FGCN_CHECK(
      static_cast<std::int64_t>(out.size()) == PatchEncoder::kPatches * PatchEncoder::kPatchValues,
      "cut_patches: room for ", out.size(), " pixels");
  real* to = out.data();
  const auto pixel = [&](std::int64_t y, std::int64_t x) {
    for (std::int64_t c = 0; c < PatchEncoder::kChannels; ++c) {
      float sum = 0;
      for (std::int64_t i = 0; i < kShrink * kShrink; ++i) {
        sum += crop.at(y * kShrink + i / kShrink, x * kShrink + i % kShrink)[c];
      }
      *to++ = static_cast<real>(2 * kShare * sum - 1);
    }
  };
  for (std::int64_t block = 0; block < kBlocksAside * kBlocksAside; ++block) {
    for (std::int64_t part = 0; part < 4; ++part) {
      const std::int64_t y = (block / kBlocksAside * 2 + part / 2) * kSide;
      const std::int64_t x = (block % kBlocksAside * 2 + part % 2) * kSide;
      for (std::int64_t i = 0; i < kSide * kSide; ++i) {
        pixel(y + i / kSide, x + i % kSide);
      }
    }
  }
}

}  // namespace fgcn::recon
