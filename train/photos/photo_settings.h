// Settings of a run on photographs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "train/photos/photo_loss_options.h"
#include "train/run_settings.h"

namespace fgcn::train {

struct PhotoSettings : RunSettings {  // steps 0: as many as the epochs have
  std::int64_t epochs = 50;
  double learning_rate_decay = 0.98;  // a factor at every epoch's begin
  bool learning_rate_counts_critic =
      false;  // the critic's steps bring the next epoch's rate nearer
  bool augment = true;
  std::int64_t synthetic = 0;  // steps on synthetic faces after each on photos
  PhotoLossOptions loss;
  std::int64_t validation_photos = 64;
  std::int64_t sheet_photos = 4;
};

inline constexpr std::array<std::string_view, 3> kPhotoPresets = {"default", "reference", "paper"};

/// A preset's settings. InputError, with the names there are, for another.
PhotoSettings photo_preset(const std::string& name);

/// Those with names, bound to `s`, which must outlive them and not move.
std::vector<Setting> settings_of(PhotoSettings& s);

/// Turns the adversary on where the preset has it off, at the method's weight.
void turn_on_adversary(PhotoSettings& s);

}  // namespace fgcn::train
