// What hides a face: cloth over its lower part; and whether its colors are a face's at all.
#pragma once

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::photo {

/// Cloth over nose, cheeks and chin, as surgical masks and scarves are.
///
/// Colors are compared without their brightness, as (Cb, Cr) / Y, since a lower face may lie in
/// shadow. Cloth is there when the tip of the nose, both cheeks and the chin are all far from the
/// skin between and above the brows, and lack its tint: a beard, lipstick or a shadow leaves one of
/// the four as it is. A gray photo, and cloth in the tint of the skin, cannot be told.
///
///   rgb     [S, S, 3] the crop
///   result  [S, S, 1] 1 on the cloth, else 0; empty where there is none
///
/// Errors   fgcn::Error when the crop is not square with three channels.
/// Repeat   bitwise.
Image lower_face_cloth(const Image& rgb, const Landmarks& landmarks);

/// Whether the colors may be those of a face: the skin between the brows is redder than it is green
/// and greener than it is blue, or all of the face has one tint, as in gray photos and colored
/// light. For finds that the detector is not sure of; a badge or a pattern fails.
///
/// Errors   fgcn::Error when the crop is not square with three channels.
bool has_face_colors(const Image& rgb, const Landmarks& landmarks);

}  // namespace fgcn::photo
