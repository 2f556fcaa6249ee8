// Settings of a training of the mesh autoencoder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "layers/coma.h"
#include "train/run/settings.h"

namespace fgcn::train {

/// The authors' by default; coma_recipe() gives the re-make's.
struct ComaSettings {
  ComaForm recipe = ComaForm::kRelu;
  std::int64_t latent = 8;
  std::int64_t terms = 6;
  std::int64_t filter0 = 16, filter1 = 16, filter2 = 16, filter3 = 32;
  bool variational = false;
  double divergence = 1e-3;  // weight of the KL divergence
  std::int64_t epochs = 200;
  std::int64_t batch = 16;
  double learning_rate = 8e-3;
  double learning_rate_decay = 0.99;  // a factor per epoch
  double momentum = 0.9;              // of the authors' recipe
  double l2 = 5e-4;                   // over the fully connected layers
  std::int64_t seed = 2;

  std::int64_t log_every = 20;  // steps; so are the next two
  std::int64_t validate_every = 200;
  std::int64_t checkpoint_every = 200;
  std::int64_t checkpoints = 2;
  double explosion = 50;  // times the running median of the loss; 0: never

  ComaSize size() const;
};

/// "relu": the authors', ReLU, momentum and an L2 term. "elu": the re-make's, ELU and Adam without
/// one, 300 epochs. InputError for another name.
ComaSettings coma_recipe(const std::string& name);

/// Those with names, bound to `s`, which must outlive them and not move.
std::vector<Setting> settings_of(ComaSettings& s);

}  // namespace fgcn::train
