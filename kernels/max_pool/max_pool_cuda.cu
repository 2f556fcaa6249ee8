#include "kernels/gpu/elements.h"
#include "kernels/max_pool/max_pool_math.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Sizes of the image and of the pooled one, and how a thread's number splits into channels,
/// column, row and image of the array that the threads own.
struct PoolSizes {
  std::int64_t height, width, channels, pooled_height, pooled_width;
  Divider by_pieces, by_columns, by_rows, by_stride;
  std::int64_t pieces;  // of all images

  PoolSizes(const Shape& x, const Shape& y, const Shape& owned, int lanes, std::int64_t stride)
      : height(x[1]),
        width(x[2]),
        channels(x[3]),
        pooled_height(y[1]),
        pooled_width(y[2]),
        by_pieces(x[3] / lanes),
        by_columns(owned[2]),
        by_rows(owned[1]),
        by_stride(stride),
        pieces(owned.size() / lanes) {}

  /// Number of channel c of a pixel.
  __device__ __forceinline__ std::int64_t in_image(std::int64_t n, std::int64_t pixel) const {
    return (n * height * width + pixel) * channels;
  }
  __device__ __forceinline__ std::int64_t in_pooled(std::int64_t n, std::int64_t h,
                                                    std::int64_t w) const {
    return ((n * pooled_height + h) * pooled_width + w) * channels;
  }
  __device__ __forceinline__ PoolRange windows_of(std::int64_t in, std::int64_t count,
                                                  const MaxPoolOptions& options) const {
    const std::int64_t distance = in + options.pad;
    const std::int64_t beyond = distance < options.window ? 0 : distance - options.window;
    return windows_of_pixel(distance, by_stride.split(distance).quotient,
                            by_stride.split(beyond).quotient, count, options);
  }
};

/// Where a thread works.
struct PoolPlace {
  std::int64_t n, row, column, channel;
};

template <int kN>
__device__ __forceinline__ PoolPlace pool_place(const PoolSizes& sizes, std::int64_t i) {
  const Split piece = sizes.by_pieces.split(i);
  const Split column = sizes.by_columns.split(piece.quotient);
  const Split row = sizes.by_rows.split(column.quotient);
  return {row.quotient, row.remainder, column.remainder, piece.remainder * kN};
}

/// One thread per piece of a window's channels: neighbors read and write neighbors.
template <int kN>
__global__ void max_pool_kernel(PoolSizes sizes, MaxPoolOptions options, const real* x, real* y,
                                std::int32_t* place) {
  const std::int64_t i = thread_number();
  if (i >= sizes.pieces) return;
  const PoolPlace own = pool_place<kN>(sizes, i);
  const PoolRange rows = pixels_of_window(own.row, sizes.height, options);
  const PoolRange cols = pixels_of_window(own.column, sizes.width, options);
  const real* from = x + sizes.in_image(own.n, 0) + own.channel;
  const auto first = static_cast<std::int32_t>(rows.begin * sizes.width + cols.begin);
  Lanes<kN> best = load<kN>(from + first * sizes.channels);
  Lanes<kN, std::int32_t> at;
  for (int k = 0; k < kN; ++k) at.of[k] = first;
  for (std::int64_t h = rows.begin; h < rows.end; ++h)
    for (std::int64_t w = h == rows.begin ? cols.begin + 1 : cols.begin; w < cols.end; ++w) {
      const auto here = static_cast<std::int32_t>(h * sizes.width + w);
      const Lanes<kN> candidate = load<kN>(from + here * sizes.channels);
      for (int k = 0; k < kN; ++k) {
        if (!chosen_over(candidate.of[k], best.of[k])) continue;
        best.of[k] = candidate.of[k];
        at.of[k] = here;
      }
    }
  store(y + i * kN, best);
  store(place + i * kN, at);
}

void max_pool(const Context& ctx, const MaxPoolOptions& options, View<const real> x, View<real> y,
              View<std::int32_t> place) {
  if (y.size() == 0) return;
  const bool in_lanes =
      in_pieces(x.data) && in_pieces(y.data) && in_pieces(place.data) && whole_pieces(x.dim(3));
  const PoolSizes sizes(x.shape, y.shape, y.shape, in_lanes ? kLanes : 1, options.stride);
  launch(ctx, "max_pool", one_thread_each(sizes.pieces),
         in_lanes ? max_pool_kernel<kLanes> : max_pool_kernel<1>, sizes, options, x.data, y.data,
         place.data);
}

/// One thread a number of the result: which pixel it reads, its neighbour need not share.
__global__ void max_pool_pick_kernel(PoolSizes sizes, const real* x, const std::int32_t* place,
                                     real* y) {
  const std::int64_t i = thread_number();
  if (i >= sizes.pieces) return;
  const PoolPlace own = pool_place<1>(sizes, i);
  y[i] = x[sizes.in_image(own.n, place[i]) + own.channel];
}

void max_pool_pick(const Context& ctx, View<const real> x, View<const std::int32_t> place,
                   View<real> y) {
  if (y.size() == 0) return;
  const PoolSizes sizes(x.shape, y.shape, y.shape, 1, 1);
  launch(ctx, "max_pool_pick", one_thread_each(sizes.pieces), max_pool_pick_kernel, sizes, x.data,
         place.data, y.data);
}

/// One thread per piece of a pixel's channels: it asks the windows that hold the pixel, in the
/// CPU's order.
template <int kN>
__global__ void max_pool_spread_kernel(PoolSizes sizes, MaxPoolOptions options, const real* grad_y,
                                       const std::int32_t* place, real* grad_x) {
  const std::int64_t i = thread_number();
  if (i >= sizes.pieces) return;
  const PoolPlace own = pool_place<kN>(sizes, i);
  const PoolRange rows = sizes.windows_of(own.row, sizes.pooled_height, options);
  const PoolRange cols = sizes.windows_of(own.column, sizes.pooled_width, options);
  const auto here = static_cast<std::int32_t>(own.row * sizes.width + own.column);
  Lanes<kN> sum = {};
  for (std::int64_t oh = rows.begin; oh < rows.end; ++oh)
    for (std::int64_t ow = cols.begin; ow < cols.end; ++ow) {
      const std::int64_t from = sizes.in_pooled(own.n, oh, ow) + own.channel;
      const Lanes<kN, std::int32_t> at = load<kN>(place + from);
      const Lanes<kN> grad = load<kN>(grad_y + from);
      for (int k = 0; k < kN; ++k) sum.of[k] += at.of[k] == here ? grad.of[k] : real(0);
    }
  store(grad_x + i * kN, sum);
}

void max_pool_spread(const Context& ctx, const MaxPoolOptions& options, View<const real> grad_y,
                     View<const std::int32_t> place, View<real> grad_x) {
  if (grad_x.size() == 0) return;
  const bool in_lanes = in_pieces(grad_y.data) && in_pieces(place.data) && in_pieces(grad_x.data) &&
                        whole_pieces(grad_x.dim(3));
  const PoolSizes sizes(grad_x.shape, grad_y.shape, grad_x.shape, in_lanes ? kLanes : 1,
                        options.stride);
  launch(ctx, "max_pool_spread", one_thread_each(sizes.pieces),
         in_lanes ? max_pool_spread_kernel<kLanes> : max_pool_spread_kernel<1>, sizes, options,
         grad_y.data, place.data, grad_x.data);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
