// Patches of the image as rows of a matrix, a few dozen at a time so that they stay in L2, times
// the weight as a matrix.
#include <omp.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/conv2d/conv2d.h"
#include "kernels/core/scratch.h"
#include "kernels/gemm/gemm_block.h"

namespace fgcn::kernels::cpu {
namespace {

/// Pixels of a work item: a multiple of the register tile's rows, enough items for some threads.
std::int64_t pixels_an_item(std::int64_t pixels) {
  return std::clamp<std::int64_t>(ceil_div(ceil_div(pixels, 16), 12) * 12, 12, 96);
}

/// Copies the patch below output pixel (oh, ow) of image n to a row [KH * KW * C_in].
void copy_patch(const Conv2dOptions& options, View<const real> x, const Shape& weight,
                std::int64_t n, std::int64_t oh, std::int64_t ow, real* to) {
  const std::int64_t height = x.dim(1), width = x.dim(2), channels = x.dim(3);
  const std::int64_t left = ow * options.stride - options.pad;
  const std::int64_t first = std::clamp<std::int64_t>(-left, 0, weight[1]);
  const std::int64_t last = std::clamp<std::int64_t>(width - left, first, weight[1]);
  const std::int64_t row = weight[1] * channels;
  for (std::int64_t i = 0; i < weight[0]; ++i, to += row) {
    const std::int64_t h = oh * options.stride + i - options.pad;
    if (h < 0 || h >= height) {
      std::fill_n(to, row, real(0));
      continue;
    }
    std::fill_n(to, first * channels, real(0));
    std::fill(to + last * channels, to + row, real(0));
    if (last > first) {
      std::memcpy(to + first * channels, &x(n, h, left + first, 0),
                  static_cast<std::size_t>((last - first) * channels) * sizeof(real));
    }
  }
}

void copy_patches(const Conv2dOptions& options, View<const real> x, const Shape& weight,
                  const Shape& y, std::int64_t begin, std::int64_t count, real* to) {
  const std::int64_t depth = weight[0] * weight[1] * weight[2];
  for (std::int64_t p = begin; p < begin + count; ++p, to += depth)
    copy_patch(options, x, weight, p / (y[1] * y[2]), p / y[2] % y[1], p % y[2], to);
}

/// The input pixels, along one axis, that share the taps of the kernel that reach them: those at
/// first, first + stride, ..; tap t is kernel pixel phase + t stride, from output pixel out - t.
struct Class {
  std::int64_t phase, taps, first, count;

  Class(std::int64_t of_phase, std::int64_t size, std::int64_t kernel, const Conv2dOptions& options)
      : phase(of_phase),
        taps(of_phase < kernel ? ceil_div(kernel - of_phase, options.stride) : 0),
        first((of_phase + options.stride - options.pad % options.stride) % options.stride),
        count(first < size ? ceil_div(size - first, options.stride) : 0) {}

  std::int64_t pixel(std::int64_t i, const Conv2dOptions& options) const {
    return first + i * options.stride;
  }
  /// The output pixel of tap 0 above pixel i of the class.
  std::int64_t out(std::int64_t i, const Conv2dOptions& options) const {
    return (pixel(i, options) + options.pad - phase) / options.stride;
  }
};

/// The input pixels of one class along each axis: a dense product of their own, without the zeros
/// that a stride puts between the rows of grad_y.
void input_class(const Context& ctx, const Conv2dOptions& options, View<const real> grad_y,
                 View<const real> weight, View<real> grad_x, const Class& rows, const Class& cols) {
  const std::int64_t channels_in = weight.dim(2), channels_out = weight.dim(3);
  const std::int64_t depth = rows.taps * cols.taps * channels_out;
  const std::int64_t pixels = grad_x.dim(0) * rows.count * cols.count;
  if (pixels == 0) return;
  const Scratch turned(ctx, depth * channels_in);  // [taps, C_out, C_in]
  real* to = turned.data();
  for (std::int64_t i = 0; i < rows.taps; ++i)
    for (std::int64_t j = 0; j < cols.taps; ++j) {
      const real* from =
          &weight(rows.phase + i * options.stride, cols.phase + j * options.stride, 0, 0);
      for (std::int64_t d = 0; d < channels_out; ++d)
        for (std::int64_t c = 0; c < channels_in; ++c) *to++ = from[c * channels_out + d];
    }
  const Scratch packed(ctx, packed_size(depth, channels_in));
  pack({turned.data(), channels_in, 1}, depth, channels_in, packed.data());

  const std::int64_t some = pixels_an_item(pixels);
  const std::int64_t items = ceil_div(pixels, some);
  const int threads =
      static_cast<int>(std::min<std::int64_t>(ctx.threads(), std::max<std::int64_t>(items, 1)));
  const std::int64_t own = some * (depth + channels_in);
  const Scratch patches(ctx, threads * own);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t item = 0; item < items; ++item) {
    real* patch = patches.data() + omp_get_thread_num() * own;
    real* sums = patch + some * depth;
    const std::int64_t begin = item * some;
    const std::int64_t count = std::min(some, pixels - begin);
    const auto at = [&](std::int64_t p) {  // image, row and column of the class
      return std::array<std::int64_t, 3>{p / (rows.count * cols.count), p / cols.count % rows.count,
                                         p % cols.count};
    };
    for (std::int64_t p = 0; p < count; ++p) {
      const auto place = at(begin + p);
      const std::int64_t oh = rows.out(place[1], options), ow = cols.out(place[2], options);
      for (std::int64_t i = 0; i < rows.taps; ++i)
        for (std::int64_t j = 0; j < cols.taps; ++j, patch += channels_out) {
          const bool inside =
              oh - i >= 0 && oh - i < grad_y.dim(1) && ow - j >= 0 && ow - j < grad_y.dim(2);
          if (inside) {
            std::copy_n(&grad_y(place[0], oh - i, ow - j, 0), channels_out, patch);
          } else {
            std::fill_n(patch, channels_out, real(0));
          }
        }
    }
    if (depth == 0) std::fill_n(sums, count * channels_in, real(0));
    multiply_packed({patch - count * depth, depth, 1}, packed.data(), count, depth, channels_in,
                    sums, channels_in, false);
    for (std::int64_t p = 0; p < count; ++p) {
      const auto place = at(begin + p);
      std::copy_n(
          sums + p * channels_in, channels_in,
          &grad_x(place[0], rows.pixel(place[1], options), cols.pixel(place[2], options), 0));
    }
  }
}

}  // namespace

void conv2d(const Context& ctx, const Conv2dOptions& options, View<const real> x,
            View<const real> weight, View<real> y) {
  const std::int64_t depth = weight.dim(0) * weight.dim(1) * weight.dim(2);
  const std::int64_t channels = y.dim(3);
  const std::int64_t pixels = y.dim(0) * y.dim(1) * y.dim(2);
  if (y.size() == 0) return;
  if (depth == 0) {
    std::fill_n(y.data, y.size(), real(0));
    return;
  }
  const Scratch packed(ctx, packed_size(depth, channels));
  pack({weight.data, channels, 1}, depth, channels, packed.data());
  const std::int64_t some = pixels_an_item(pixels);
  const std::int64_t items = ceil_div(pixels, some);
  const int threads = static_cast<int>(std::min<std::int64_t>(ctx.threads(), items));
  const bool patch_is_pixel =
      weight.dim(0) == 1 && weight.dim(1) == 1 && options.stride == 1 && options.pad == 0;
  const Scratch patches(ctx, patch_is_pixel ? 0 : threads * some * depth);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t item = 0; item < items; ++item) {
    const std::int64_t begin = item * some;
    const std::int64_t count = std::min(some, pixels - begin);
    const real* rows = x.data + begin * depth;
    if (!patch_is_pixel) {
      real* patch = patches.data() + omp_get_thread_num() * some * depth;
      copy_patches(options, x, weight.shape, y.shape, begin, count, patch);
      rows = patch;
    }
    multiply_packed({rows, depth, 1}, packed.data(), count, depth, channels,
                    y.data + begin * channels, channels, false);
  }
}

void conv2d_input(const Context& ctx, const Conv2dOptions& options, View<const real> grad_y,
                  View<const real> weight, View<real> grad_x) {
  if (grad_x.size() == 0) return;
  for (std::int64_t i = 0; i < options.stride; ++i)
    for (std::int64_t j = 0; j < options.stride; ++j)
      input_class(ctx, options, grad_y, weight, grad_x,
                  Class(i, grad_x.dim(1), weight.dim(0), options),
                  Class(j, grad_x.dim(2), weight.dim(1), options));
}

void conv2d_weight(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                   View<const real> grad_y, View<real> grad_weight) {
  const Shape& shape = grad_weight.shape;
  const std::int64_t depth = shape[0] * shape[1] * shape[2];
  const std::int64_t channels = shape[3];
  const std::int64_t pixels = grad_y.dim(0) * grad_y.dim(1) * grad_y.dim(2);
  if (grad_weight.size() == 0) return;
  if (pixels == 0) {
    std::fill_n(grad_weight.data, grad_weight.size(), real(0));
    return;
  }
  // The sum over pixels in pieces, each to memory of its own, added in order at the end.
  constexpr std::int64_t kPixels = 96;
  const std::int64_t pieces = std::clamp<std::int64_t>(pixels / (2 * kPixels), 1, 8);
  const std::int64_t piece_size = ceil_div(pixels, pieces);
  const int threads = static_cast<int>(std::min<std::int64_t>(ctx.threads(), pieces));
  const std::int64_t own = kPixels * depth + packed_size(kPixels, channels);
  const Scratch partial(ctx, (pieces - 1) * depth * channels);
  const Scratch working(ctx, threads * own);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    real* patches = working.data() + omp_get_thread_num() * own;
    real* packed = patches + kPixels * depth;
    real* to = piece == 0 ? grad_weight.data : partial.data() + (piece - 1) * depth * channels;
    const std::int64_t begin = std::min(pixels, piece * piece_size);
    const std::int64_t end = std::min(pixels, begin + piece_size);
    if (begin == end) std::fill_n(to, depth * channels, real(0));
    for (std::int64_t p = begin; p < end; p += kPixels) {
      const std::int64_t count = std::min(kPixels, end - p);
      copy_patches(options, x, shape, grad_y.shape, p, count, patches);
      pack({grad_y.data + p * channels, channels, 1}, count, channels, packed);
      multiply_packed({patches, 1, depth}, packed, depth, count, channels, to, channels, p > begin);
    }
  }
#pragma omp parallel for num_threads(threads)
  for (std::int64_t i = 0; i < depth * channels; ++i) {
    for (std::int64_t piece = 1; piece < pieces; ++piece)
      grad_weight[i] += partial.data()[(piece - 1) * depth * channels + i];
  }
}

}  // namespace fgcn::kernels::cpu
