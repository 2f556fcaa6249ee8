// All that decides what a run on photographs learns and leaves behind.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "recon/refine/refinement_config.h"
#include "train/adam.h"
#include "train/photo_step.h"
#include "train/run/settings.h"

namespace fgcn::train {

struct PhotoSettings {
  std::string preset;
  std::int64_t seed = 1;
  std::int64_t batch = 4;
  std::int64_t epochs = 50;
  std::int64_t steps = 0;             // 0: as many as the epochs have
  double learning_rate = 1e-4;        // of the first epoch
  double learning_rate_decay = 0.98;  // a factor at every epoch's begin
  double learning_rate_end = 1;       // a factor at the last step; 1 at the first
  bool learning_rate_counts_critic =
      false;  // the critic's steps bring the next epoch's rate nearer too
  bool augment = true;
  std::int64_t synthetic = 0;  // steps on synthetic faces after each on photos
  recon::RefinementConfig model;
  PhotoLossOptions loss;
  AdamOptions adam;

  std::int64_t log_every = 10;  // steps; so are the next two
  std::int64_t checkpoint_every = 500;
  std::int64_t validate_every = 500;
  std::int64_t checkpoints = 3;  // kept
  std::int64_t validation_photos = 64;
  std::int64_t sheet_photos = 4;
  double explosion = 50;  // times the running median of the total loss; 0: never
  bool keep_gain = false;
  std::int64_t gain_faces = 0;  // drawn at the end, to fit the level to; 0: none
};

inline constexpr std::array<std::string_view, 3> kPhotoPresets = {"default", "reference", "paper"};

/// A preset's settings. InputError, with the names there are, for another.
PhotoSettings photo_preset(const std::string& name);

/// Those with names, bound to `s`, which must outlive them and not move.
std::vector<Setting> settings_of(PhotoSettings& s);

/// Turns the adversary on where the preset has it off, at METHOD's weight.
void turn_on_adversary(PhotoSettings& s);

}  // namespace fgcn::train
