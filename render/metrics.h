// How far one picture is from another, over a mask.
#pragma once

#include "io/image.h"

namespace fgcn {

/// Means over the pixels whose mask is above one half, and the color channels.
struct ImageError {
  double l1 = 0;    // mean |a - b|
  double psnr = 0;  // -10 log10(mean (a - b)^2) dB; infinite for equal pictures
  double ssim = 0;  // mean structural similarity, 1 for equal pictures
  std::int64_t pixels = 0;
};

/// a, b [H, W, 3 or 4] (a fourth channel is not read), mask [H, W, 1]; values in [0, 1].
///
/// SSIM is taken a channel: 11 x 11 Gaussian window of sigma 1.5, normalised over the masked pixels
/// it holds, so that what lies outside the mask does not count; K1 = 0.01, K2 = 0.03.
///
/// Errors   fgcn::Error when the sizes differ or the mask is empty.
/// Repeat   bitwise.
/// Source   Wang, Bovik, Sheikh, Simoncelli, IEEE Transactions on Image Processing 2004.
ImageError compare(const Image& a, const Image& b, const Image& mask);

}  // namespace fgcn
