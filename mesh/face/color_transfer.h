// Paints one face model with another's colors.
#pragma once

#include <vector>

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

/// Carries `mean_albedo`, `albedo` and `skin` of `from` over to `to`, which needs its mean shape,
/// triangles and landmarks. The mean face of `from` is warped so that its 68 landmarks meet those
/// of `to` (thin-plate spline in space, kernel |r|); each vertex of `to` then reads the nearest
/// point of the warped skin. Eyes and the inside of the mouth lend no color; a vertex that lies
/// nearer to them than to skin is marked as not skin. Returns how far each vertex of `to` is from
/// the warped skin, dm.
///
/// Errors   fgcn::Error when the landmarks lie so that no warp exists (all in a plane).
/// Repeat   bitwise, for any number of threads.
/// Source   Bookstein 1989 for the spline.
std::vector<double> transfer_colors(const FaceModel& from, FaceModel& to);

}  // namespace fgcn::mesh
