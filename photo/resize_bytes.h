// Resizing images of bytes as Pillow does, for networks that were trained on what it gives.
#pragma once

#include "io/image.h"

namespace fgcn::photo {

enum class ResizeFilter {
  kBilinear,  // a tent
  kBicubic,   // Keys, a = -0.5
};

/// A window of a resized image: the whole would have `height` x `width` pixels.
struct ResizeWindow {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

/// The image at another size: Pillow's Image.resize. Where the image shrinks the filter is
/// stretched, so that every pixel counts. Columns first, then rows, and rounded to bytes after
/// each; the weights are multiples of 2^-22.
///
///   source  [H, W, C]
///   result  [height, width, C]
///
/// Errors   fgcn::Error when the source is empty or a size is less than one.
/// Repeat   bitwise.
/// Source   Keys 1981; the rounding is Pillow's.
Image8 resize_bytes(const Image8& source, std::int64_t height, std::int64_t width,
                    ResizeFilter filter);
/// Only a window of it, [window.rows, window.columns, C]; black beyond the image.
Image8 resize_bytes(const Image8& source, const ResizeWindow& window, ResizeFilter filter);

}  // namespace fgcn::photo
