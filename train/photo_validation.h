// How well a network does on photos that it does not learn from.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "layers/identity_network.h"
#include "mesh/face_model.h"
#include "render/image.h"
#include "render/metrics.h"
#include "train/photo_sample.h"
#include "train/refinement_model.h"

namespace fgcn::train {

/// A photo and what a network makes of it. Pictures [S, S, 3], sRGB-encoded [0, 1].
struct RefinedPhoto {
  Image crop, coarse, refined;             // the lit faces laid over the crop
  Image coarse_albedo, refined_albedo;     // without light, before grey
  ImageError coarse_error, refined_error;  // lit face against crop, over visible skin
};

/// Refines photos and draws them, as reconstruction does: the coarse albedo under the fit's light,
/// the refined one under light that is fitted to it anew (relight.h).
///
/// Errors   InputError when the network needs an identity network and there is none.
/// Repeat   bitwise, for any number of threads.
class PhotoJudge {
 public:
  /// All must outlive it.
  PhotoJudge(const Context& ctx, const RefinementModel& model, const mesh::FaceModel& face,
             const IdentityNetwork* identity);

  RefinedPhoto operator()(const PhotoSample& sample) const;

 private:
  Context ctx_;
  const RefinementModel* model_;
  const IdentityNetwork* identity_;
  std::vector<std::int32_t> faces_;
};

/// Means over photos; those of which no skin is seen do not count.
struct PhotoScore {
  std::int64_t photos = 0;
  double l1 = 0, psnr = 0, ssim = 0;
  double coarse_l1 = 0, coarse_psnr = 0, coarse_ssim = 0;

  void add(const RefinedPhoto& photo);
  /// Of what was added.
  PhotoScore mean() const;
};

/// A row a photo: crop, coarse and refined over it, coarse and refined albedo.
Image8 photo_sheet(std::span<const RefinedPhoto> photos);

}  // namespace fgcn::train
