#include "train/synthetic_steps.h"

#include <span>
#include <vector>

#include "train/follow.h"

namespace fgcn::train {

SyntheticSteps::SyntheticSteps(const Context& ctx, RefinementModel& model, Adam& adam,
                               const mesh::FaceModel& face, std::uint64_t seed, std::int64_t batch,
                               int makers)
    : ctx_(ctx),
      step_(ctx, model, adam, {}, batch, UseGraph::kNo),
      replay_(face, seed, batch, makers) {}

double SyntheticSteps::operator()(std::int64_t index, double rate) {
  const auto faces = replay_.step(index);
  std::vector<const SyntheticFace*> pointers;
  for (const auto& face : faces) pointers.push_back(face.get());
  step_(pointers, rate, [this](std::span<const SyntheticFace* const> of, const auto& albedo) {
    return follow_answers(ctx_, of, albedo);
  });
  return step_.losses().back().total;
}

}  // namespace fgcn::train
