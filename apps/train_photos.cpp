#include "apps/train_photos.h"

#include <cstdio>
#include <memory>
#include <utility>

#include "io/file.h"
#include "layers/identity_network.h"
#include "train/dataset/photo_data_source.h"
#include "train/run/progress.h"

namespace fgcn {
train::PhotoSettings photo_settings(const PhotoCommand& command) {
  train::PhotoSettings out = train::photo_preset(command.preset);
  if (command.gan) train::turn_on_adversary(out);
  const std::vector<train::Setting> named = train::settings_of(out);
  for (const std::string& one : command.assignments) train::apply_setting(named, one);
  return out;
}

int train_on_data(const mesh::FaceModel& face, PhotoCommand command,
                  const std::atomic<bool>& stop) {
  train::PhotoTrainingOptions& options = command.options;
  options.settings = photo_settings(command);
  const train::PhotoSource source = train::photo_data_source(
      command.data, face, options.settings.augment ? train::Augment::kYes : train::Augment::kNo);
  std::unique_ptr<IdentityNetwork> network;
  train::RunIdentity identity;
  if (!command.identity.empty()) {
    const Context ctx(options.device, options.threads);
    const IdentityWeights weights = read_identity_weights(command.identity);
    network = std::make_unique<IdentityNetwork>(ctx, weights);
    identity = {network.get(), std::to_string(fingerprint(weights))};
  }
  std::fprintf(stderr, "%s: %zu photos to learn from, %zu to validate on\n", command.data.c_str(),
               source.training.size(), source.validation.size());
  const train::PhotoTrainingResult result =
      train::train_on_photos(face, source, identity, options, stop);
  const bool finished = result.end == train::TrainingEnd::kFinished;
  const char* how = finished                                         ? "done"
                    : result.end == train::TrainingEnd::kInterrupted ? "interrupted"
                                                                     : "time is up";
  std::fprintf(stderr, "%s: %lld steps, %s; %s\n", how, static_cast<long long>(result.steps),
               duration_text(result.seconds).c_str(),
               finished ? (options.out / "weights.safetensors").c_str() : "go on with --resume");
  return finished ? 0 : 3;
}

}  // namespace fgcn
