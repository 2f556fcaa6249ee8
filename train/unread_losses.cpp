#include "train/unread_losses.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/not_finite.h"

namespace fgcn::train {

std::vector<NamedLoss> named_losses(const char* step, const std::vector<std::string>& names,
                                    const real* values) {
  std::vector<NamedLoss> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto value = static_cast<double>(values[i]);
    if (!std::isfinite(value))
      throw NotFinite(text(step, ": the loss '", names[i], "' is ", value));
    out.push_back({names[i], value});
  }
  const auto total = std::find_if(out.begin(), out.end(),
                                  [](const NamedLoss& loss) { return loss.name == "total"; });
  if (total != out.end()) std::rotate(out.begin(), total, total + 1);
  return out;
}

UnreadLosses::UnreadLosses(const Context& ctx, const char* step, std::int64_t losses)
    : ctx_(ctx), step_(step), losses_(losses), values_(Tensor::zeros(ctx, {kMost, losses})) {}

void UnreadLosses::check_room() const {
  FGCN_CHECK(size() < kMost, step_, ": the losses of ", size(), " steps were not asked for");
}

void UnreadLosses::keep(std::initializer_list<Part> parts) {
  check_room();
  real* to = values_.data() + losses_ * size();
  std::vector<std::string> names;
  for (const Part& part : parts) {
    FGCN_CHECK(static_cast<std::int64_t>(names.size() + part.names->size()) <= losses_, step_,
               ": more than ", losses_, " losses");
    ctx_.runtime().copy(to, part.values, part.names->size() * sizeof(real));
    to += part.names->size();
    names.insert(names.end(), part.names->begin(), part.names->end());
  }
  rows_.push_back(std::move(names));
}

std::vector<std::vector<NamedLoss>> UnreadLosses::take() {
  std::vector<std::vector<NamedLoss>> out;
  if (rows_.empty()) return out;
  const std::vector<real> values = values_.to_host();
  const real* row = values.data();
  for (const std::vector<std::string>& names : std::exchange(rows_, {})) {
    out.push_back(named_losses(step_, names, row));
    row += losses_;
  }
  return out;
}

}  // namespace fgcn::train
