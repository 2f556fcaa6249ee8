// The energy that the photometric stage of a fit minimizes.
#pragma once

#include <array>
#include <vector>

#include "autograd/ops/gather.h"
#include "autograd/tape.h"
#include "io/image.h"
#include "layers/morphable_face.h"
#include "render/face_renderer.h"

namespace fgcn::recon {

/// The unknowns of a fit, in this order everywhere.
enum FitUnknown { kIdentity, kExpression, kAlbedo, kAngles, kTranslation, kLight, kFitUnknowns };

/// One row [1, n] of each.
using FitVector = std::array<std::vector<double>, kFitUnknowns>;

/// The photo at one size, to compare with.
struct EnergyTarget {
  Camera camera;
  Tensor photo;                // [1, H, W, 3]
  Tensor weight;               // [1, H, W, 1] of each pixel
  RowIndex landmark_vertices;  // 68
  Tensor landmarks;            // [1, 68, 2] pixels
  Tensor landmark_weight;      // [1, 68, 1] 1 / sigma^2
  FitVector prior;             // means
  FitVector sigma;             // standard deviations; a zero holds no prior
  double photo_strength = 1;   // times the weighted mean of |I - J|
};

/// The energy of stage 3 of PhotoFitter and its gradient. Order: once.
struct Energy {
  double value = 0;
  FitVector gradient;
};
Energy photo_energy(const Context& ctx, const MorphableFace& face, const Triangles& mesh,
                    const EnergyTarget& target, const FitVector& x);

}  // namespace fgcn::recon
