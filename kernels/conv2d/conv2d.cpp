#include "kernels/conv2d/conv2d.h"

namespace fgcn::kernels {
namespace {

void check_shapes(const char* name, const Conv2dOptions& options, const Shape& x,
                  const Shape& weight, const Shape& y) {
  FGCN_CHECK(x.rank == 4 && weight.rank == 4, name, ": x is ", x, " and weight ", weight,
             ", expected [N, H, W, C_in] and [KH, KW, C_in, C_out]");
  FGCN_CHECK(x[3] == weight[2], name, ": x is ", x, " but weight ", weight, " is of ", weight[2],
             " channels");
  const Shape expected{x[0], conv2d_size(x[1], weight[0], options),
                       conv2d_size(x[2], weight[1], options), weight[3]};
  FGCN_CHECK(y == expected, name, ": y is ", y, ", expected ", expected);
}

}  // namespace

std::int64_t conv2d_size(std::int64_t size, std::int64_t kernel, const Conv2dOptions& options) {
  FGCN_CHECK(options.stride >= 1 && options.pad >= 0 && kernel >= 1, "conv2d: a stride of ",
             options.stride, ", a pad of ", options.pad, " and a kernel of ", kernel);
  FGCN_CHECK(size + 2 * options.pad >= kernel, "conv2d: a kernel of ", kernel,
             " pixels does not fit into ", size, " padded by ", options.pad);
  return (size + 2 * options.pad - kernel) / options.stride + 1;
}

void conv2d(const Context& ctx, const Conv2dOptions& options, View<const real> x,
            View<const real> weight, View<real> y) {
  check_shapes("conv2d", options, x.shape, weight.shape, y.shape);
  FGCN_DISPATCH(ctx, conv2d, options, x, weight, y);
}

void conv2d_input(const Context& ctx, const Conv2dOptions& options, View<const real> grad_y,
                  View<const real> weight, View<real> grad_x) {
  check_shapes("conv2d_input", options, grad_x.shape, weight.shape, grad_y.shape);
  FGCN_DISPATCH(ctx, conv2d_input, options, grad_y, weight, grad_x);
}

void conv2d_weight(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                   View<const real> grad_y, View<real> grad_weight) {
  check_shapes("conv2d_weight", options, x.shape, grad_weight.shape, grad_y.shape);
  FGCN_DISPATCH(ctx, conv2d_weight, options, x, grad_y, grad_weight);
}

}  // namespace fgcn::kernels
