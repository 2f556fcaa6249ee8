// Making several training samples of one photo: crop and fit changed together.
#pragma once

#include <array>
#include <optional>

#include "kernels/core/rng.h"
#include "mesh/face/face_model.h"
#include "recon/fit/fit_surfaces.h"
#include "recon/refine/photo_sample.h"

namespace fgcn::train {

/// Largest changes; each photo draws its own, uniformly.
struct AugmentOptions {
  double flip = 0.5;    // probability of left for right
  double shift = 4;     // pixels at 224, along each axis
  double scale = 0.04;  // of the size
  double roll = 0.08;   // radians
  double gain = 0.1;    // of the brightness
  double tint = 0.03;   // of each channel against the others
};

/// p' = c + shift + scale R(roll) (p - c) about the crop's centre c.
struct CropMove {
  double shift_x = 0, shift_y = 0;  // pixels, y down
  double scale = 1;
  double roll = 0;  // radians, clockwise as seen
};

/// Changes of a sample that leave the fit on the photo. Of the fit only coefficients, pose, light
/// and landmark vertices are read; its surfaces are made once, of what comes out.
///
/// Errors   fgcn::Error when sizes do not fit the model.
/// Repeat   bitwise: the result depends on sample, options and Rng alone.
class Augmenter {
 public:
  /// The model must outlive it. Not for several threads at a time: make one for each.
  explicit Augmenter(const mesh::FaceModel& model, const AugmentOptions& options = {});

  /// All changes, sampled from `rng`; no flip where can_flip() is false.
  recon::PhotoSample operator()(recon::PhotoSample sample, Rng rng) const;

  /// True when the model is its own mirror image: mean, triangles, and every mode the mirror image
  /// of plus or minus some mode. The embedded face is; the ICT-FaceKit is not, and its coefficients
  /// would have to be fitted again to the mirrored photo.
  bool can_flip() const { return mirror_modes_.has_value(); }

  /// Left for right: exact. Error when can_flip() is false.
  recon::PhotoSample flip(recon::PhotoSample sample) const;
  /// Resamples the crop (cubic; its border repeats, without skin) and moves the head: roll is
  /// exact; a shift is a turn about the camera, exact but for x^2 / f^2; a scale is another
  /// distance, exact at the landmarks' mean depth, and for a depth z off it by x z (1 - scale) /
  /// distance.
  recon::PhotoSample move(recon::PhotoSample sample, const CropMove& by) const;
  /// Photo and light times `gain` per channel; values beyond 1 are burnt out in the photo.
  recon::PhotoSample recolor(recon::PhotoSample sample, const std::array<double, 3>& gain) const;

 private:
  struct Signed {
    std::size_t mode;
    double sign;
  };
  using MirrorModes = std::vector<Signed>;  // what the mirrored face's i-th coefficient is
  struct AllMirrorModes {
    MirrorModes identity, expression, albedo;
  };

  static std::optional<AllMirrorModes> mirror_modes(const mesh::FaceModel& model);
  // All but the fit's surfaces.
  void flip_unfinished(recon::PhotoSample& sample) const;
  void move_unfinished(recon::PhotoSample& sample, const CropMove& move) const;
  void recolor_unfinished(recon::PhotoSample& sample, const std::array<double, 3>& gain) const;
  void finish(recon::PhotoSample& sample) const;

  const mesh::FaceModel* model_;
  AugmentOptions options_;
  recon::FitSurfaces surfaces_;
  std::optional<AllMirrorModes> mirror_modes_;
};

/// The light that gives at the turned normal R n what `light` gives at n.
///   rotation  [3, 3] row-major
std::array<double, 27> turned_light(const std::array<double, 27>& light,
                                    const std::array<double, 9>& rotation);

}  // namespace fgcn::train
