// Layers of the skin itself: its tan, freckles, spots and mottling.
#pragma once

#include "kernels/core/rng.h"
#include "train/synthetic/albedo_canvas.h"

namespace fgcn::train {

/// A color cast of the whole skin and broad blotches of it: tan, redness, pallor.
void uneven_skin(AlbedoCanvas& canvas, Rng& rng);
void freckles(AlbedoCanvas& canvas, Rng& rng);
/// Moles, pimples and birthmarks.
void spots(AlbedoCanvas& canvas, Rng& rng);
/// Lighter and darker patches a few millimetres wide, of no hue of their own.
void mottled(AlbedoCanvas& canvas, Rng& rng);

}  // namespace fgcn::train
