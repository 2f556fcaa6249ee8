#include "recon/refine/crop_identity.h"

#include "autograd/ops/unary.h"
#include "photo/face_chip.h"
#include "recon/refine/identity.h"

namespace fgcn::recon {

ChipMap identity_window(const IdentityNetwork& network, const PhotoSample& sample) {
  const std::int64_t side = network.sizes().side;
  if (network.is_facenet()) return whole_crop(sample.crop.height, side);
  return chip_map(photo::face_chip_view(sample.landmarks, {.side = side}));
}

void put_signed_colors(const Image& crop, std::span<real> out) {
  for (std::size_t i = 0, o = 0; i < crop.pixels.size(); ++i)
    if (i % 4 != 3) out[o++] = 2 * static_cast<real>(crop.pixels[i]) - 1;
}

std::vector<float> crop_embedding(const Context& ctx, const PhotoNetworks& networks,
                                  EmbeddingForm form, const PhotoSample& sample,
                                  const Image* pooled_crop) {
  const bool other = form == EmbeddingForm::kPooled && pooled_crop != nullptr;
  const Image& crop = other ? *pooled_crop : sample.crop;
  const std::int64_t side = crop.height, window = networks.identity->sizes().side;
  const ChipMap map =
      other ? whole_crop(side, window) : identity_window(*networks.identity, sample);
  Tape tape(ctx, Record::kNothing);
  std::vector<real> colors(static_cast<std::size_t>(3 * side * side));
  put_signed_colors(crop, colors);
  const Var photo = tape.constant(Tensor::of(ctx, {1, side, side, 3}, colors));
  const Var unit = ops::add_scalar(ops::scale(photo, 0.5), 0.5);
  const Var chip = face_chip(unit, {map}, {.side = window});
  const std::vector<real> host =
      crop_numbers(networks, form, unit, chip).embedding.value().to_host();
  return {host.begin(), host.end()};
}

}  // namespace fgcn::recon
