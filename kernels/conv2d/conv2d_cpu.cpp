// Patches of the image as rows of a matrix, a few dozen at a time so that they stay in L2, times
// the weight as a matrix. Which way a gradient takes depends on the sizes alone.
#include <omp.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "kernels/conv2d/conv2d.h"
#include "kernels/core/workspace.h"
#include "kernels/gemm/gemm_block.h"

namespace fgcn::kernels::cpu {
namespace {

constexpr std::int64_t kRereads = 256;  // pixels or fewer: the weight is packed where it is used
constexpr std::int64_t kMostPatches = std::int64_t{1} << 22;  // numbers of them at a time
constexpr std::int64_t kFew = 24;  // pixels or fewer: packing the weight costs more than it saves

int threads_for(const Context& ctx, std::int64_t numbers) {
  return numbers < 16384 ? 1 : ctx.threads();
}

/// pack() by several threads: kDepth rows form a block of their own.
void pack_weight(const Context& ctx, const real* weight, std::int64_t depth, std::int64_t width,
                 real* packed) {
  const std::int64_t blocks = ceil_div(depth, kDepth);
  const int threads = threads_for(ctx, depth * width);
#pragma omp parallel for num_threads(threads)
  for (std::int64_t block = 0; block < blocks; ++block) {
    const std::int64_t k = block * kDepth;
    pack({weight + k * width, width, 1}, std::min(kDepth, depth - k), width,
         packed + packed_size(k, width));
  }
}

/// y [count, width] = rows [count, depth] weight, for few rows: the columns are shared among the
/// threads, so that the weight, which is most of the memory, is read once and as it is. The sums
/// have the bits of the packed product.
void multiply_few(const Context& ctx, const real* rows, const real* weight, std::int64_t count,
                  std::int64_t depth, std::int64_t width, real* y) {
  const std::int64_t stripes = ceil_div(width, kTileColumns);
  const int threads =
      static_cast<int>(std::min<std::int64_t>(threads_for(ctx, depth * width), stripes));
  const std::int64_t own = packed_size(std::min(depth, kDepth), kTileColumns);
  const Workspace edges(ctx, threads * own);
#pragma omp parallel for num_threads(threads)
  for (std::int64_t stripe = 0; stripe < stripes; ++stripe) {
    const std::int64_t j = stripe * kTileColumns;
    multiply_unpacked({rows, depth, 1}, {weight + j, width, 1}, count, depth,
                      std::min<std::int64_t>(kTileColumns, width - j), y + j, width, false,
                      edges.data() + omp_get_thread_num() * own);
  }
}

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

/// The product where the weight is the larger operand: the patches are made first, then the columns
/// are shared among the threads, and each panel of the weight is packed into L1 just before all
/// patches are multiplied with it, so that the weight goes through memory once. The sums have the
/// bits of the packed product.
void multiply_by_stripes(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                         View<const real> weight, View<real> y, bool patch_is_pixel) {
  const std::int64_t depth = weight.dim(0) * weight.dim(1) * weight.dim(2), width = weight.dim(3);
  const std::int64_t pixels = y.dim(0) * y.dim(1) * y.dim(2);
  const Workspace patches(ctx, patch_is_pixel ? 0 : pixels * depth);
  const real* rows = patch_is_pixel ? x.data : patches.data();
  const std::int64_t stripes = ceil_div(width, kTileColumns);
  const int threads =
      static_cast<int>(std::min<std::int64_t>(threads_for(ctx, depth * width), stripes));
  if (!patch_is_pixel) {
    const std::int64_t some = pixels_an_item(pixels);
#pragma omp parallel for num_threads(threads)
    for (std::int64_t begin = 0; begin < pixels; begin += some)
      copy_patches(options, x, weight.shape, y.shape, begin, std::min(some, pixels - begin),
                   patches.data() + begin * depth);
  }
  const std::int64_t own = packed_size(std::min(depth, kDepth), kTileColumns);
  const Workspace panels(ctx, threads * own);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (std::int64_t stripe = 0; stripe < stripes; ++stripe) {
    real* panel = panels.data() + omp_get_thread_num() * own;
    const std::int64_t j = stripe * kTileColumns;
    const std::int64_t wide = std::min<std::int64_t>(kTileColumns, width - j);
    for (std::int64_t k = 0; k < depth; k += kDepth) {
      const std::int64_t some = std::min(kDepth, depth - k);
      pack({weight.data + k * width + j, width, 1}, some, wide, panel);
      multiply_packed({rows + k, depth, 1}, panel, pixels, some, wide, y.data + j, width, k > 0);
    }
  }
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

/// Four neighbours, wherever they lie.
using Four = real __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real)), may_alias));

/// Four lines of four, turned. By shuffles: left to itself a compiler gathers, which is slow.
void turn_four(const real* from, std::int64_t from_line, real* to, std::int64_t to_line) {
  const auto line = [&](int i) { return *reinterpret_cast<const Four*>(from + i * from_line); };
  const Four a = line(0), b = line(1), c = line(2), d = line(3);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four ab_behind = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_behind = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const auto put = [&](int i, const Four& v) { *reinterpret_cast<Four*>(to + i * to_line) = v; };
  put(0, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  put(1, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  put(2, __builtin_shufflevector(ab_behind, cd_behind, 0, 1, 4, 5));
  put(3, __builtin_shufflevector(ab_behind, cd_behind, 2, 3, 6, 7));
}

/// To [C_out, C_in] from [C_in, C_out], sixteen lines at a time: each is read on and on, which
/// memory foresees, and whole cache lines are written.
void turn(const real* from, std::int64_t channels_in, std::int64_t channels_out, real* to) {
  constexpr std::int64_t kBand = 16;
  for (std::int64_t c0 = 0; c0 < channels_in; c0 += kBand) {
    const std::int64_t c1 = std::min(c0 + kBand, channels_in);
    for (std::int64_t d = 0; d < channels_out; d += 4) {
      std::int64_t c = c0;
      for (; d + 4 <= channels_out && c + 4 <= c1; c += 4)
        turn_four(from + c * channels_out + d, channels_out, to + d * channels_in + c, channels_in);
      for (; c < c1; ++c)
        for (std::int64_t k = d; k < std::min(d + 4, channels_out); ++k)
          to[k * channels_in + c] = from[c * channels_out + k];
    }
  }
}

/// The input pixels of one class along each axis: a dense product of their own, without the zeros
/// that a stride puts between the rows of grad_y.
void input_class(const Context& ctx, const Conv2dOptions& options, View<const real> grad_y,
                 View<const real> weight, View<real> grad_x, const Class& rows, const Class& cols) {
  const std::int64_t channels_in = weight.dim(2), channels_out = weight.dim(3);
  const std::int64_t depth = rows.taps * cols.taps * channels_out;
  const std::int64_t pixels = grad_x.dim(0) * rows.count * cols.count;
  if (pixels == 0) return;
  const Workspace turned(ctx, depth * channels_in);  // [taps, C_out, C_in]
  const int turners = threads_for(ctx, depth * channels_in);
#pragma omp parallel for num_threads(turners)
  for (std::int64_t tap = 0; tap < rows.taps * cols.taps; ++tap)
    turn(&weight(rows.phase + tap / cols.taps * options.stride,
                 cols.phase + tap % cols.taps * options.stride, 0, 0),
         channels_in, channels_out, turned.data() + tap * channels_out * channels_in);
  const bool few = pixels <= kFew;
  const Workspace packed(ctx, few ? 0 : packed_size(depth, channels_in));
  if (!few) pack_weight(ctx, turned.data(), depth, channels_in, packed.data());

  const std::int64_t some = few ? pixels : pixels_an_item(pixels);
  const std::int64_t items = ceil_div(pixels, some);
  const int threads =
      static_cast<int>(std::min<std::int64_t>(ctx.threads(), std::max<std::int64_t>(items, 1)));
  const std::int64_t own = some * (depth + channels_in);
  const Workspace patches(ctx, threads * own);
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
    if (few) {
      multiply_few(ctx, patch - count * depth, turned.data(), count, depth, channels_in, sums);
    } else {
      multiply_packed({patch - count * depth, depth, 1}, packed.data(), count, depth, channels_in,
                      sums, channels_in, false);
    }
    for (std::int64_t p = 0; p < count; ++p) {
      const auto place = at(begin + p);
      std::copy_n(
          sums + p * channels_in, channels_in,
          &grad_x(place[0], rows.pixel(place[1], options), cols.pixel(place[2], options), 0));
    }
  }
}

/// One image's gradient where it has few channels, which would leave most of a register tile empty:
/// first what each output pixel gives to each pixel of its patch, then, for each input pixel, the
/// sum of what the patches give it, taps in order.
///   turned   the weight as [C_out, KH * KW * C_in], packed
///   given    working memory [OH * OW, KH * KW * C_in]
void input_of_few_channels(const Context& ctx, const Conv2dOptions& options, const real* grad_y,
                           const Shape& y, const Shape& weight, const real* turned, real* given,
                           real* grad_x, std::int64_t height, std::int64_t width) {
  const std::int64_t channels = weight[2], patch = weight[0] * weight[1] * channels;
  const std::int64_t pixels = y[1] * y[2], some = pixels_an_item(pixels);
  const int threads = threads_for(ctx, pixels * patch);
#pragma omp parallel for num_threads(threads)
  for (std::int64_t begin = 0; begin < pixels; begin += some)
    multiply_packed({grad_y + begin * y[3], y[3], 1}, turned, std::min(some, pixels - begin), y[3],
                    patch, given + begin * patch, patch, false);
#pragma omp parallel for num_threads(threads)
  for (std::int64_t h = 0; h < height; ++h) {
    real* sum = grad_x + h * width * channels;
    std::fill_n(sum, width * channels, real(0));
    for (std::int64_t i = (h + options.pad) % options.stride; i < weight[0]; i += options.stride) {
      const std::int64_t oh = (h + options.pad - i) / options.stride;
      if (h + options.pad < i || oh >= y[1]) continue;
      for (std::int64_t j = 0; j < weight[1]; ++j) {
        // Pixels w = ow stride + j - pad.
        const std::int64_t left = j - options.pad;
        const std::int64_t first = left < 0 ? ceil_div(-left, options.stride) : 0;
        const std::int64_t end =
            width > left ? std::min(y[2], ceil_div(width - left, options.stride)) : 0;
        const real* from = given + oh * y[2] * patch + (i * weight[1] + j) * channels;
        for (std::int64_t ow = first; ow < end; ++ow)
          for (std::int64_t c = 0; c < channels; ++c)
            sum[(ow * options.stride + left) * channels + c] += from[ow * patch + c];
      }
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
  const bool few = pixels <= kFew;
  const bool patch_is_pixel =
      weight.dim(0) == 1 && weight.dim(1) == 1 && options.stride == 1 && options.pad == 0;
  if (!few && pixels <= kRereads && pixels * depth <= kMostPatches) {
    multiply_by_stripes(ctx, options, x, weight, y, patch_is_pixel);
    return;
  }
  const Workspace packed(ctx, few ? 0 : packed_size(depth, channels));
  if (!few) pack_weight(ctx, weight.data, depth, channels, packed.data());
  const std::int64_t some = few ? pixels : pixels_an_item(pixels);
  const std::int64_t items = ceil_div(pixels, some);
  const int threads = static_cast<int>(std::min<std::int64_t>(ctx.threads(), items));
  const Workspace patches(ctx, patch_is_pixel ? 0 : threads * some * depth);
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
    real* to = y.data + begin * channels;
    if (few) {
      multiply_few(ctx, rows, weight.data, count, depth, channels, to);
    } else {
      multiply_packed({rows, depth, 1}, packed.data(), count, depth, channels, to, channels, false);
    }
  }
}

void conv2d_input(const Context& ctx, const Conv2dOptions& options, View<const real> grad_y,
                  View<const real> weight, View<real> grad_x) {
  if (grad_x.size() == 0) return;
  constexpr std::int64_t kFewChannels = 8;
  constexpr std::int64_t kMostGiven = std::int64_t{1} << 24;  // numbers of working memory
  const std::int64_t channels_in = weight.dim(2), channels_out = weight.dim(3);
  const std::int64_t patch = weight.dim(0) * weight.dim(1) * channels_in;
  if (channels_in <= kFewChannels && grad_y.dim(1) * grad_y.dim(2) * patch <= kMostGiven) {
    const Workspace turned(ctx, weight.size()), packed(ctx, packed_size(channels_out, patch));
    turn(weight.data, patch, channels_out, turned.data());
    pack({turned.data(), patch, 1}, channels_out, patch, packed.data());
    const Workspace given(ctx, grad_y.dim(1) * grad_y.dim(2) * patch);
    for (std::int64_t n = 0; n < grad_x.dim(0); ++n)
      input_of_few_channels(ctx, options, &grad_y(n, 0, 0, 0), grad_y.shape, weight.shape,
                            packed.data(), given.data(), &grad_x(n, 0, 0, 0), grad_x.dim(1),
                            grad_x.dim(2));
    return;
  }
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
  const Workspace partial(ctx, (pieces - 1) * depth * channels);
  const Workspace working(ctx, threads * own);
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
