// Taped pooling by the largest (kernels/max_pool/max_pool.h).
#pragma once

#include "autograd/tape.h"
#include "kernels/max_pool/max_pool.h"

namespace fgcn::ops {

using kernels::MaxPoolOptions;

/// x [N, H, W, C] -> [N, OH, OW, C], the largest of each window. Order: any; of equal values the
/// first, row by row, takes the gradient.
Var max_pool(const Var& x, const MaxPoolOptions& options = {});
/// The pixels of x that max_pool chose in another image of its shape: place [N, OH, OW, C].
/// Order: any, each of the two is the other's adjoint.
Var max_pool_pick(const Var& x, const IndexTensor& place, const MaxPoolOptions& options);
/// To those pixels of an image [N, H, W, C] of the shape given; zero elsewhere.
Var max_pool_spread(const Var& grad_y, const IndexTensor& place, const Shape& x_shape,
                    const MaxPoolOptions& options);

}  // namespace fgcn::ops
