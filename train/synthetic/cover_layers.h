// Layers that cover the skin: hair, make-up, paint.
#pragma once

#include "kernels/core/rng.h"
#include "train/synthetic/albedo_canvas.h"

namespace fgcn::train {

void brows(AlbedoCanvas& canvas, Rng& rng);
/// Stubble and beard, moustache included.
void beard(AlbedoCanvas& canvas, Rng& rng);
void make_up(AlbedoCanvas& canvas, Rng& rng);
/// Paint of any color, so that the network keeps what it sees and not only what faces have.
void pattern(AlbedoCanvas& canvas, Rng& rng);

}  // namespace fgcn::train
