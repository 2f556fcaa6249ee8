// What files of a run on photographs say about it, and whether a run may go on from one.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "io/safetensors.h"
#include "train/photo_settings.h"

namespace fgcn::train {

/// Under "checkpoint" in the metadata of what resuming reads.
inline constexpr const char* kPhotoCheckpoint = "fgcn photo checkpoint 1";

/// What decides a run's bits.
struct RunText {
  PhotoSettings settings;
  std::int64_t steps = 0;      // in all
  std::string data, identity;  // fingerprints of the photos and of the identity weights
};

/// For the metadata of weights and checkpoints.
std::map<std::string, std::string> metadata_of(const RunText& run, std::int64_t steps_done);

/// InputError naming `where` and what differs, when a checkpoint is of another run, or of none. The
/// number of steps may be another one where the rate does not go by it.
void check_same_run(const io::Safetensors& file, const RunText& run, const std::string& where);

/// InputError naming the first setting of the network in which weights of another one differ.
/// `blend_weight`, which is no part of the weights, may.
void check_same_network(const recon::RefinementConfig& found, const PhotoSettings& wanted,
                        const std::string& where);

/// Shortest text that metadata_double() reads back exactly.
std::string exact_text(double value);
/// Numbers of the metadata; InputError naming `where` when there is none under the key.
double metadata_double(const io::Safetensors& file, const std::string& key,
                       const std::string& where);
std::int64_t metadata_int(const io::Safetensors& file, const std::string& key,
                          const std::string& where);

}  // namespace fgcn::train
