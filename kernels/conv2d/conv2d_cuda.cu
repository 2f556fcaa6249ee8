// Convolution on a GPU: by cuDNN, or by the kernels of conv2d_kernels.h. Their sums have one order,
// that of the depth; a deep one is cut into parts, as many as the shapes say, which a second kernel
// adds up in order.
#include <algorithm>
#include <limits>
#include <type_traits>

#include "kernels/conv2d/conv2d_kernels.h"
#include "kernels/conv2d/conv2d_vendor.h"

namespace fgcn::kernels::FGCN_GPU_NAMESPACE {
namespace {

/// For int in the kernels, with room for what they add to it.
int as_int(std::int64_t size, const char* what) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max() - (std::int64_t{1} << 20);
  FGCN_CHECK(size <= kMost, "conv2d: ", size, " ", what, " are more than its kernels count");
  return static_cast<int>(size);
}
int as_extent(std::int64_t size, const char* what) {
  FGCN_CHECK(size < -kOutside, "conv2d: ", size, " ", what, " are more than its kernels count");
  return static_cast<int>(size);
}

/// Calls go(std::integral_constant<int, neighbours that move as one>, std::bool_constant<narrow>).
template <class Go>
void choose(bool pieces, bool narrow, const Go& go) {
  const auto for_piece = [&](auto piece) {
    if (narrow) {
      go(piece, std::true_type());
    } else {
      go(piece, std::false_type());
    }
  };
  if (pieces) {
    for_piece(std::integral_constant<int, kLanes>());
  } else {
    for_piece(std::integral_constant<int, 1>());
  }
}

std::int64_t divided(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

struct ProductSize {
  std::int64_t rows, columns, depth, others;
};

/// The sizes that a launch has in common with all of its blocks, and its shape.
struct Plan {
  ConvolutionSizes size;
  std::int64_t blocks, parts;
  bool narrow;
};

/// The stride, or a smaller one that also leads from any pixel of x out of it.
std::int64_t stride_within(const Conv2dOptions& options, const Shape& x) {
  return std::min(options.stride, std::max(x[1], x[2]) + 2 * options.pad);
}

/// `images` are those that patches are taken from: x or, by input, grad_y.
Plan plan(const Conv2dOptions& options, const Shape& x, const Shape& images, const Shape& weight,
          const ProductSize& product, View<real> result) {
  constexpr std::int64_t kEnoughBlocks = 512;  // for a large GPU, a few on each multiprocessor
  constexpr std::int64_t kLeastSteps = 16;     // of a part: or it is more adding than multiplying
  constexpr std::int64_t kMostParts = 128;
  Plan out{};
  out.narrow = product.columns <= kNarrow;
  const std::int64_t tile_rows = out.narrow ? TileFor<true>::kRows : TileFor<false>::kRows;
  const std::int64_t tile_columns = out.narrow ? TileFor<true>::kColumns : TileFor<false>::kColumns;
  const std::int64_t row_tiles = divided(product.rows, tile_rows);
  const std::int64_t column_tiles = divided(product.columns, tile_columns);
  const std::int64_t tiles = row_tiles * column_tiles * product.others;
  const std::int64_t steps = divided(product.depth, kTileDepth);
  const std::int64_t wanted = std::min(divided(kEnoughBlocks, tiles), steps / kLeastSteps);
  const std::int64_t in_part = divided(steps, std::clamp<std::int64_t>(wanted, 1, kMostParts));
  out.parts = std::max<std::int64_t>(1, divided(steps, std::max<std::int64_t>(1, in_part)));
  out.blocks = tiles * out.parts;
  ConvolutionSizes& s = out.size;
  as_int(images[0] * images[1] * images[2], "pixels");
  as_int(result.size() / product.columns, "pixels");
  as_extent(x[1] + 2 * options.pad, "rows with their padding");
  as_extent(x[2] + 2 * options.pad, "columns with their padding");
  s.images = static_cast<int>(images[0]);
  s.height = static_cast<int>(images[1]);
  s.width = static_cast<int>(images[2]);
  s.channels = as_int(images[3], "channels");
  s.kernel_height = as_extent(weight[0], "rows of a kernel");
  s.kernel_width = as_extent(weight[1], "columns of a kernel");
  s.stride = static_cast<int>(stride_within(options, x));
  s.pad = static_cast<int>(options.pad);
  s.rows = as_int(product.rows, "rows of the product");
  s.columns = as_int(product.columns, "channels");
  s.depth = as_int(product.depth, "terms of a sum");
  s.step_parts = static_cast<int>(in_part);
  s.by_row_tiles = SmallDivider(row_tiles);
  s.by_column_tiles = SmallDivider(column_tiles);
  s.by_parts = SmallDivider(out.parts);
  s.result_size = result.size();
  s.whole = whole_pieces(product.columns) && in_pieces(result.data);
  return out;
}

/// Starts the product, and the sum of its parts if there are several.
template <class Product>
void start(const Context& ctx, const char* name, const Plan& plan, Product product,
           void (*kernel)(Product), std::size_t shared) {
  const LaunchShape shape = one_block_each(plan.blocks, kTileThreads, shared);
  product.size = plan.size;
  if (plan.parts == 1) {
    launch(ctx, name, shape, kernel, product);
    return;
  }
  const std::int64_t size = plan.size.result_size;
  const DeviceScratch<float> parts(ctx, plan.parts * size);
  float* const result = product.result;
  product.result = parts.data();
  product.size.whole = whole_pieces(plan.size.columns);
  launch(ctx, name, shape, kernel, product);
  launch(ctx, "conv2d_add", one_thread_each(size), conv2d_add_kernel, parts.data(),
         static_cast<int>(plan.parts), size, result);
}

void start(const Context& ctx, const Plan& plan, const PatchProduct& p, bool by_input,
           bool pieces) {
  const auto go = [&](auto piece, auto narrow) {
    constexpr int kPiece = decltype(piece)::value;
    constexpr bool kIsNarrow = decltype(narrow)::value;
    if (by_input) {
      start(ctx, "conv2d_input", plan, p, conv2d_input_kernel<kPiece, kIsNarrow>,
            PatchOperands<true, kPiece, kIsNarrow>::kShared);
    } else {
      start(ctx, "conv2d", plan, p, conv2d_kernel<kPiece, kIsNarrow>,
            PatchOperands<false, kPiece, kIsNarrow>::kShared);
    }
  };
  choose(pieces, plan.narrow, go);
}

void zero(const Context& ctx, View<real> y) {
  ctx.runtime().zero(y.data, static_cast<std::size_t>(y.size()) * sizeof(real));
}

void own_forward(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                 View<const real> weight, View<real> y) {
  const Plan p = plan(
      options, x.shape, x.shape, weight.shape,
      {y.dim(0) * y.dim(1) * y.dim(2), y.dim(3), weight.dim(0) * weight.dim(1) * weight.dim(2), 1},
      y);
  PatchProduct product{{},
                       x.data,
                       weight.data,
                       y.data,
                       as_int(y.dim(1), "rows"),
                       as_int(y.dim(2), "columns"),
                       SmallDivider(x.dim(3)),
                       {}};
  product.by_taps[0] = SmallDivider(weight.dim(1));
  const bool pieces = whole_pieces(x.dim(3)) && in_pieces(x.data) &&
                      (p.narrow || (whole_pieces(y.dim(3)) && in_pieces(weight.data)));
  start(ctx, p, product, false, pieces);
}

void own_input(const Context& ctx, const Conv2dOptions& options, View<const real> grad_y,
               View<const real> weight, View<real> grad_x) {
  const std::int64_t stride = stride_within(options, grad_x.shape);
  const std::int64_t height = grad_x.dim(1), width = grad_x.dim(2);
  const Plan p =
      plan(options, grad_x.shape, grad_y.shape, weight.shape,
           {grad_x.dim(0) * divided(height, stride) * divided(width, stride), grad_x.dim(3),
            divided(weight.dim(0), stride) * divided(weight.dim(1), stride) * grad_y.dim(3),
            std::min(stride, height) * std::min(stride, width)},
           grad_x);
  PatchProduct product{{},
                       grad_y.data,
                       weight.data,
                       grad_x.data,
                       as_int(height, "rows"),
                       as_int(width, "columns"),
                       SmallDivider(grad_y.dim(3)),
                       {}};
  product.by_taps[0] = SmallDivider(std::max<std::int64_t>(1, weight.dim(1) / stride));
  product.by_taps[1] = SmallDivider(weight.dim(1) / stride + 1);
  start(ctx, p, product, true,
        whole_pieces(grad_y.dim(3)) && in_pieces(grad_y.data) && in_pieces(weight.data));
}

void own_weight(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                View<const real> grad_y, View<real> grad_weight) {
  const Shape& shape = grad_weight.shape;
  const Plan p = plan(
      options, x.shape, x.shape, shape,
      {shape[0] * shape[1] * shape[2], shape[3], grad_y.dim(0) * grad_y.dim(1) * grad_y.dim(2), 1},
      grad_weight);
  const WeightProduct product{{},
                              x.data,
                              grad_y.data,
                              grad_weight.data,
                              SmallDivider(grad_y.dim(2)),
                              SmallDivider(grad_y.dim(1))};
  const bool pieces = whole_pieces(x.dim(3)) && in_pieces(x.data) &&
                      (p.narrow || (whole_pieces(shape[3]) && in_pieces(grad_y.data)));
  choose(pieces, p.narrow, [&](auto piece, auto narrow) {
    constexpr int kPiece = decltype(piece)::value;
    constexpr bool kIsNarrow = decltype(narrow)::value;
    start(ctx, "conv2d_weight", p, product, conv2d_weight_kernel<kPiece, kIsNarrow>,
          WeightOperands<kPiece, kIsNarrow>::kShared);
  });
}

/// True when cuDNN did it.
template <class Call, class... Arrays>
bool by_vendor(const Context& ctx, const Conv2dProblem& problem, Call* call,
               const Arrays&... arrays) {
  if (call == nullptr) return false;
  auto& choices = ctx.runtime().library<Conv2dChoices>();
  return choices.asks_vendor(problem) &&
         choices.took(problem, call(ctx, problem.options, arrays...));
}

}  // namespace

void conv2d(const Context& ctx, const Conv2dOptions& options, View<const real> x,
            View<const real> weight, View<real> y) {
  if (y.size() == 0) return;
  if (x.size() == 0 || weight.size() == 0) return zero(ctx, y);
  const Conv2dProblem problem{Conv2dProblem::kForward, options, x.shape, weight.shape};
  if (!by_vendor(ctx, problem, conv2d_cudnn, x, weight, y)) own_forward(ctx, options, x, weight, y);
}

void conv2d_input(const Context& ctx, const Conv2dOptions& options, View<const real> grad_y,
                  View<const real> weight, View<real> grad_x) {
  if (grad_x.size() == 0) return;
  if (grad_y.size() == 0) return zero(ctx, grad_x);
  const Conv2dProblem problem{Conv2dProblem::kByInput, options, grad_x.shape, weight.shape};
  if (!by_vendor(ctx, problem, conv2d_input_cudnn, grad_y, weight, grad_x))
    own_input(ctx, options, grad_y, weight, grad_x);
}

void conv2d_weight(const Context& ctx, const Conv2dOptions& options, View<const real> x,
                   View<const real> grad_y, View<real> grad_weight) {
  if (grad_weight.size() == 0) return;
  if (x.size() == 0 || grad_y.size() == 0) return zero(ctx, grad_weight);
  const Conv2dProblem problem{Conv2dProblem::kByWeight, options, x.shape, grad_weight.shape};
  if (!by_vendor(ctx, problem, conv2d_weight_cudnn, x, grad_y, grad_weight))
    own_weight(ctx, options, x, grad_y, grad_weight);
}

}  // namespace fgcn::kernels::FGCN_GPU_NAMESPACE
