// Settings that every training run has, whatever it learns from.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "recon/refine/refinement_config.h"
#include "train/adam.h"
#include "train/run/settings.h"

namespace fgcn::train {

struct RunSettings {
  std::string preset = "default";
  std::int64_t seed = 1;
  std::int64_t batch = 4;
  std::int64_t steps = 0;
  double learning_rate = 1e-4;
  double learning_rate_end = 1;  // a factor at the last step, along half a cosine; 1: none
  AdamOptions adam;
  recon::RefinementConfig model;

  std::int64_t log_every = 10;  // steps; so are the next three
  std::int64_t layers_every = 100;
  std::int64_t checkpoint_every = 500;
  std::int64_t validate_every = 500;
  std::int64_t checkpoints = 3;  // kept
  double explosion = 50;         // times the running median of the total loss; 0: never
  bool keep_gain = false;
  std::int64_t gain_faces = 0;  // rendered at the end, to fit the albedo gain to; 0: none
};

inline constexpr std::int64_t kMostSteps = 1'000'000'000;  // and other whole numbers of settings
inline constexpr double kMostWeight = 1e6;                 // of a loss

/// Names that settings had in older versions, and their names now.
inline const std::vector<std::pair<std::string, std::string>> kRenamedSettings{
    {"rate", "learning_rate"},         {"rate_decay", "learning_rate_decay"},
    {"rate_end", "learning_rate_end"}, {"rate_counts_critic", "learning_rate_counts_critic"},
    {"photo_share", "blend_weight"},   {"keep_tone", "keep_gain"},
    {"level_faces", "gain_faces"}};

/// Appends settings bound to `s`, which must outlive them and not move: seed, batch and optimiser;
/// how often a run says and keeps something; the network; its embedding, where a task has a choice;
/// the fit of its albedo gain.
void add_optimiser(std::vector<Setting>& out, RunSettings& s);
void add_intervals(std::vector<Setting>& out, RunSettings& s);
void add_network(std::vector<Setting>& out, RunSettings& s);
void add_embedding_form(std::vector<Setting>& out, RunSettings& s);
void add_gain(std::vector<Setting>& out, RunSettings& s);

/// "key=value", and the option that gave it where that is not --set.
struct Assignment {
  std::string key_value;
  std::string option = {};
};

/// Applies assignments in order; InputError, as apply_setting() gives it, or with the new name for
/// one that kRenamedSettings has.
void apply_settings(const std::vector<Setting>& settings,
                    const std::vector<Assignment>& assignments);

}  // namespace fgcn::train
