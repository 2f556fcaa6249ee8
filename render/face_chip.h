// The window on a face that the identity network takes, cut out of a render.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "autograd/tape.h"

namespace fgcn {

/// A similarity from a window's pixels to an image's, both with pixel centres at half-integers:
///   (x, y)  ->  (a x - b y + x0, b x + a y + y0)
struct ChipMap {
  double a = 1;
  double b = 0;
  double x0 = 0;
  double y0 = 0;
};

struct ChipGrid {
  std::int64_t side = 150;  // pixels of the window along both axes
  // Samples of a window's pixel along both axes; the pixel is their mean. 0: as many as a window's
  // pixel is wide in the image, rounded down, so that hardly a pixel of the image is passed over.
  std::int64_t samples = 0;
};

/// Cuts a square window out of each image, between its pixels. Where a window's pixel is less than
/// two of the image's, it takes one sample and equals dlib's cut (photo/face_chip.h) but for the
/// rounding to bytes. Where it is larger, dlib reads a pyramid instead and the two differ slightly.
///
///   image  [N, H, W, C]
///   maps   N, from window to image; constants
///   y      [N, side, side, C]
///
/// Units    y carries those of the image. Beyond the image its border repeats.
/// Errors   fgcn::Error when there is not one map per image, a map is not finite or shrinks to
///          nothing, or the samples are not 0 to 16.
/// Order    once: a second derivative throws and names sample_image.
/// Repeat   bitwise for any number of threads.
Var face_chip(const Var& image, const std::vector<ChipMap>& maps, const ChipGrid& grid = {});

/// Two halves of the cut, for work that is recorded (kernels/runtime/graph.h). The first gives the
/// points of the image that a window's pixels read, [side * side * samples * samples, 2]; the host
/// writes them before. The second cuts the windows of N images at points [N, .., 2]. The samples
/// are 1 to 16 here.
void put_chip_points(const ChipMap& map, const ChipGrid& grid, std::span<real> points);
std::int64_t chip_points(const ChipGrid& grid);
Var face_chip(const Var& image, const Tensor& points, const ChipGrid& grid);

}  // namespace fgcn
