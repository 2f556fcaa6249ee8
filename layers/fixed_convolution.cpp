#include "layers/fixed_convolution.h"

#include "autograd/ops/binary.h"
#include "autograd/ops/conv2d.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/slice.h"
#include "autograd/ops/unary.h"
#include "kernels/binary/binary.h"
#include "kernels/unary/unary.h"

namespace fgcn {

FixedConvolution::FixedConvolution(const Context& ctx, const FoldedConvolution& folded,
                                   const Options& options)
    : options_(options),
      weight_(Tensor::of(ctx,
                         {folded.rows, folded.columns, folded.channels_in, folded.channels_out},
                         folded.weight)),
      bias_(Tensor::of(ctx, {folded.channels_out}, folded.bias)) {}

Var FixedConvolution::operator()(const Var& x) const {
  Tape& tape = x.tape();
  Var padded = x;
  std::int64_t pad = options_.pad_rows;
  if (options_.pad_rows != options_.pad_columns) {
    pad = 0;
    const std::int64_t around[] = {options_.pad_rows, options_.pad_columns};
    for (int axis = 1; axis <= 2; ++axis) {
      const std::int64_t zeros = around[axis - 1];
      if (zeros > 0) padded = ops::pad(padded, {.axis = axis, .before = zeros, .after = zeros});
    }
  }
  return sum_of(
      ops::conv2d(padded, tape.constant(weight_), {.stride = options_.stride, .pad = pad}),
      tape.constant(bias_), options_.after);
}

Var sum_of(Var a, const Var& b, FixedConvolution::After after) {
  if (a.requires_grad() || b.requires_grad()) {
    const Var y = ops::add(a, b);
    return after == FixedConvolution::After::kRelu ? ops::relu(y) : y;
  }
  Tape& tape = a.tape();
  const Tensor x = a.value();
  a = Var();
  // In its own memory where nobody else holds it: passes over memory are a tenth of a network.
  Tensor y = x.unique() ? x : Tensor(tape.context(), x.shape());
  kernels::binary(tape.context(), kernels::Binary::kAdd, x.view(), b.value().view(), y.view());
  if (after == FixedConvolution::After::kRelu)
    kernels::unary(tape.context(), {kernels::Unary::kLeakyRelu}, y.view(), y.view());
  return tape.constant(y);
}

Var mean_over_pixels(const Var& x) {
  const std::int64_t pixels = x.dim(1) * x.dim(2), channels = x.dim(3);
  const Var sums =
      ops::sum_to(ops::reshape(x, {x.dim(0), pixels, channels}), {x.dim(0), 1, channels});
  return ops::scale(ops::reshape(sums, {x.dim(0), channels}), 1.0 / static_cast<double>(pixels));
}

}  // namespace fgcn
