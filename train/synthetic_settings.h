// Settings of a run on synthetic faces.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/losses.h"
#include "train/run_settings.h"

namespace fgcn::train {

struct SyntheticSettings : RunSettings {
  std::int64_t warm_up = 200;  // steps, a tenth of all at most
  LossOptions loss;
};

/// InputError for another name than "default".
SyntheticSettings synthetic_preset(const std::string& name);

/// Those with names, bound to `s`, which must outlive them and not move.
std::vector<Setting> settings_of(SyntheticSettings& s);

}  // namespace fgcn::train
