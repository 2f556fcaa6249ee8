#include "kernels/max_pool/max_pool.h"

#include <limits>

namespace fgcn::kernels {
namespace {

void check_images(const char* name, const Shape& x, const Shape& y, const Shape& place) {
  FGCN_CHECK(x.rank == 4 && y.rank == 4, name, ": x is ", x, " and y ", y,
             ", expected [N, H, W, C] and [N, OH, OW, C]");
  FGCN_CHECK(x[1] * x[2] <= std::numeric_limits<std::int32_t>::max(), name, ": x is ", x,
             ", more pixels than a place can name");
  FGCN_CHECK(place == y, name, ": place is ", place, ", expected ", y);
}

void check_pooled(const char* name, const MaxPoolOptions& options, const Shape& x, const Shape& y,
                  const Shape& place) {
  check_images(name, x, y, place);
  const Shape expected{x[0], max_pool_size(x[1], options), max_pool_size(x[2], options), x[3]};
  FGCN_CHECK(y == expected, name, ": y is ", y, ", expected ", expected);
}

}  // namespace

std::int64_t max_pool_size(std::int64_t size, const MaxPoolOptions& options) {
  FGCN_CHECK(options.window >= 1 && options.stride >= 1 && options.pad >= 0 &&
                 options.pad < options.window,
             "max_pool: a window of ", options.window, ", a stride of ", options.stride,
             " and a pad of ", options.pad, "; the pad must be less than the window");
  FGCN_CHECK(size >= 1 && size + 2 * options.pad >= options.window, "max_pool: a window of ",
             options.window, " pixels does not fit into ", size, " padded by ", options.pad);
  return (size + 2 * options.pad - options.window) / options.stride + 1;
}

void max_pool(const Context& ctx, const MaxPoolOptions& options, View<const real> x, View<real> y,
              View<std::int32_t> place) {
  check_pooled("max_pool", options, x.shape, y.shape, place.shape);
  if (y.size() == 0) return;
  FGCN_DISPATCH(ctx, max_pool, options, x, y, place);
}

void max_pool_pick(const Context& ctx, View<const real> x, View<const std::int32_t> place,
                   View<real> y) {
  check_images("max_pool_pick", x.shape, y.shape, place.shape);
  FGCN_CHECK(x.dim(0) == y.dim(0) && x.dim(3) == y.dim(3), "max_pool_pick: x is ", x.shape,
             " but y ", y.shape);
  if (y.size() == 0) return;
  FGCN_DISPATCH(ctx, max_pool_pick, x, place, y);
}

void max_pool_spread(const Context& ctx, const MaxPoolOptions& options, View<const real> grad_y,
                     View<const std::int32_t> place, View<real> grad_x) {
  check_pooled("max_pool_spread", options, grad_x.shape, grad_y.shape, place.shape);
  if (grad_x.size() == 0) return;
  FGCN_DISPATCH(ctx, max_pool_spread, options, grad_y, place, grad_x);
}

}  // namespace fgcn::kernels
