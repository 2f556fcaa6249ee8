#include "train/run_settings.h"

#include "kernels/core/error.h"
#include "layers/generator.h"

namespace fgcn::train {

void add_optimiser(std::vector<Setting>& out, RunSettings& s) {
  out.push_back(whole_number("seed", s.seed, 0, kMostSteps, "of weights, order and variation"));
  out.push_back(whole_number("batch", s.batch, 1, 256, "photos or faces per step"));
  out.push_back(number("learning_rate", s.learning_rate, 0, 1e30, "Adam's at its largest"));
  out.push_back(number("learning_rate_end", s.learning_rate_end, 0, 1,
                       "factor of the learning rate at the last step, along a cosine; 1: none"));
  out.push_back(number("clip", s.adam.clip, 1e-9, 1e30, "largest norm of one tensor's gradient"));
  out.push_back(number("average", s.adam.average, 0, 0.999999,
                       "decay of the running mean of the weights; 0: the last weights"));
}

void add_intervals(std::vector<Setting>& out, RunSettings& s) {
  out.push_back(
      whole_number("log_every", s.log_every, 1, kMostSteps, "steps between lines of the log"));
  out.push_back(whole_number("layers_every", s.layers_every, 1, kMostSteps,
                             "steps between looks at the layers (layers.jsonl)"));
  out.push_back(whole_number("checkpoint_every", s.checkpoint_every, 1, kMostSteps,
                             "steps between checkpoints", OnResume::kFree));
  out.push_back(
      whole_number("checkpoints", s.checkpoints, 1, 1000, "how many are kept", OnResume::kFree));
  out.push_back(
      whole_number("validate_every", s.validate_every, 1, kMostSteps, "steps between validations"));
  out.push_back(number("explosion", s.explosion, 0, 1e30,
                       "stop when the total is this many times its running median; 0: never",
                       OnResume::kFree));
}

void add_network(std::vector<Setting>& out, RunSettings& s) {
  recon::RefinementConfig& m = s.model;
  out.push_back(word("generator", m.generator, {kGeneratorNames.begin(), kGeneratorNames.end()},
                     "the graph networks"));
  out.push_back(choice<Activation>(
      "activation", m.activation, {{"bias-elu", Activation::kBiasElu}, {"relu", Activation::kRelu}},
      "after a graph convolution"));
  out.push_back(choice<BranchOutput>(
      "branch_output", m.branch_output,
      {{"linear", BranchOutput::kLinear}, {"activated", BranchOutput::kActivated}},
      "the last layer of decoder and refiner: without an activation, or with"));
  out.push_back(choice<WeightForm>(
      "weights", m.weights, {{"equalised", WeightForm::kEqualised}, {"plain", WeightForm::kPlain}},
      "how layers hold them: each as a part of its first deviation, or as they are"));
  out.push_back(choice<recon::OutputForm>(
      "output", m.output,
      {{"residual", recon::OutputForm::kResidual}, {"plain", recon::OutputForm::kPlain}},
      "added to the photo without its light, or alone"));
  out.push_back(choice<recon::InputForm>(
      "input", m.input,
      {{"base", recon::InputForm::kBase}, {"projected", recon::InputForm::kProjected}},
      "the photo without its light, or its colors as they are"));
  out.push_back(whole_number("embedding", m.embedding, 1, 4096, "numbers that the decoder takes"));
  out.push_back(whole_number("detail_width", m.detail_width, 0, 256,
                             "channels of the full-resolution head; 0: none"));
  out.push_back(number("blend_weight", m.blend_weight, 0, 1,
                       "of the photo's residual, added back when refining (residual output)"));
}

void add_embedding_form(std::vector<Setting>& out, RunSettings& s) {
  out.push_back(choice<recon::EmbeddingForm>(
      "embedding_form", s.model.embedding_form,
      {{"patches", recon::EmbeddingForm::kPatches},
       {"identity", recon::EmbeddingForm::kIdentity},
       {"pooled", recon::EmbeddingForm::kPooled}},
      "what the decoder takes: an encoder trained along, the identity network's embedding, or the "
      "means of R-Net and FaceNet (--encoder, --identity)"));
}

void add_gain(std::vector<Setting>& out, RunSettings& s) {
  out.push_back(flag("keep_gain", s.keep_gain, "keep the albedo gain of --init's weights"));
  out.push_back(whole_number(
      "gain_faces", s.gain_faces, 0, 1'000'000,
      "synthetic faces that the albedo gain is fitted to at the end; 0: none", OnResume::kFree));
}

void apply_settings(const std::vector<Setting>& settings,
                    const std::vector<Assignment>& assignments) {
  for (const auto& [one, option] : assignments) {
    const std::string key = one.substr(0, one.find('='));
    for (const auto& [before, now] : kRenamedSettings)
      if (key == before)
        input_error("--set ", one, ": the setting '", before, "' is called '", now, "' now");
    apply_setting(settings, one, option);
  }
}

}  // namespace fgcn::train
