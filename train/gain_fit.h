// Fitting the albedo gain (albedo_gain.h) of a network to its predictions for synthetic faces.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "mesh/face/face_model.h"
#include "recon/refine/refinement_model.h"
#include "train/run/rng_streams.h"

namespace fgcn::train {

/// Added to the `seed` of a fit: its faces are those of another seed than training's, which are
/// small, and than those of an evaluation (kEvaluationSeed + seed), for any seeds up to 2^60.
constexpr std::uint64_t kGainSeed = number(RngStream::kAlbedoGain);

struct GainFitOptions {
  std::int64_t faces = 6000;
  std::uint64_t seed = 1;
  int workers = 1;  // threads that render faces
};

/// Error of the predictions' mean albedo: the root mean square over faces of the logarithm of true
/// over refined mean albedo on visible skin, per channel.
struct GainFit {
  std::int64_t faces = 0;          // that show enough to count
  std::array<double, 3> none{};    // without a correction
  std::array<double, 3> before{};  // with the one that the model had; without one where it had none
  std::array<double, 3> after{};   // with the new one: of faces that were left out of a fit of the
                                   // same kind, a tenth at a time
};

/// Gives each model the gain that its predictions for faces 0 .. faces - 1 ask for; each face is
/// rendered once. A model of which no face shows enough ends without a gain. Nothing, and the
/// models as they were, when `stop` is set meanwhile.
///
/// Repeat   bitwise, for any numbers of threads and workers.
std::optional<std::vector<GainFit>> fit_gains(std::span<recon::RefinementModel* const> models,
                                              const mesh::FaceModel& face,
                                              const GainFitOptions& options,
                                              const std::atomic<bool>& stop);

struct GainFile {
  std::filesystem::path from, to;  // may be one
  /// Predicts in place of the weights in `from`, and has the gain afterwards: a run's own model,
  /// of which the file holds a rounded copy. Must outlive the call.
  recon::RefinementModel* model = nullptr;
};

/// fit_gains() for weights files: all but the gain, and what the metadata say of it ("gain faces",
/// "gain seed"), is copied as it is. Nothing is written when stopped.
///
/// Errors   InputError as RefinementModel::load and write_safetensors; for a checkpoint, which is
///          not of the weights that inference takes.
std::optional<std::vector<GainFit>> fit_gain_files(const Context& ctx, const mesh::FaceModel& face,
                                                   std::span<const GainFile> files,
                                                   const GainFitOptions& options,
                                                   const std::atomic<bool>& stop);

/// Whether the file says that its gain was fitted with these options, `workers` apart.
bool has_gain(const io::Safetensors& file, const GainFitOptions& options);

}  // namespace fgcn::train
