// How well a network does on photos that it does not learn from.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "io/image.h"
#include "mesh/face/face_model.h"
#include "recon/fit/agreement.h"
#include "recon/refine/photo_sample.h"
#include "recon/refine/refinement_model.h"
#include "recon/refine_photo.h"

namespace fgcn::train {

/// A photo and what a network makes of it.
struct RefinedPhoto {
  Image crop;                       // [S, S, 3]
  recon::RenderedAgreement coarse;  // lit, over the crop
  recon::RefinedFace refined;
};
/// One that is shown, with its coarse and refined albedo as pictures, without light, before grey.
struct ShownPhoto {
  RefinedPhoto photo;
  std::array<Image, 2> albedos;
};

/// Refines photos and renders them, as reconstruction does (recon/refine_photo.h): the coarse
/// albedo under the fit's light, the refined one under light that is fitted to it anew.
///
/// Errors   InputError as recon::check_networks.
/// Repeat   bitwise, for any number of threads.
class PhotoJudge {
 public:
  /// All must outlive it, and the fixed networks too.
  PhotoJudge(const Context& ctx, const recon::RefinementModel& model, const mesh::FaceModel& face,
             const recon::PhotoNetworks& fixed);

  RefinedPhoto operator()(const recon::PhotoSample& sample) const;
  /// Pictures of a ShownPhoto.
  std::array<Image, 2> albedos(const recon::PhotoSample& sample, const RefinedPhoto& photo) const;

 private:
  Context ctx_;
  const recon::RefinementModel* model_;
  recon::PhotoNetworks fixed_;
  std::vector<std::int32_t> faces_;
  recon::MouthColors mouth_;
};

/// Means over photos; those of which no skin is seen do not count.
struct PhotoScore {
  std::int64_t photos = 0;
  double l1 = 0, psnr = 0, ssim = 0;
  double coarse_l1 = 0, coarse_psnr = 0, coarse_ssim = 0;

  void add(const RefinedPhoto& photo);
  /// Mean of the scores that were added.
  PhotoScore mean() const;
};

/// One row per photo: crop, coarse and refined over it, coarse and refined albedo.
Image8 photo_sheet(std::span<const ShownPhoto> photos);

}  // namespace fgcn::train
