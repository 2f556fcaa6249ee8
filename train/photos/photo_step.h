// One step of training on photographs, whose truth nobody knows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"
#include "kernels/core/rng.h"
#include "kernels/runtime/repeated_work.h"
#include "mesh/face/face_model.h"
#include "recon/refine/photo_networks.h"
#include "recon/refine/photo_sample.h"
#include "recon/refine/refinement_model.h"
#include "train/adam.h"
#include "train/photos/photo_loss_options.h"
#include "train/unread_losses.h"

namespace fgcn::train {

/// Photos for the critic's steps: as many as a batch.
using SamplePhotos = std::function<std::vector<std::shared_ptr<const recon::PhotoSample>>()>;

/// Learns from a batch of photos: forward, losses, backward, clip and Adam; with an adversary the
/// critic learns first, from photos of its own and an Adam of its own (the public code shares one,
/// so that its critic's steps count in the generator's bias correction).
///
/// Geometry, pose and photo are constants: a batch is rasterised once and shaded twice, with the
/// coarse and the refined albedo. What a photo alone decides is prepared on the host; its identity
/// embedding is made once and kept (photo_batch.h).
///
/// The host waits for the device where the light is refitted to the prediction
/// (TrainingLight::kRefit), once per step and once per step of the critic, and else not at all;
/// what the losses were is kept on the device until asked for. With graphs the device's work is
/// recorded in the second step and given as a whole from then on: one graph, or two, before and
/// after the prediction; as many for a step of the critic; and one for a photo's identity. Work is
/// recorded anew when another set of terms counts, which the schedule decides.
///
/// Errors   InputError when a face model without mirrored vertices is asked for symmetry, or
///          weights or options need an identity network and there is none; fgcn::Error when the
///          batch is of another size, no loss counts, or an adversary has no photos to draw. For
///          what is not finite see losses(); on the CPU a gradient throws at once.
/// Repeat   bitwise, for any number of threads, with and without graphs, and through save() and
///          load() when model and optimiser are restored too.
/// Source   Lin et al., CVPR 2020; docs/method.md, "Networks" and "Losses".
class PhotoStep {
 public:
  /// Model, optimiser, face model and fixed networks must outlive it, and their tensors stay
  /// where they are once per step was done. Sets the optimiser's L2 term.
  PhotoStep(const Context& ctx, recon::RefinementModel& model, Adam& adam,
            const mesh::FaceModel& face, const PhotoLossOptions& options,
            const recon::PhotoNetworks& fixed, std::int64_t batch, Rng rng,
            UseGraph graph = UseGraph::kNo);
  PhotoStep(PhotoStep&&) noexcept;
  ~PhotoStep();

  void operator()(std::span<const recon::PhotoSample* const> batch, double epoch,
                  double learning_rate, const SamplePhotos& draw = {});

  /// How many steps losses() holds: UnreadLosses::kMost at most.
  std::int64_t unread() const;
  /// The losses of the steps since the last call, in order; waits for the device when there are
  /// any. By name, unweighted but for "total", the first, which is what was descended (without the
  /// critic's own): total, texture, project, pixel, identity, symmetry, variance, l2, adversary,
  /// critic, penalty (those that the options have), and to look at: coarse_l1 and refined_l1, the
  /// pixel L1 of both renders. All on [-1, 1]. NotFinite naming the loss, or the tensor, when one
  /// or a gradient was not finite; nothing is learnt from such a gradient on.
  std::vector<std::vector<NamedLoss>> losses();

  /// The losses of a batch of any size, and nothing learnt; waits for the device.
  std::vector<NamedLoss> measure(std::span<const recon::PhotoSample* const> batch, double epoch);

  /// The network's input in the last step; fgcn::Error before one.
  recon::RefinementBatch last_batch() const;

  /// Steps of the critic so far.
  std::int64_t critic_steps() const;

  /// Critic, its optimiser and running statistics, random state; not the model's own.
  void save(io::Safetensors& file) const;
  /// InputError naming `where` when they are missing or do not fit.
  void load(const io::Safetensors& file, const std::string& where);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fgcn::train
