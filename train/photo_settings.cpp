#include "train/photo_settings.h"

#include "kernels/core/error.h"
#include "layers/generator.h"

namespace fgcn::train {
namespace {

constexpr std::int64_t kMany = 1'000'000'000;
constexpr double kMostWeight = 1e6;

std::vector<std::string> generator_names() {
  return {kGeneratorNames.begin(), kGeneratorNames.end()};
}

void add_run(std::vector<Setting>& out, PhotoSettings& s) {
  out.push_back(whole_number("seed", s.seed, 0, kMany, "of weights, order and augmentation"));
  out.push_back(whole_number("batch", s.batch, 1, 256, "photos a step"));
  out.push_back(whole_number("epochs", s.epochs, 1, kMany, "times that every photo is seen",
                             OnResume::kFree));
  out.push_back(whole_number("steps", s.steps, 0, kMany, "steps in all; 0: as the epochs say",
                             OnResume::kFree));
  out.push_back(
      number("learning_rate", s.learning_rate, 0, 1e30, "Adam's learning rate in the first epoch"));
  out.push_back(number("learning_rate_decay", s.learning_rate_decay, 0, 1,
                       "factor of the rate at every new epoch"));
  out.push_back(number("learning_rate_end", s.learning_rate_end, 0, 1,
                       "factor of the rate at the last step, a cosine from the first; 1: none"));
  out.push_back(flag("learning_rate_counts_critic", s.learning_rate_counts_critic,
                     "the rate's epochs count the critic's steps too"));
  out.push_back(number("clip", s.adam.clip, 1e-9, 1e30, "largest norm of one tensor's gradient"));
  out.push_back(number("average", s.adam.average, 0, 0.999999,
                       "decay of the running mean of the weights; 0: the last weights"));
  out.push_back(flag("augment", s.augment, "photos are mirrored and varied while learning"));
  out.push_back(
      whole_number("synthetic", s.synthetic, 0, 100,
                   "steps on rendered faces, whose truth is known, after each on photos"));
  out.push_back(whole_number("log_every", s.log_every, 1, kMany, "steps between lines of the log"));
  out.push_back(whole_number("checkpoint_every", s.checkpoint_every, 1, kMany,
                             "steps between checkpoints", OnResume::kFree));
  out.push_back(
      whole_number("checkpoints", s.checkpoints, 1, 1000, "how many are kept", OnResume::kFree));
  out.push_back(
      whole_number("validate_every", s.validate_every, 1, kMany, "steps between validations"));
  out.push_back(whole_number("validation_photos", s.validation_photos, 0, kMany,
                             "how many of the validation split are measured, from the first"));
  out.push_back(whole_number("sheet_photos", s.sheet_photos, 0, 64,
                             "how many of those are rendered in samples.png", OnResume::kFree));
  out.push_back(number("explosion", s.explosion, 0, 1e30,
                       "stop when the total is this many times its running median; 0: never",
                       OnResume::kFree));
}

void add_network(std::vector<Setting>& out, PhotoSettings& s) {
  recon::RefinementConfig& m = s.model;
  out.push_back(word("generator", m.generator, generator_names(), "the graph networks"));
  out.push_back(choice<Activation>(
      "activation", m.activation, {{"bias-elu", Activation::kBiasElu}, {"relu", Activation::kRelu}},
      "after a graph convolution"));
  out.push_back(choice<recon::OutputForm>(
      "output", m.output,
      {{"residual", recon::OutputForm::kResidual}, {"plain", recon::OutputForm::kPlain}},
      "added to the photo without its light, or alone"));
  out.push_back(choice<recon::InputForm>(
      "input", m.input,
      {{"base", recon::InputForm::kBase}, {"projected", recon::InputForm::kProjected}},
      "the photo without its light, or its colors as they are"));
  out.push_back(choice<recon::EmbeddingForm>(
      "embedding_form", m.embedding_form,
      {{"patches", recon::EmbeddingForm::kPatches}, {"identity", recon::EmbeddingForm::kIdentity}},
      "the decoder's numbers: an encoder trained along, or the identity network's"));
  out.push_back(whole_number("embedding", m.embedding, 1, 4096, "how many numbers"));
  out.push_back(whole_number("detail_width", m.detail_width, 0, 256,
                             "channels of the full-resolution head; 0: none"));
  out.push_back(number("blend_weight", m.blend_weight, 0, 1,
                       "of the photo put back when refining (residual output)"));
  out.push_back(flag("keep_gain", s.keep_gain, "keep the level correction of --init's weights"));
  out.push_back(whole_number("gain_faces", s.gain_faces, 0, 1'000'000,
                             "rendered faces that the level is fitted to anew at the end; 0: none",
                             OnResume::kFree));
}

void add_losses(std::vector<Setting>& out, PhotoLossOptions& l) {
  out.push_back(choice<PhotoSchedule>("schedule", l.schedule,
                                      {{"constant", PhotoSchedule::kConstant},
                                       {"reference", PhotoSchedule::kReference},
                                       {"paper", PhotoSchedule::kPaper}},
                                      "how the weights change with the epoch"));
  out.push_back(choice<VertexNorm>("vertex_norm", l.norm,
                                   {{"l1", VertexNorm::kL1}, {"l2", VertexNorm::kL2}},
                                   "how vertex colors are compared"));
  out.push_back(choice<TrainingLight>(
      "light", l.light, {{"fitted", TrainingLight::kFitted}, {"refit", TrainingLight::kRefit}},
      "the fit's light, or one fitted to each answer"));
  const auto weight = [&out](const char* name, double& value, const char* help) {
    out.push_back(number(name, value, 0, kMostWeight, help));
  };
  weight("texture", l.texture, "weight of the distance to the coarse albedo");
  weight("project", l.project, "of lit vertices against the photo's colors");
  weight("hidden", l.hidden, "of hidden vertices within project");
  weight("pixel", l.pixel, "of the render against the photo");
  weight("identity", l.identity, "of 1 - cosine of identity embeddings; needs --identity");
  weight("symmetry", l.symmetry, "of left against right");
  weight("variance", l.variance, "of the variance over skin");
  weight("l2", l.l2, "of half the sum of squares of the fully connected weights");
}

void add_adversary(std::vector<Setting>& out, AdversaryOptions& a) {
  out.push_back(number("adversary", a.weight, 0, kMostWeight,
                       "weight of the adversary; 0: none (--gan turns it on)"));
  out.push_back(number("critic_scale", a.critic_scale, 0, kMostWeight, "of all of its own loss"));
  out.push_back(choice<AdversaryLoss>(
      "adversary_loss", a.loss,
      {{"wasserstein", AdversaryLoss::kWasserstein}, {"logistic", AdversaryLoss::kLogistic}},
      "what its scores become"));
  out.push_back(choice<CriticPenalty>("critic_penalty", a.penalty,
                                      {{"batch-blend", CriticPenalty::kBatchBlend},
                                       {"sample-blend", CriticPenalty::kSampleBlend},
                                       {"real", CriticPenalty::kReal}},
                                      "where its slope is held"));
  out.push_back(number("critic_penalty_weight", a.penalty_weight, 0, kMostWeight, "how strongly"));
  out.push_back(whole_number("critic_steps", a.critic_steps, 1, 100, "before each step"));
  out.push_back(choice<Normalisation>("critic_normalisation", a.critic.normalisation,
                                      {{"batch", Normalisation::kBatch},
                                       {"layer", Normalisation::kLayer},
                                       {"none", Normalisation::kNone}},
                                      "behind its convolutions"));
  out.push_back(flag("critic_spectral", a.critic.spectral,
                     "its weights divided by their largest singular value"));
}

}  // namespace

PhotoSettings photo_preset(const std::string& name) {
  PhotoSettings out;
  out.preset = name;
  if (name == "default") {
    out.loss = PhotoLossOptions::photo();
    out.learning_rate_end = 0.05;
    out.synthetic = 2;
    out.keep_gain = true;
    out.gain_faces = 6000;
    out.model.blend_weight = 0.25;
  } else if (name == "reference" || name == "paper") {
    out.adam.average = 0;
    out.learning_rate_counts_critic = name == "reference";
    out.loss = name == "paper" ? PhotoLossOptions::paper() : PhotoLossOptions::reference();
    out.model =
        name == "paper" ? recon::RefinementConfig::paper() : recon::RefinementConfig::reference();
  } else {
    input_error("--preset ", name, ": expected default, reference or paper");
  }
  return out;
}

void turn_on_adversary(PhotoSettings& s) {
  if (s.loss.adversary.weight == 0) s.loss.adversary.weight = 1e-3;
}

std::vector<Setting> settings_of(PhotoSettings& s) {
  std::vector<Setting> out;
  add_run(out, s);
  add_network(out, s);
  add_losses(out, s.loss);
  add_adversary(out, s.loss.adversary);
  return out;
}

}  // namespace fgcn::train
