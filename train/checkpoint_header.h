// The metadata of a run's weights and checkpoints, and whether a run may go on from one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "io/arrays/safetensors.h"
#include "train/run_settings.h"

namespace fgcn::train {

/// Under "checkpoint" in the metadata of a file that a run resumes from.
inline constexpr const char* kCheckpointFormat = "fgcn checkpoint 2";

/// Everything that decides a run's bits.
struct RunText {
  std::string task;      // "photos" or "synthetic faces"
  RunSettings settings;  // preset, network and learning rate
  std::string all;       // every setting: settings_json()
  std::int64_t steps = 0;
  bool steps_decide = false;   // the learning rate goes by the number of steps
  std::string data, identity;  // fingerprints of the photos and of the identity weights
};

/// For the metadata of weights and checkpoints.
std::map<std::string, std::string> metadata_of(const RunText& run, std::int64_t steps_done);

/// InputError naming `where` and what differs, when a checkpoint is of another run, of an older
/// version, or of none. `named`: the run's settings.
void check_same_run(const io::Safetensors& file, const RunText& run,
                    const std::vector<Setting>& named, const std::string& where);

/// InputError when the folder holds the one checkpoint that older versions kept of a run on
/// synthetic faces.
void check_no_old_run(const std::filesystem::path& folder);

/// InputError naming the first setting of the network in which weights of another one differ.
/// `blend_weight`, which is no part of the weights, may.
void check_same_network(const recon::RefinementConfig& found, const RunSettings& wanted,
                        const std::string& where);

/// Shortest text that metadata_double() reads back exactly.
std::string exact_text(double value);
/// Numbers of the metadata; InputError naming `where` when there is none under the key.
double metadata_double(const io::Safetensors& file, const std::string& key,
                       const std::string& where);
std::int64_t metadata_int(const io::Safetensors& file, const std::string& key,
                          const std::string& where);

}  // namespace fgcn::train
