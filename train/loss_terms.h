// The losses of one step: what they are, and how much of each is descended.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"

namespace fgcn::train {

struct NamedLoss {
  std::string name;
  double value;

  bool operator==(const NamedLoss&) const = default;
};

/// Collects losses of shape [1]; nothing here waits for the device.
class LossTerms {
 public:
  /// To look at only.
  void add(std::string name, const Tensor& value);
  /// `weight` [1]: a constant, which lies on the device so that it may change between runs of
  /// recorded work.
  void add(std::string name, const Var& value, const Var& weight);
  /// Sum of weight * value; undefined when nothing has a weight.
  const Var& total() const { return total_; }

  /// In the order of add().
  const std::vector<std::string>& names() const { return names_; }
  /// Copies the values to `to`, which has room for all of them.
  void copy_to(const Context& ctx, real* to) const;

 private:
  std::vector<std::string> names_;
  std::vector<Tensor> values_;
  Var total_;
};

}  // namespace fgcn::train
