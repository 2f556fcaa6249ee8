#include "train/synthetic_task.h"

#include <algorithm>
#include <utility>

#include "train/evaluate/evaluation.h"
#include "train/run/rng_streams.h"
#include "train/synthetic_steps.h"

namespace fgcn::train {
namespace {

class SyntheticTask : public Task {
 public:
  SyntheticTask(const Learner& learner, const SyntheticSettings& settings)
      : face_(learner.face),
        model_(learner.model),
        schedule_{settings.learning_rate, std::min(settings.warm_up, settings.steps / 10 + 1),
                  settings.steps, settings.learning_rate_end},
        steps_(learner,
               {static_cast<std::uint64_t>(settings.seed), settings.batch, settings.loss}) {}

  std::vector<std::string> losses() const override { return {"total", "albedo", "photo"}; }

  double learning_rate(std::int64_t index, double clock) const override {
    if (index < schedule_.warm_up) return schedule_.at(index);
    const auto by_clock = static_cast<std::int64_t>(clock * static_cast<double>(schedule_.total));
    return schedule_.at(std::max(index, by_clock));
  }

  void step(std::int64_t index, double learning_rate) override { steps_(index, learning_rate); }
  std::vector<std::vector<NamedLoss>> read_losses() override { return steps_.losses(); }
  recon::RefinementBatch last_batch() const override { return steps_.last_batch(); }
  void rest() override { steps_.rest(); }

  std::optional<Validation> validate(std::int64_t /*steps_done*/) override {
    constexpr std::uint64_t kSamples = 6;
    if (samples_.empty()) {
      FaceSynthesizer synthesizer(face_);
      for (std::uint64_t i = 0; i < kSamples; ++i)
        samples_.push_back(synthesizer(number(RngStream::kSampleSheet), i));
    }
    Validation out;
    out.sheet = sample_sheet(model_, face_, samples_);
    return out;
  }

 private:
  const mesh::FaceModel& face_;
  const recon::RefinementModel& model_;
  LearningRateSchedule schedule_;
  SyntheticSteps steps_;
  std::vector<SyntheticFace> samples_;
};

}  // namespace

TrainingResult train_on_synthetic_faces(const mesh::FaceModel& face,
                                        const SyntheticTrainingOptions& options,
                                        const std::atomic<bool>& stop) {
  SyntheticSettings settings = options.settings;
  RunPlan plan;
  plan.settings = &settings;
  plan.named = settings_of(settings);
  plan.task = "synthetic faces";
  plan.steps = settings.steps;
  plan.steps_decide = true;
  plan.at_limit = TimeLimit::kFinishes;
  plan.gain = GainOf::kModel;
  plan.make_task = [&settings](const Learner& learner) {
    return std::make_unique<SyntheticTask>(learner, settings);
  };
  return train(face, plan, options, stop);
}

}  // namespace fgcn::train
