#include "train/coma/coma_settings.h"

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kMost = 1'000'000'000;

}  // namespace

ComaSize ComaSettings::size() const {
  return {{filter0, filter1, filter2, filter3}, latent, terms, recipe, variational};
}

ComaSettings coma_recipe(const std::string& name) {
  ComaSettings out;
  if (name == "relu") return out;
  if (name != "elu") input_error("--recipe ", name, ": is neither relu nor elu");
  out.recipe = ComaForm::kElu;
  out.l2 = 0;
  out.epochs = 300;
  return out;
}

std::vector<Setting> settings_of(ComaSettings& s) {
  std::vector<Setting> out;
  out.push_back(choice<ComaForm>("recipe", s.recipe,
                                 {{"relu", ComaForm::kRelu}, {"elu", ComaForm::kElu}},
                                 "the authors' network and optimiser, or the re-make's"));
  out.push_back(whole_number("latent", s.latent, 1, 1024, "latent numbers"));
  out.push_back(whole_number("terms", s.terms, 1, 16, "terms of every Chebyshev convolution"));
  out.push_back(whole_number("filter0", s.filter0, 1, 1024, "channels on the finest level"));
  out.push_back(whole_number("filter1", s.filter1, 1, 1024, "channels one level below"));
  out.push_back(whole_number("filter2", s.filter2, 1, 1024, "channels two levels below"));
  out.push_back(whole_number("filter3", s.filter3, 1, 1024, "channels three levels below"));
  out.push_back(flag("variational", s.variational,
                     "the encoder gives means and variances, so that sampled codes are likely"));
  out.push_back(
      number("divergence", s.divergence, 0, 1e6, "weight of the KL divergence, when variational"));
  out.push_back(
      whole_number("epochs", s.epochs, 1, 1'000'000, "passes over the data", OnResume::kFree));
  out.push_back(whole_number("batch", s.batch, 1, 1024, "meshes per step"));
  out.push_back(number("learning_rate", s.learning_rate, 0, 1e30, "in the first epoch"));
  out.push_back(number("learning_rate_decay", s.learning_rate_decay, 0, 1,
                       "factor of the learning rate per epoch"));
  out.push_back(number("momentum", s.momentum, 0, 0.9999, "of the recipe relu"));
  out.push_back(number("l2", s.l2, 0, 1e6, "of the fully connected layers' weights and biases"));
  out.push_back(whole_number("seed", s.seed, 0, kMost, "of weights and order"));
  out.push_back(whole_number("log_every", s.log_every, 1, kMost, "steps between lines of the log"));
  out.push_back(
      whole_number("validate_every", s.validate_every, 1, kMost, "steps between validations"));
  out.push_back(whole_number("checkpoint_every", s.checkpoint_every, 1, kMost,
                             "steps between checkpoints", OnResume::kFree));
  out.push_back(
      whole_number("checkpoints", s.checkpoints, 1, 1000, "how many are kept", OnResume::kFree));
  out.push_back(number("explosion", s.explosion, 0, 1e30,
                       "stop when the loss is this many times its running median; 0: never",
                       OnResume::kFree));
  return out;
}

}  // namespace fgcn::train
