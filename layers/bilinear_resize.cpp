#include "layers/bilinear_resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "autograd/ops/gather.h"
#include "autograd/ops/reduce.h"
#include "autograd/ops/spmm.h"
#include "autograd/ops/transpose.h"
#include "kernels/core/csr.h"
#include "kernels/core/error.h"

namespace fgcn {
namespace {

/// The two pixels around each pixel of the result along an axis, and the second one's weight.
struct Between {
  std::int64_t first, second;
  double weight;
};

std::vector<Between> between(std::int64_t from, std::int64_t to, ResizeGrid grid) {
  FGCN_CHECK(from >= 1 && to >= 1, "bilinear resize: from ", from, " pixels to ", to);
  const double step =
      grid == ResizeGrid::kOrigin
          ? static_cast<double>(from) / static_cast<double>(to)
          : static_cast<double>(from - 1) / static_cast<double>(std::max<std::int64_t>(to - 1, 1));
  std::vector<Between> out;
  for (std::int64_t i = 0; i < to; ++i) {
    const double at = static_cast<double>(i) * step;
    const auto first = std::min(static_cast<std::int64_t>(at), from - 1);
    const bool last = first == from - 1;  // it repeats
    out.push_back({first, last ? first : first + 1, last ? 0.0 : at - static_cast<double>(first)});
  }
  return out;
}

}  // namespace

BilinearResize::BilinearResize(const Context& ctx, const ImageSize& from, const ImageSize& to,
                               ResizeGrid grid)
    : from_(from), to_(to) {
  const std::vector<Between> rows = between(from.height, to.height, grid);
  const std::vector<Between> columns = between(from.width, to.width, grid);
  Csr matrix;
  matrix.rows = to.height * to.width;
  matrix.cols = from.height * from.width;
  matrix.row_begin.push_back(0);
  const auto add = [&](std::int64_t row, std::int64_t column, double weight) {
    if (weight == 0) return;
    matrix.col.push_back(static_cast<std::int32_t>(row * from.width + column));
    matrix.value.push_back(weight);
  };
  for (const Between& r : rows) {
    for (const Between& c : columns) {
      add(r.first, c.first, (1 - r.weight) * (1 - c.weight));
      add(r.first, c.second, (1 - r.weight) * c.weight);
      add(r.second, c.first, r.weight * (1 - c.weight));
      add(r.second, c.second, r.weight * c.weight);
      matrix.row_begin.push_back(static_cast<std::int32_t>(matrix.col.size()));
    }
  }
  matrix_ = SparseOperator(ctx, matrix);
}

Var BilinearResize::operator()(const Var& x) const {
  FGCN_CHECK(
      x.defined() && x.shape().rank == 4 && x.dim(1) == from_.height && x.dim(2) == from_.width,
      "bilinear resize: x is ", x.shape(), ", expected [N, ", from_.height, ", ", from_.width,
      ", C]");
  const std::int64_t images = x.dim(0), channels = x.dim(3);
  Var pixels = ops::reshape(x, {images, from_.height * from_.width, channels});
  if (images != 1) {
    pixels = ops::transpose(pixels, {1, 0, 2});
  } else {
    pixels = ops::reshape(pixels, {from_.height * from_.width, 1, channels});
  }
  const Var y = ops::spmm(matrix_, pixels);
  const Shape shape{images, to_.height, to_.width, channels};
  return ops::reshape(images == 1 ? y : ops::transpose(y, {1, 0, 2}), shape);
}

Var nearest_resize(const Var& x, const ImageSize& to) {
  FGCN_CHECK(x.defined() && x.shape().rank == 4 && x.dim(1) >= 1 && x.dim(2) >= 1 &&
                 to.height >= 1 && to.width >= 1,
             "nearest resize: x is ", x.shape(), " to ", to.height, " x ", to.width);
  std::vector<std::int32_t> from;
  for (std::int64_t h = 0; h < to.height; ++h)
    for (std::int64_t w = 0; w < to.width; ++w)
      from.push_back(
          static_cast<std::int32_t>(h * x.dim(1) / to.height * x.dim(2) + w * x.dim(2) / to.width));
  const RowIndex index(x.tape().context(), x.dim(1) * x.dim(2), from);
  const Var pixels = ops::reshape(x, {x.dim(0), x.dim(1) * x.dim(2), x.dim(3)});
  return ops::reshape(ops::gather(pixels, index, {.axis = 1}),
                      {x.dim(0), to.height, to.width, x.dim(3)});
}

}  // namespace fgcn
