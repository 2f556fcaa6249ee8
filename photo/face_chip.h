// The window on a face that dlib's recognition network was trained on.
#pragma once

#include <array>

#include "photo/landmarks.h"
#include "photo/view.h"

namespace fgcn::photo {

struct ChipOptions {
  std::int64_t side = 150;  // pixels along both axes
  double padding = 0.25;    // around the mean face, in its widths
};

/// Corners of the eyes and the bottom of the nose, as dlib's five-point predictor gives them: the
/// outer and inner corner of the eye on the image's right, of the one on its left, the nose.
using EyesAndNose = std::array<Point, 5>;

/// Those five points among the 68: 45, 42, 36, 39, 33.
EyesAndNose eyes_and_nose(const Landmarks& landmarks);

/// The window that dlib cuts for these landmarks: the similarity that takes its mean face nearest
/// to them (least squares over nose, eyes and mouth without the lower lip, or over the five points)
/// and dlib's own way of turning that into a window, half pixels included. Landmarks keep their
/// fractions, to 1/2048 pixel.
///
/// Errors   fgcn::Error when the side is not 2 to 4096 or the padding not 0 to 10; InputError when
///          the points fall together, or one is more than a million pixels away or not finite.
/// Source   Umeyama, PAMI 1991; dlib's get_face_chip_details.
View face_chip_view(const Landmarks& landmarks, const ChipOptions& options = {});
View face_chip_view(const EyesAndNose& points, const ChipOptions& options = {});

/// Cuts the window out of `rgb` [H, W, 3] as dlib's extract_image_chip does: bilinear, on a pyramid
/// of halves where the photo is at least twice as large as the window, black beyond the photo.
///
/// Errors   fgcn::Error when the image has not three channels, or the window is not one that
///          face_chip_view gives.
/// Repeat   bitwise.
Image8 cut_face_chip(const Image8& rgb, const View& view);

}  // namespace fgcn::photo
