// Losses of the last steps, kept on the device until somebody asks for them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "autograd/tensor.h"
#include "train/loss_terms.h"

namespace fgcn::train {

using LossNames = std::shared_ptr<const std::vector<std::string>>;

/// Losses by name, "total" first where there is one. NotFinite naming the first that is not, behind
/// `step`, which says what kind of step they are of.
std::vector<NamedLoss> named_losses(const char* step, const std::vector<std::string>& names,
                                    const real* values);

class UnreadLosses {
 public:
  static constexpr std::int64_t kMost = 64;  // steps; the next one needs take() to be called

  /// `step` as in named_losses(); at most so many losses in a step.
  UnreadLosses(const Context& ctx, const char* step, std::int64_t losses);

  std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
  /// fgcn::Error when there is no room for one more step.
  void check_room() const;

  /// Some losses of a step; the values lie on the device.
  struct Part {
    LossNames names;
    const real* values;
  };
  /// Copies the losses of a step; does not wait.
  void keep(std::initializer_list<Part> parts);
  /// Those of the steps since the last call, in order, as named_losses(); waits for the device when
  /// there are any.
  std::vector<std::vector<NamedLoss>> take();

 private:
  Context ctx_;
  const char* step_;
  std::int64_t losses_;
  Tensor values_;  // [kMost, losses]
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace fgcn::train
