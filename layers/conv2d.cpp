#include "layers/conv2d.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/conv2d.h"
#include "layers/linear.h"

namespace fgcn {

Conv2d::Conv2d(const Context& ctx, const std::string& name, const Conv2dSizes& sizes, Rng& rng)
    : sizes_(sizes),
      weight_(name + ".weight",
              he_normal(ctx, {sizes.kernel, sizes.kernel, sizes.channels_in, sizes.channels_out},
                        sizes.kernel * sizes.kernel * sizes.channels_in, rng)),
      bias_(name + ".bias", Tensor::zeros(ctx, {sizes.channels_out})) {}

Var Conv2d::operator()(const Var& x) const { return (*this)(x, x.tape().use(weight_)); }

Var Conv2d::operator()(const Var& x, const Var& weight) const {
  FGCN_CHECK(x.shape().rank == 4 && x.dim(3) == sizes_.channels_in, weight_.name, ": x is ",
             x.shape(), ", expected [N, H, W, ", sizes_.channels_in, "]");
  FGCN_CHECK(weight.shape() == weight_.value.shape(), weight_.name, ": it is replaced by one of ",
             weight.shape(), ", expected ", weight_.value.shape());
  Tape& tape = x.tape();
  const ops::Conv2dOptions options{.stride = sizes_.stride, .pad = sizes_.pad};
  return ops::add(ops::conv2d(x, weight, options), tape.use(bias_));
}

}  // namespace fgcn
