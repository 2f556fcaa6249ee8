// Linear interpolation of images to another size, on the tape.
#pragma once

#include "autograd/tape.h"

namespace fgcn {

/// Where pixel i of the result lies in the source.
enum class ResizeGrid {
  kCorners,  // i (from - 1) / (to - 1): the corners' pixels on each other, PyTorch's align_corners
  kOrigin,   // i from / to: the first pixels on each other, TensorFlow 1's resize_bilinear
};

struct ImageSize {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

/// y[n, h, w, c] = the linear interpolation of x between four pixels; beyond the last one it
/// repeats. Nothing is averaged where the image shrinks.
///
///   x  [N, from.height, from.width, C]
///   y  [N, to.height, to.width, C]
///
/// Errors   fgcn::Error when a size is less than one or x has another.
/// Order    any: a sparse product.
class BilinearResize {
 public:
  BilinearResize(const Context& ctx, const ImageSize& from, const ImageSize& to, ResizeGrid grid);

  Var operator()(const Var& x) const;

 private:
  ImageSize from_, to_;
  SparseOperator matrix_;  // [to pixels, from pixels]
};

/// Repeats pixels: pixel i of the result is pixel i from / to, rounded down, of the source.
///
/// Errors   fgcn::Error when a size is less than one or x has another.
/// Order    any.
Var nearest_resize(const Var& x, const ImageSize& to);

}  // namespace fgcn
