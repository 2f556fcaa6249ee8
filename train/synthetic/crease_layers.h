// Layers along lines of the skin: wrinkles, folds, scars.
#pragma once

#include "kernels/core/rng.h"
#include "train/synthetic/albedo_canvas.h"

namespace fgcn::train {

/// Of age: forehead, crow's feet, frown, bags under the eyes.
void wrinkles(AlbedoCanvas& canvas, Rng& rng);
/// Broad, soft darkening where faces fold: beside nose and mouth, under the eyes, under the lip.
/// No light on the model's smooth surface makes it.
void folds(AlbedoCanvas& canvas, Rng& rng);
void scar(AlbedoCanvas& canvas, Rng& rng);

}  // namespace fgcn::train
