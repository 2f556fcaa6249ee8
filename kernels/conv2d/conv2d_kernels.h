// The kernels of conv2d: products of matrices whose left one, the patches of the images, is never
// formed; each block reads what its tile of it needs. Included by conv2d_cuda.cu.
#pragma once

#include "kernels/conv2d/conv2d_tiles.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {

/// Sizes that the three products have in common. Pixels are counted over all images.
struct ConvolutionSizes {
  int images, height, width, channels;  // that patches are taken from
  int kernel_height, kernel_width;
  int stride, pad;
  int rows, columns, depth;  // of the product; of the largest one, by input
  int step_parts;            // tiles of depth in a part
  SmallDivider by_row_tiles, by_column_tiles, by_parts;
  std::int64_t result_size;
  bool whole;  // the results can be written in 16-byte pieces
};

/// The block's tile: blocks count columns first, whose patches are then in the cache, then rows,
/// parts, and what else there is.
struct BlockPlace {
  int row, column, part, other;

  __device__ __forceinline__ BlockPlace(const ConvolutionSizes& s, int tile_rows,
                                        int tile_columns) {
    const SmallSplit by_column = s.by_column_tiles.split(static_cast<int>(blockIdx.x));
    const SmallSplit by_row = s.by_row_tiles.split(by_column.quotient);
    const SmallSplit by_part = s.by_parts.split(by_row.quotient);
    column = by_column.remainder * tile_columns;
    row = by_row.remainder * tile_rows;
    part = by_part.remainder;
    other = by_part.quotient;
  }
};

/// Where a patch begins: x the pixel of its first tap, y and z that pixel's row and column in the
/// image, which may lie outside; w the pixel of the result, -1 for none. Numbers of pixels outside
/// wrap around and come back when a tap inside is added.
using PatchPlace = int4;
constexpr int kOutside = -(1 << 30);  // no tap leads back into the image

__device__ __forceinline__ PatchPlace no_patch() { return make_int4(0, kOutside, kOutside, -1); }
__device__ __forceinline__ PatchPlace patch_place(const ConvolutionSizes& s, int image, int top,
                                                  int left, int result) {
  const unsigned pixel = (static_cast<unsigned>(image) * static_cast<unsigned>(s.height) +
                          static_cast<unsigned>(top)) *
                             static_cast<unsigned>(s.width) +
                         static_cast<unsigned>(left);
  return make_int4(static_cast<int>(pixel), top, left, result);
}

/// Address of channel c of the pixel (down, right) of a patch's place, and whether it is inside.
struct PatchPixel {
  const float* address;
  bool inside;

  __device__ __forceinline__ PatchPixel(const ConvolutionSizes& s, const float* images,
                                        PatchPlace at, int down, int right, int c) {
    const auto height = static_cast<unsigned>(s.height), width = static_cast<unsigned>(s.width);
    const bool in_rows = static_cast<unsigned>(at.y + down) < height;
    const bool in_columns = static_cast<unsigned>(at.z + right) < width;
    inside = in_rows && in_columns;
    const unsigned pixel = static_cast<unsigned>(at.x) + static_cast<unsigned>(down) * width +
                           static_cast<unsigned>(right);
    address = images + static_cast<std::int64_t>(static_cast<int>(pixel)) * s.channels + c;
  }
};

/// y or grad_x: one row of the product per pixel of the result, one column per channel.
struct PatchProduct {
  ConvolutionSizes size;
  const float* images;
  const float* weight;
  float* result;
  int result_height, result_width;
  SmallDivider by_channels;
  SmallDivider by_taps[2];  // along a kernel's row; [1]: one more, by input
};

/// The pixels of a result, along one axis, below which the same taps of the kernel lie: those at
/// first, first + step, .. Forward all of them; by input those that a stride leaves the same.
/// Tap t is kernel pixel `phase` + t `stride`.
struct PixelClass {
  int first, count, phase, taps, begin;  // begin: image pixel of tap 0 of pixel `first`

  __device__ __forceinline__ PixelClass(bool by_input, int which, int pixels, int kernel,
                                        const ConvolutionSizes& s) {
    first = which;
    if (by_input) {
      count = (pixels - which + s.stride - 1) / s.stride;
      phase = (which + s.pad) % s.stride;
      taps = phase < kernel ? (kernel - phase + s.stride - 1) / s.stride : 0;
      begin = (which + s.pad - phase) / s.stride;
    } else {
      count = pixels;
      phase = 0;
      taps = kernel;
      begin = -s.pad;
    }
  }
};

template <bool kByInput, int kPiece, bool kIsNarrow>
struct PatchOperands {
  using T = TileFor<kIsNarrow>;
  using A = Operand<T::kRows, Along::kDepth, kPiece>;
  using B =
      std::conditional_t<kByInput, Operand<T::kColumns, Along::kDepth, kPiece>,
                         Operand<T::kColumns, Along::kWidth, pieces_by_column(kPiece, kIsNarrow)>>;
  static constexpr std::size_t kShared = T::kRows * sizeof(PatchPlace) + shared_bytes<A, B>();
};

template <bool kByInput, int kPiece, bool kIsNarrow>
__device__ __forceinline__ void patch_product(const PatchProduct& p) {
  using Operands = PatchOperands<kByInput, kPiece, kIsNarrow>;
  using T = typename Operands::T;
  using A = typename Operands::A;
  using B = typename Operands::B;
  FGCN_DYNAMIC_SHARED(PatchPlace, places);  // [kRows], then the operands
  const ConvolutionSizes& s = p.size;
  const BlockPlace block(s, T::kRows, T::kColumns);
  const int thread = static_cast<int>(threadIdx.x);
  // Classes of pixels: as many along an axis as the stride has steps, and pixels there are.
  const int classes = kByInput ? min(s.stride, p.result_width) : 1;
  const PixelClass down(kByInput, block.other / classes, p.result_height, s.kernel_height, s);
  const PixelClass right(kByInput, block.other % classes, p.result_width, s.kernel_width, s);
  const int pixels = down.count * right.count;
  const int step = kByInput ? s.stride : 1;        // between results of a class
  const int patch_step = kByInput ? 1 : s.stride;  // and between their patches
  if (thread < T::kRows) {
    const int row = block.row + thread;
    PatchPlace place = no_patch();
    if (row < s.images * pixels) {
      const int image = row / pixels, h = row % pixels / right.count, w = row % right.count;
      place = patch_place(s, image, down.begin + h * patch_step, right.begin + w * patch_step,
                          (image * p.result_height + down.first + h * step) * p.result_width +
                              right.first + w * step);
    }
    places[thread] = place;
  }
  __syncthreads();

  const int depth = down.taps * right.taps * s.channels;
  const int part_depth = s.step_parts * kTileDepth;
  const int begin = min(depth, block.part * part_depth), end = min(depth, begin + part_depth);
  const bool more_taps = kByInput && right.taps != s.kernel_width / s.stride;
  const SmallDivider by_taps = more_taps ? p.by_taps[1] : p.by_taps[0];
  const auto fetch = [&](int at_step, A& a, B& b) {
    const int first = begin + at_step * kTileDepth, k = first + A::place();
    const bool there = k < end;
    const SmallSplit in_tap = p.by_channels.split(k);
    const SmallSplit tap = by_taps.split(in_tap.quotient);
    // By input, a later tap of the kernel was met by an earlier pixel.
    const int i = kByInput ? -tap.quotient : tap.quotient;
    const int j = kByInput ? -tap.remainder : tap.remainder;
#pragma unroll
    for (int time = 0; time < A::kTimes; ++time) {
      const PatchPixel pixel(s, p.images, places[A::across(time)], i, j, in_tap.remainder);
      a.fetch(time, pixel.address, there && pixel.inside);
    }
#pragma unroll
    for (int time = 0; time < B::kTimes; ++time) {
      const int column = block.column + B::across(time);
      if constexpr (kByInput) {  // from weight [KH, KW, columns, channels]
        const int kernel_pixel = (down.phase + tap.quotient * s.stride) * s.kernel_width +
                                 right.phase + tap.remainder * s.stride;
        const std::int64_t row = static_cast<std::int64_t>(kernel_pixel) * s.columns + column;
        b.fetch(time, p.weight + row * s.channels + in_tap.remainder,
                there && B::has(time) && column < s.columns);
      } else {  // from weight [depth, columns]
        const int row = first + B::depth(time);
        b.fetch(time, p.weight + static_cast<std::int64_t>(row) * s.columns + column,
                B::has(time) && row < end && column < s.columns);
      }
    }
  };
  T tile;
  multiply_steps<A, B>(
      reinterpret_cast<float*>(places + T::kRows), (end - begin + kTileDepth - 1) / kTileDepth,
      fetch, [](int) {}, tile);

  float* const to = p.result + block.part * s.result_size;
#pragma unroll
  for (int r = 0; r < T::kThreadRows; ++r) {
    const int pixel = places[T::row() + r].w;
    if (pixel >= 0)
      write_row(tile, r, to + static_cast<std::int64_t>(pixel) * s.columns,
                block.column + T::column(), s.columns, s.whole);
  }
}

template <int kPiece, bool kIsNarrow>
__global__ void __launch_bounds__(kTileThreads) conv2d_kernel(PatchProduct p) {
  patch_product<false, kPiece, kIsNarrow>(p);
}

template <int kPiece, bool kIsNarrow>
__global__ void __launch_bounds__(kTileThreads) conv2d_input_kernel(PatchProduct p) {
  patch_product<true, kPiece, kIsNarrow>(p);
}

/// grad_weight: one row of the product an element of a patch, the depth is that of pixels.
struct WeightProduct {
  ConvolutionSizes size;
  const float* images;
  const float* grad_y;
  float* result;
  SmallDivider by_width, by_height;  // of grad_y
};

template <int kPiece, bool kIsNarrow>
struct WeightOperands {
  using T = TileFor<kIsNarrow>;
  using A = Operand<T::kRows, Along::kWidth, kPiece>;
  using B = Operand<T::kColumns, Along::kWidth, pieces_by_column(kPiece, kIsNarrow)>;
  static constexpr std::size_t kShared = 2 * kTileDepth * sizeof(PatchPlace) + shared_bytes<A, B>();
};

template <int kPiece, bool kIsNarrow>
__global__ void __launch_bounds__(kTileThreads) conv2d_weight_kernel(WeightProduct p) {
  using Operands = WeightOperands<kPiece, kIsNarrow>;
  using T = typename Operands::T;
  using A = typename Operands::A;
  using B = typename Operands::B;
  FGCN_DYNAMIC_SHARED(PatchPlace, places);  // [2, kTileDepth] of two steps, then the operands
  const ConvolutionSizes& s = p.size;
  const BlockPlace block(s, T::kRows, T::kColumns);
  const int thread = static_cast<int>(threadIdx.x);
  const int part_depth = s.step_parts * kTileDepth;
  const int begin = min(s.depth, block.part * part_depth);
  const int end = min(s.depth, begin + part_depth);
  const auto place_patch = [&](int step, int k) {
    const int pixel = begin + step * kTileDepth + k;
    const SmallSplit by_row = p.by_width.split(pixel);
    const SmallSplit by_image = p.by_height.split(by_row.quotient);
    places[step % 2 * kTileDepth + k] =
        pixel < end ? patch_place(s, by_image.quotient, by_image.remainder * s.stride - s.pad,
                                  by_row.remainder * s.stride - s.pad, pixel)
                    : no_patch();
  };
  if (thread < 2 * kTileDepth) place_patch(thread / kTileDepth, thread % kTileDepth);
  __syncthreads();

  // A thread reads the same elements of each patch.
  const int row = block.row + A::place();
  const bool has_row = row < s.rows;
  const int tap = row / s.channels, c = row % s.channels;
  const int i = tap / s.kernel_width, j = tap % s.kernel_width;
  const auto fetch = [&](int step, A& a, B& b) {
    const PatchPlace* const of_step = places + step % 2 * kTileDepth;
#pragma unroll
    for (int time = 0; time < A::kTimes; ++time) {
      const PatchPixel pixel(s, p.images, of_step[A::depth(time)], i, j, c);
      a.fetch(time, pixel.address, has_row && pixel.inside);
    }
#pragma unroll
    for (int time = 0; time < B::kTimes; ++time) {
      const int k = begin + step * kTileDepth + B::depth(time);
      const int column = block.column + B::across(time);
      b.fetch(time, p.grad_y + static_cast<std::int64_t>(k) * s.columns + column,
              B::has(time) && k < end && column < s.columns);
    }
  };
  const auto prepare = [&](int step) {
    if (thread < kTileDepth) place_patch(step, thread);
  };
  T tile;
  multiply_steps<A, B>(reinterpret_cast<float*>(places + 2 * kTileDepth),
                       (end - begin + kTileDepth - 1) / kTileDepth, fetch, prepare, tile);

  float* const to = p.result + block.part * s.result_size;
#pragma unroll
  for (int r = 0; r < T::kThreadRows; ++r) {
    const int result_row = block.row + T::row() + r;
    if (result_row < s.rows)
      write_row(tile, r, to + static_cast<std::int64_t>(result_row) * s.columns,
                block.column + T::column(), s.columns, s.whole);
  }
}

/// y[i] = sum_p parts[p, i], in the order of p.
__global__ void conv2d_add_kernel(const float* parts, int count, std::int64_t size, float* y) {
  const std::int64_t i = thread_number();
  if (i >= size) return;  // no barrier below
  float sum = 0;
  for (int part = 0; part < count; ++part) sum += parts[part * size + i];
  y[i] = sum;
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
