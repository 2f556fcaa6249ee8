// Tells a loss that explodes from one that is noisy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/arrays/safetensors.h"

namespace fgcn::train {

/// Remembers the sizes of the last kWindow losses.
class LossWatch {
 public:
  static constexpr std::size_t kWindow = 101;
  static constexpr std::size_t kLeast = 20;  // before there are so many nothing is said

  /// `most`: times the median; 0: never.
  explicit LossWatch(double most) : most_(most) {}

  /// True when |loss| is more than `most` times the median of those remembered, or not finite;
  /// remembers it.
  bool explodes(double loss);
  /// Median of |loss| over the remembered steps; 0 at first.
  double median() const;

  void save(io::Safetensors& file) const;
  void load(const io::Safetensors& file, const std::string& where);

 private:
  double most_;
  std::vector<double> recent_;  // a ring
  std::size_t next_ = 0;
};

}  // namespace fgcn::train
