// Whether a face wears spectacles, and where their rims are.
#pragma once

#include <optional>

#include "io/image.h"
#include "photo/landmarks.h"
#include "photo/view.h"

namespace fgcn::photo {

/// The upright window about the eyes in which both questions are asked: the eyes' middles lie
/// `eye_distance` pixels apart on row `eye_row`, half way between left and right. Nothing when the
/// points give no such window: one is not finite or far away, the eyes' distance is below 8 pixels
/// or above the crop's side, or they lie outside of the crop.
std::optional<View> eye_window(const Image& crop, const Landmarks& landmarks, double eye_distance,
                               double eye_row, std::int64_t height, std::int64_t width);

/// Log-odds that the face wears spectacles, for equally many faces with and without; the faces of
/// spectacle_rims() are those above kWorn.
///
/// A linear classifier on histograms of gradient orientations: 8 x 12 cells of 1/5 eye distance
/// around the eyes, 6 unsigned orientations, each normalised by the 3 x 3 cells around it, so that
/// skin color, exposure and gray photos make no difference. A photo and its mirror image have one
/// score.
///
///   rgb     [S, S, 3] the crop
///   result  minus infinity where eye_window() gives nothing
///
/// Errors   fgcn::Error when the crop has not three channels.
/// Repeat   bitwise.
/// Source   Dalal and Triggs, CVPR 2005; logistic regression.
double spectacles_score(const Image& rgb, const Landmarks& landmarks);
constexpr double kWorn = 0;

/// How far rims, bridge and arms cover each pixel; 0 everywhere when no spectacles are worn.
///
/// Thin lines, darker or brighter than both sides, are what the morphological closing or opening
/// takes away. Around each eye the closed path of most line is sought (dynamic programming over
/// radius and angle, both eyes' mirrored evidence counted together); from it the lines are followed
/// to the bridge and along the arms. The lines are widened by a pixel and a half of 224.
///
///   rgb     [S, S, 3] the crop
///   result  [S, S, 1] in [0, 1]
///
/// Errors   fgcn::Error when the crop has not three channels.
/// Repeat   bitwise.
/// Source   Sun and Pallottino, Pattern Recognition 2003 (closed shortest paths); Canny 1986
///          (hysteresis).
Image spectacle_rims(const Image& rgb, const Landmarks& landmarks);

/// The lenses of sunglasses, which hide the eyes and the skin around them.
///
/// Spectacles are worn, and what both lenses cover is dark throughout: three quarters of it below
/// 0.4 of the skin's luma, nearly all of it below 0.55. From there the lenses are followed as far
/// as the luma is nearer to theirs than to the skin's.
///
///   rgb     [S, S, 3] the crop
///   result  [S, S, 1] 1 on a lens, else 0; empty where there are none
///
/// Errors   fgcn::Error when the crop is not square with three channels.
/// Repeat   bitwise.
Image dark_lenses(const Image& rgb, const Landmarks& landmarks);

/// The mask with its rims taken out: mask * (1 - spectacle_rims). After shrink_mask(), which would
/// close them again.
Image without_rims(Image mask, const Image& rgb, const Landmarks& landmarks);

}  // namespace fgcn::photo
