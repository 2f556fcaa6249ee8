#include "train/synthetic_steps.h"

#include <span>
#include <utility>

#include "train/follow.h"

namespace fgcn::train {

SyntheticSteps::SyntheticSteps(const Learner& learner, const Options& options)
    : ctx_(learner.ctx),
      step_(learner.ctx, learner.model, learner.adam, options.loss, options.batch, learner.graph),
      replay_(learner.face, options.seed, options.batch, learner.workers) {}

void SyntheticSteps::operator()(std::int64_t index, double learning_rate) {
  if (step_.unread() == UnreadLosses::kMost) losses_ = losses();
  const auto faces = replay_.step(index);
  std::vector<const SyntheticFace*> pointers;
  pointers.reserve(faces.size());
  for (const auto& face : faces) pointers.push_back(face.get());
  step_(pointers, learning_rate,
        [this](std::span<const SyntheticFace* const> of, const auto& albedo) {
          return follow_predictions(ctx_, of, albedo);
        });
}

std::vector<std::vector<NamedLoss>> SyntheticSteps::losses() {
  std::vector<std::vector<NamedLoss>> out = std::exchange(losses_, {});
  if (step_.unread() == 0) return out;
  for (std::vector<NamedLoss>& one : step_.losses()) out.push_back(std::move(one));
  return out;
}

}  // namespace fgcn::train
