// The losses of one step: what they are, and how much of each is descended.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"

namespace fgcn::train {

struct NamedLoss {
  std::string name;
  double value;
};

/// Collects losses of shape [1]; nothing here waits for the device but read().
class LossTerms {
 public:
  /// `share` 0: to look at only.
  void add(std::string name, const Var& value, double share = 0);
  void add(std::string name, const Tensor& value);
  /// Sum of share * value; undefined when no share counts.
  const Var& total() const { return total_; }

  /// In the order of add(). Error naming the first that is not finite.
  std::vector<NamedLoss> read(const Context& ctx) const;

 private:
  std::vector<std::string> names_;
  std::vector<Tensor> values_;
  Var total_;
};

}  // namespace fgcn::train
