#include "train/synthetic/synthetic_detail.h"

#include <cstdint>

#include "train/synthetic/albedo_canvas.h"
#include "train/synthetic/cover_layers.h"
#include "train/synthetic/crease_layers.h"
#include "train/synthetic/skin_layers.h"

namespace fgcn::train {

std::vector<float> paint_detail(const recon::FaceFrame& frame, std::vector<float> albedo, Rng rng) {
  AlbedoCanvas canvas(frame, albedo);
  using Layer = void (*)(AlbedoCanvas&, Rng&);
  struct Choice {
    Layer layer;
    double probability;
  };
  constexpr Choice kLayers[] = {
      {uneven_skin, 1.0}, {freckles, 0.25}, {spots, 0.7},    {wrinkles, 0.45},
      {scar, 0.12},       {folds, 0.6},     {mottled, 0.5},  {brows, 0.75},
      {beard, 0.3},       {make_up, 0.35},  {pattern, 0.25},
  };
  std::uint64_t stream = 0;
  for (const Choice& choice : kLayers) {
    Rng own = rng.split(++stream);
    if (chance(own, choice.probability)) choice.layer(canvas, own);
  }
  return albedo;
}

}  // namespace fgcn::train
