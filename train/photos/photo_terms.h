// The losses of a batch of photographs, put together from its terms (photo_losses.h).
#pragma once

#include <array>

#include "train/loss_terms.h"
#include "train/photos/adversary.h"
#include "train/photos/photo_batch.h"
#include "train/photos/photo_loss_options.h"

namespace fgcn::train {

/// Losses that a step minimizes, with a weight each.
enum class PhotoTerm { kTexture, kProject, kPixel, kIdentity, kSymmetry, kVariance, kAdversary };
using PhotoWeights = std::array<double, kPhotoWeights>;  // by PhotoTerm

class PhotoTerms {
 public:
  static constexpr std::size_t kMost = 12;  // losses with a name

  /// All must outlive it; the adversary may be null.
  /// Errors   InputError when the options ask for what the face model or the user does not have.
  PhotoTerms(const Context& ctx, recon::RefinementModel& model, const mesh::FaceModel& face,
             const PhotoLossOptions& options, const recon::PhotoNetworks& fixed,
             const PhotoBatcher& batcher);

  /// Weights of the schedule.
  PhotoWeights weights(double epoch) const;

  /// A prediction [V, N, 3], lit, over the photos.
  struct Shown {
    Var lit, rendered, over;
  };
  Shown show(const PhotoBatch& batch, const RenderedFaces& faces, const Var& refined,
             const Tensor& light) const;

  /// All losses; `weights` says which are descended, the batch holds how much. Work of the device
  /// that depends on nothing else. `adversary` may be null, and counts only where it has a weight.
  LossTerms operator()(const PhotoBatch& batch, const RenderedFaces& faces, const Var& refined,
                       const Tensor& light, const PhotoWeights& weights,
                       Adversary* adversary) const;

 private:
  Var draw(const RenderedFaces& faces, const Var& colors) const;
  Var identity_of(const PhotoBatch& batch, const Var& over) const;
  Tensor decay() const;

  Context ctx_;
  PhotoLossOptions options_;
  const IdentityNetwork* identity_;  // or null
  const PhotoBatcher& batcher_;
  RowIndex left_, right_, skin_;
  std::vector<const Parameter*> decayed_;
};

}  // namespace fgcn::train
