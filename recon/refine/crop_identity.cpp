#include "recon/refine/crop_identity.h"

#include "autograd/ops/unary.h"
#include "photo/face_chip.h"
#include "recon/refine/identity.h"

namespace fgcn::recon {

ChipMap identity_window(const IdentityNetwork& network, const PhotoSample& sample) {
  return chip_map(photo::face_chip_view(sample.landmarks, {.side = network.sizes().side}));
}

void put_signed_colors(const Image& crop, std::span<real> out) {
  for (std::size_t i = 0, o = 0; i < crop.pixels.size(); ++i)
    if (i % 4 != 3) out[o++] = 2 * static_cast<real>(crop.pixels[i]) - 1;
}

std::vector<float> crop_identity(const Context& ctx, const IdentityNetwork& network,
                                 const PhotoSample& sample) {
  Tape tape(ctx, Record::kNothing);
  const std::int64_t side = sample.crop.height;
  std::vector<real> colors(static_cast<std::size_t>(3 * side * side));
  put_signed_colors(sample.crop, colors);
  const Var photo = tape.constant(Tensor::of(ctx, {1, side, side, 3}, colors));
  const Var unit = ops::add_scalar(ops::scale(photo, 0.5), 0.5);
  const Var chip =
      face_chip(unit, {identity_window(network, sample)}, {.side = network.sizes().side});
  const std::vector<real> host = network(chip).value().to_host();
  return {host.begin(), host.end()};
}

}  // namespace fgcn::recon
