// A fully connected layer.
#pragma once

#include <string>
#include <vector>

#include "autograd/tape.h"
#include "kernels/core/rng.h"

namespace fgcn {

/// Normal numbers of variance 2 / fan_in, sampled in order.
/// Source: He et al., ICCV 2015, equation 10.
Tensor he_normal(const Context& ctx, const Shape& shape, std::int64_t fan_in, Rng& rng);

/// How a layer holds the weights that it multiplies by.
enum class WeightForm {
  kPlain,      // as they are: the original's
  kEqualised,  // as numbers of one variance, whatever the fan-in, times a constant. A step of Adam
               // moves every number by about the learning rate, whatever its gradient: held like
               // this, a wide layer moves by no larger a part of itself than a narrow one, and is
               // not thrown into saturation within a few steps
};
/// The factor of the held weights: 1 of plain ones.
/// Source: Karras et al., ICLR 2018, section 4.1.
double weight_gain(WeightForm form, std::int64_t fan_in);
/// he_normal, held in that form.
Tensor first_weights(const Context& ctx, const Shape& shape, std::int64_t fan_in, WeightForm form,
                     Rng& rng);
/// y of the held weights as y of the weights.
Var with_gain(const Var& y, double gain);

/// Fully connected layer  y = x W + b.
///
///   x  [.., C_in]
///   y  [.., C_out]
///
/// he_normal samples W, b starts at zero. Parameters `name`.weight [C_in, C_out] and
/// `name`.bias [C_out].
///
/// Errors   fgcn::Error when x's last axis is not C_in.
/// Order    any.
class Linear {
 public:
  Linear(const Context& ctx, const std::string& name, std::int64_t channels_in,
         std::int64_t channels_out, Rng& rng, WeightForm form = WeightForm::kPlain);

  Var operator()(const Var& x) const;
  std::vector<Parameter*> parameters() { return {&weight_, &bias_}; }

 private:
  double gain_;
  Parameter weight_;  // [C_in, C_out]
  Parameter bias_;    // [C_out]
};

}  // namespace fgcn
