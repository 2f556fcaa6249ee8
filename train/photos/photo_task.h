// The task on photographs, whose true albedo nobody knows.
#pragma once

#include <string>

#include "recon/refine/photo_networks.h"
#include "train/dataset/photo_source.h"
#include "train/photos/photo_settings.h"
#include "train/train_loop.h"

namespace fgcn::train {

/// The fixed networks of a run, where it has any: what resuming compares.
std::string fingerprint(const recon::PhotoNetworks& networks);

struct PhotoTrainingOptions : RunOptions {
  PhotoSettings settings;
};

/// Runs train_loop.h on the photos of the training split, measures on the validation split; the
/// error of a validation is its L1 over visible skin.
///
/// The learning rate is learning_rate * learning_rate_decay^e * f; e counts the epochs begun, of
/// the steps or, with learning_rate_counts_critic, of the steps and the critic's together; f falls
/// as half a cosine from 1 at the first step to learning_rate_end at the last. The losses' schedule
/// goes by whole epochs of the steps.
///
/// The weights remember the fixed networks that give their embedding (RefinementConfig::networks).
/// Errors   as train(), and InputError as recon::check_networks.
TrainingResult train_on_photos(const mesh::FaceModel& face, const PhotoSource& source,
                               const recon::PhotoNetworks& fixed,
                               const PhotoTrainingOptions& options, const std::atomic<bool>& stop);

}  // namespace fgcn::train
