#include "train/photos/photo_settings.h"

#include "kernels/core/error.h"

namespace fgcn::train {
namespace {

void add_run(std::vector<Setting>& out, PhotoSettings& s) {
  out.push_back(whole_number("epochs", s.epochs, 1, kMostSteps, "times that every photo is seen",
                             OnResume::kFree));
  out.push_back(whole_number("steps", s.steps, 0, kMostSteps, "steps in all; 0: as the epochs say",
                             OnResume::kFree));
  out.push_back(number("learning_rate_decay", s.learning_rate_decay, 0, 1,
                       "factor of the learning rate at every new epoch"));
  out.push_back(flag("learning_rate_counts_critic", s.learning_rate_counts_critic,
                     "the decay's epochs count the critic's steps too"));
  out.push_back(flag("augment", s.augment, "photos are mirrored and varied while learning"));
  out.push_back(
      whole_number("synthetic", s.synthetic, 0, 100,
                   "steps on synthetic faces, whose truth is known, after each on photos"));
  out.push_back(whole_number("validation_photos", s.validation_photos, 0, kMostSteps,
                             "how many of the validation split are measured, from the first"));
  out.push_back(whole_number("sheet_photos", s.sheet_photos, 0, 64,
                             "how many of those are shown in samples.png", OnResume::kFree));
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
      "the fit's light, or one fitted to each prediction"));
  const auto weight = [&out](const char* name, double& value, const char* help) {
    out.push_back(number(name, value, 0, kMostWeight, help));
  };
  weight("texture", l.texture, "weight of the distance to the coarse albedo");
  weight("project", l.project, "of lit vertices against the photo's colors");
  weight("hidden", l.hidden, "of occluded vertices within project");
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
                                      "where its gradient is held"));
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
  add_optimiser(out, s);
  add_run(out, s);
  add_intervals(out, s);
  add_network(out, s);
  add_embedding_form(out, s);
  add_gain(out, s);
  add_losses(out, s.loss);
  add_adversary(out, s.loss.adversary);
  return out;
}

}  // namespace fgcn::train
