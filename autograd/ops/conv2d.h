// Taped convolution of images (kernels/conv2d/conv2d.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/conv2d/conv2d.h"

namespace fgcn::ops {

using kernels::Conv2dOptions;

/// x [N, H, W, C_in] and weight [KH, KW, C_in, C_out] -> [N, OH, OW, C_out]. Order: any.
Var conv2d(const Var& x, const Var& weight, const Conv2dOptions& options = {});
/// The adjoint by the input; grad_x has the shape given. Order: any.
Var conv2d_input(const Var& grad_y, const Var& weight, const Shape& x_shape,
                 const Conv2dOptions& options);
/// The adjoint by the weight, which has the shape given. Order: any.
Var conv2d_weight(const Var& x, const Var& grad_y, const Shape& weight_shape,
                  const Conv2dOptions& options);

}  // namespace fgcn::ops
