#include "train/synthetic_settings.h"

#include "kernels/core/error.h"

namespace fgcn::train {

SyntheticSettings synthetic_preset(const std::string& name) {
  if (name != "default") input_error("--preset ", name, ": trains on photos; give --data FILE too");
  SyntheticSettings out;
  out.steps = 6000;
  out.learning_rate = 1.5e-3;
  out.learning_rate_end = 0.02;
  out.gain_faces = 6000;
  return out;
}

std::vector<Setting> settings_of(SyntheticSettings& s) {
  std::vector<Setting> out;
  add_optimiser(out, s);
  out.push_back(whole_number("steps", s.steps, 1, kMostSteps, "steps in all", OnResume::kFree));
  out.push_back(whole_number("warm_up", s.warm_up, 0, kMostSteps,
                             "steps in which the learning rate rises, a tenth of all at most"));
  add_intervals(out, s);
  add_network(out, s);
  add_gain(out, s);
  const auto weight = [&out](const char* name, double& value, double most, const char* help) {
    out.push_back(number(name, value, 0, most, help));
  };
  weight("albedo", s.loss.albedo, kMostWeight, "weight of the distance to the true albedo");
  weight("pattern", s.loss.pattern, 1, "part of it that leaves the albedo gain free");
  weight("hidden", s.loss.hidden_weight, kMostWeight, "of occluded vertices within albedo");
  weight("photo", s.loss.photo, kMostWeight, "weight of lit vertices against the photo's colors");
  out.push_back(number("tolerance", s.loss.tolerance, 1e-6, 1,
                       "deviation of a lit color below which it costs little"));
  return out;
}

}  // namespace fgcn::train
