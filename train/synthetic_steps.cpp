#include "train/synthetic_steps.h"

#include <span>
#include <utility>

#include "train/follow.h"

namespace fgcn::train {

SyntheticSteps::SyntheticSteps(const Context& ctx, recon::RefinementModel& model, Adam& adam,
                               const mesh::FaceModel& face, const Options& options)
    : ctx_(ctx),
      step_(ctx, model, adam, {}, options.batch, options.graph),
      replay_(face, options.seed, options.batch, options.workers) {}

void SyntheticSteps::operator()(std::int64_t index, double learning_rate) {
  if (step_.unread() == TrainingStep::kMostUnread) read();
  const auto faces = replay_.step(index);
  std::vector<const SyntheticFace*> pointers;
  for (const auto& face : faces) pointers.push_back(face.get());
  step_(pointers, learning_rate,
        [this](std::span<const SyntheticFace* const> of, const auto& albedo) {
          return follow_predictions(ctx_, of, albedo);
        });
}

void SyntheticSteps::read() {
  for (const StepLosses& one : step_.losses()) losses_.push_back(one.total);
}

std::vector<double> SyntheticSteps::losses() {
  if (step_.unread() > 0) read();
  return std::exchange(losses_, {});
}

}  // namespace fgcn::train
