#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/gpu/elements.h"
#include "kernels/sample_image/sample_image_math.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Images [N, height, width, channels] and points [N, P].
struct SampleSizes {
  std::int64_t height, width, channels;
  Divider by_channels, by_points;
  std::int64_t numbers;  // N P channels

  SampleSizes(const Shape& image, std::int64_t points)
      : height(image[1]),
        width(image[2]),
        channels(image[3]),
        by_channels(std::max<std::int64_t>(1, channels)),
        by_points(std::max<std::int64_t>(1, points)),
        numbers(image[0] * points * channels) {}

  __device__ __forceinline__ std::int64_t pixel(std::int64_t n, std::int64_t h,
                                                std::int64_t w) const {
    return ((n * height + h) * width + w) * channels;
  }
};

/// One thread per point and channel: neighbors read and write neighboring channels.
__global__ void sample_image_kernel(SampleSizes sizes, Sampling sampling, const real* image,
                                    const real* points, real* y) {
  const std::int64_t i = thread_number();
  if (i >= sizes.numbers) return;
  const Split at = sizes.by_channels.split(i);
  const std::int64_t n = sizes.by_points.split(at.quotient).quotient;
  const real px = points[2 * at.quotient], py = points[2 * at.quotient + 1];
  const real* from = image + at.remainder;
  if (sampling == Sampling::kRounded) {
    y[i] = from[sizes.pixel(n, rounded(py, sizes.height), rounded(px, sizes.width))];
    return;
  }
  const Between h = between(py, sizes.height), w = between(px, sizes.width);
  y[i] = blend(from[sizes.pixel(n, h.low, w.low)], from[sizes.pixel(n, h.low, w.high)],
               from[sizes.pixel(n, h.high, w.low)], from[sizes.pixel(n, h.high, w.high)], w.weight,
               h.weight);
}

void sample_image(const Context& ctx, Sampling sampling, View<const real> image,
                  View<const real> points, View<real> y) {
  const SampleSizes sizes(image.shape, points.dim(1));
  launch(ctx, "sample_image", one_thread_each(sizes.numbers), sample_image_kernel, sizes, sampling,
         image.data, points.data, y.data);
}

constexpr unsigned kLargestThreads = 256;
constexpr std::int64_t kLargestShare = 4096;  // numbers of a block

/// largest [N], zero before: the bits of each image's largest finite |grad_y|, which are in the
/// order of the numbers. blocks: of an image.
__global__ void largest_kernel(const real* grad_y, std::int64_t of_image, Divider blocks,
                               unsigned* largest) {
  const Split at = blocks.split(blockIdx.x);
  const std::int64_t begin = at.remainder * kLargestShare;
  const std::int64_t end = begin + kLargestShare < of_image ? begin + kLargestShare : of_image;
  unsigned most = 0;
  for (std::int64_t i = begin + threadIdx.x; i < end; i += kLargestThreads) {
    const auto size = static_cast<float>(std::abs(grad_y[at.quotient * of_image + i]));
    if (std::isfinite(size)) most = max(most, __float_as_uint(size));
  }
  for (int step = 16; step > 0; step /= 2)
    most = max(most, __shfl_xor_sync(0xffffffffu, most, step));
  if (threadIdx.x % 32 == 0) atomicMax(&largest[at.quotient], most);
}

/// Scale that turns an image's terms into whole numbers: a power of two under which 2^points_log2
/// times the largest is at most 2^60.
__device__ __forceinline__ double whole_scale(unsigned largest, int points_log2) {
  constexpr int kMantissaBits = 23, kExponentBias = 127;
  const int exponent = static_cast<int>(largest >> kMantissaBits) - kExponentBias + 1;
  return std::ldexp(1.0, 60 - points_log2 - exponent);
}

/// The whole numbers of a sum: what 64-bit atomics take.
using WholeSum = unsigned long long;

/// One thread per point and channel adds to the sums [N, height, width, channels]. Where a term is
/// not finite, bad becomes NaN.
__global__ void add_samples_kernel(SampleSizes sizes, Sampling sampling, const real* points,
                                   const real* grad_y, const unsigned* largest, int points_log2,
                                   WholeSum* sum, real* bad) {
  const std::int64_t i = thread_number();
  if (i >= sizes.numbers) return;
  const Split at = sizes.by_channels.split(i);
  const std::int64_t n = sizes.by_points.split(at.quotient).quotient;
  const real px = points[2 * at.quotient], py = points[2 * at.quotient + 1];
  const double scale = whole_scale(largest[n], points_log2);
  const bool whole_pixel = sampling == Sampling::kRounded;
  const Between h = between(py, sizes.height), w = between(px, sizes.width);
  for (int k = 0; k < (whole_pixel ? 1 : 4); ++k) {
    const Tap to =
        whole_pixel ? Tap{rounded(py, sizes.height), rounded(px, sizes.width), 1} : tap(h, w, k);
    if (to.weight == 0) continue;
    const std::int64_t place = sizes.pixel(n, to.row, to.column) + at.remainder;
    const double term = static_cast<double>(to.weight) * grad_y[i];
    // No order decides which of several threads writes last: they write equal values.
    if (std::isfinite(term)) {
      atomicAdd(&sum[place], static_cast<WholeSum>(std::llrint(term * scale)));
    } else {
      bad[place] = std::numeric_limits<real>::quiet_NaN();
    }
  }
}

/// grad_image, zero or NaN before, takes the sums. One thread a number.
__global__ void samples_total_kernel(const WholeSum* sum, const unsigned* largest, int points_log2,
                                     Divider of_image, std::int64_t count, real* grad_image) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  const double scale = whole_scale(largest[of_image.split(i).quotient], points_log2);
  grad_image[i] += static_cast<real>(static_cast<double>(static_cast<long long>(sum[i])) / scale);
}

void sample_image_by_image(const Context& ctx, Sampling sampling, View<const real> points,
                           View<const real> grad_y, View<real> grad_image) {
  const std::int64_t images = grad_image.dim(0), count = grad_image.size();
  const std::int64_t per_image = points.dim(1) * grad_image.dim(3);
  ctx.runtime().zero(grad_image.data, static_cast<std::size_t>(count) * sizeof(real));
  if (per_image == 0 || count == 0) return;
  DeviceScratch<WholeSum> sum(ctx, count);
  sum.zero();
  DeviceScratch<unsigned> largest(ctx, images);
  largest.zero();
  const std::int64_t blocks = (per_image + kLargestShare - 1) / kLargestShare;
  launch(ctx, "largest", one_block_each(images * blocks, kLargestThreads), largest_kernel,
         grad_y.data, per_image, Divider(blocks), largest.data());
  int points_log2 = 0;
  while (std::int64_t{1} << points_log2 < points.dim(1)) ++points_log2;
  const SampleSizes sizes(grad_image.shape, points.dim(1));
  launch(ctx, "add_samples", one_thread_each(sizes.numbers), add_samples_kernel, sizes, sampling,
         points.data, grad_y.data, largest.data(), points_log2, sum.data(), grad_image.data);
  launch(ctx, "samples_total", one_thread_each(count), samples_total_kernel, sum.data(),
         largest.data(), points_log2, Divider(count / images), count, grad_image.data);
}

/// One thread per point and axis (0 x, 1 y): both read the same pixels, neighbors write neighbors.
__global__ void sample_slope_kernel(SampleSizes sizes, const real* image, const real* points,
                                    const real* grad_y, real* grad_points, std::int64_t count) {
  const std::int64_t i = thread_number();
  if (i >= count) return;
  const std::int64_t point = i / 2;
  const bool is_x = i % 2 == 0;
  const std::int64_t n = sizes.by_points.split(point).quotient;
  const Between h = between(points[2 * point + 1], sizes.height);
  const Between w = between(points[2 * point], sizes.width);
  const real* a = image + sizes.pixel(n, h.low, w.low);
  const real* along =
      image + (is_x ? sizes.pixel(n, h.low, w.high) : sizes.pixel(n, h.high, w.low));
  const real* across =
      image + (is_x ? sizes.pixel(n, h.high, w.low) : sizes.pixel(n, h.low, w.high));
  const real* d = image + sizes.pixel(n, h.high, w.high);
  const real* grad = grad_y + point * sizes.channels;
  const real weight = is_x ? h.weight : w.weight;
  real sum = 0;
  for (std::int64_t c = 0; c < sizes.channels; ++c)
    sum += grad[c] * blend_slope(a[c], along[c], across[c], d[c], weight);
  grad_points[i] = (is_x ? w.inside : h.inside) ? sum : real(0);
}

void sample_image_by_points(const Context& ctx, View<const real> image, View<const real> points,
                            View<const real> grad_y, View<real> grad_points) {
  const SampleSizes sizes(image.shape, points.dim(1));
  const std::int64_t count = grad_points.size();
  launch(ctx, "sample_image_by_points", one_thread_each(count), sample_slope_kernel, sizes,
         image.data, points.data, grad_y.data, grad_points.data, count);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
