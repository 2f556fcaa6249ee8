// A face model fitted to one aligned photo.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "io/image.h"
#include "kernels/core/context.h"
#include "mesh/face/face_model.h"
#include "photo/landmarks.h"
#include "recon/fit/fit_landmarks.h"
#include "recon/fit/fit_light.h"
#include "recon/fit/fit_result.h"

namespace fgcn::recon {

struct PhotoFitOptions {
  LandmarkFitOptions landmarks;
  LightFitOptions light;
  double color_sigma = 0.06;   // of a pixel, beyond what the model can say
  double observations = 600;   // how many independent colors a face's pixels amount to
  double tracked_sigma = 2.0;  // pixels at 224: how far a landmark may be from the photo's
  double angle_sigma = 0.03;   // radians around the landmarks' pose
  // How far colors may move what landmarks of known errors gave: standard deviations, and weights.
  double touched_up_identity = 0.1;
  double touched_up_expression = 0.03;
  double step = 0.04;          // of Adam, in standard deviations of each unknown
  int coarse_iterations = 25;  // at a quarter of the crop's size
  int fine_iterations = 15;    // at half of it
};

/// Coefficients of a face, pose and light that somebody else found. As many as the model has modes.
struct FaceStart {
  std::vector<double> identity, expression, albedo;
  std::array<double, 3> angles_rad{};
  std::array<double, 3> translation_dm{};
  std::array<double, 27> sh_coefficients{};  // as FitResult has them
};

/// Identity, expression, albedo, pose and light of an aligned crop, in three stages:
///   1. pose and shape from the landmarks (fit_landmarks.h);
///   2. light and albedo from the colors at visible vertices (fit_light.h);
///   3. all of them together by descending, through the renderer,
///        n mean_p w_p |I_p - J_p| / sigma + sum_k huber(|screen(v_k) - l_k| / sigma_k) + priors
///      from coarse to fine, with Adam; w_p is the skin mask times how well stage 2 explains the
///      pixel, so that beards, glasses and hard shadows do not pull; then stage 2 again.
///
/// Where the points' errors are known (fit_landmarks.h), stage 3 keeps near the shape of stage 1.
/// From a start, stages 1 and 2 are left out: stage 3 begins at its coefficients, and what stage 2
/// would explain only weighs the pixels.
///
/// Errors   fgcn::Error when the crop is not square with 3 or 4 channels, or hidden has another
///          size.
/// Repeat   bitwise, for any number of threads.
/// Source   Blanz and Vetter, PAMI 2003; Kingma and Ba 2015 for Adam.
class PhotoFitter {
 public:
  PhotoFitter(const Context& ctx, const mesh::FaceModel& model,
              const PhotoFitOptions& options = {});
  PhotoFitter(PhotoFitter&&) noexcept;
  PhotoFitter& operator=(PhotoFitter&&) noexcept;
  ~PhotoFitter();

  /// `crop` [S, S, 3 or 4] in [0, 1], a fourth channel is the skin mask; `landmarks` in its pixels.
  /// Eyes and lips are no skin and are read whatever the mask says, but not where `hidden`
  /// [S, S, 1] is above 0; it may be empty.
  FitResult fit(const Image& crop, const photo::Landmarks& landmarks, const Image& hidden = {},
                const PointSource& source = {}) const;
  FitResult fit_from(const FaceStart& start, const Image& crop, const photo::Landmarks& landmarks,
                     const Image& hidden = {}) const;
  /// The face of `start` as it is, seen in a crop of `size` pixels a side.
  FitResult placed(const FaceStart& start, const photo::Landmarks& landmarks,
                   std::int64_t size) const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace fgcn::recon
