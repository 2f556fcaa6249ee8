// Which pixels of an aligned crop are skin of the face.
#pragma once

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::photo {

/// Soft mask of the visible face = p(skin | color) * face outline.
///
/// Two Gaussian mixtures in YCbCr, skin and not skin, are fitted to this photo alone: skin starts
/// from the middle of the face, not-skin from what lies around the head and over the eyes; then a
/// few rounds of expectation maximisation over the outline, in which nothing far from the face may
/// become skin. There is no fixed skin color, so it holds for any skin and white balance; a gray
/// photo has brightness alone to go by. The outline is the jaw's points and half an ellipse over
/// the forehead, as high above the brows as the nose is long: the points end at the brows.
///
/// Brows, eyes, nostrils, lips and mouth belong to the mask where the skin around them is bare, as
/// they do in the original system: the face model has colors for them, and holes would grow when
/// the mask is shrunk. Hair, background and hands are out.
///
///   rgb     [S, S, 3] the crop
///   hidden  [S, S, 1] above 0 where something else than the face is seen (the photo's repeated
///           border, dark lenses, cloth): no color is learned there, and the result is 0; empty
///           where nothing is known to hide the face
///   result  [S, S, 1] in [0, 1]
///
/// Errors   fgcn::Error when the crop is not square with three channels, or hidden has another
/// size. Repeat   bitwise for any thread count. Source   Deng et al., CVPRW 2019 (Gaussian mixtures
/// in YCbCr); Dempster et al. 1977.
Image skin_mask(const Image& rgb, const Landmarks& landmarks, const Image& hidden = {});

/// The face outline alone, for photos that bring their own mask or none is wanted. [S, S, 1].
Image face_outline(const Landmarks& landmarks, std::int64_t size);

/// Whether a photo's alpha channel is a mask of the skin: it leaves out most of what surrounds the
/// face outline. A cut-out person keeps hair and neck, and an opaque photo keeps everything.
///
///   alpha   [S, S, 1] of the crop
///   beyond  [S, S, 1] as Crop has it; may be empty
bool is_skin_mask(const Image& alpha, const Image& beyond, const Landmarks& landmarks);

/// The mask that losses use: dilated once by a 5 x 5 ellipse, then eroded twice by a 9 x 9 one, for
/// a crop of 224 px; the ellipses grow with the crop. Small holes close, uncertain rims go. Beyond
/// the crop there is no skin to lose: its border neither dilates nor erodes.
///
/// Repeat   bitwise.
/// Source   docs/method.md, "Skin mask".
Image shrink_mask(const Image& mask);

}  // namespace fgcn::photo
