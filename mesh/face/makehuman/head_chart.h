// The head's texture coordinates.
#pragma once

#include <vector>

#include "mesh/face/makehuman/skin_charts.h"

namespace fgcn::mesh::makehuman {

/// Gives `cut` new rows of texture coordinates and what follows from them at the corners.
///
///   front    face, ears and the front of the scalp: one chart, upright, at the top, both sides
///   mirror
///            images; it ends on top of the head, behind the ears and at the throat
///   back     the head behind the ears, one chart, both sides mirror images
///   others   the wheel's own, for neck, lining of the mouth, sockets, eyes, teeth, tongue and
///            lashes; those of one side are mirror images of the other side's. Those of the skin
///            are flattened anew. The front of an eye gets as many texels as the face, hidden
///            surfaces get fewer
///
///   base     [base vertices] positions of the mean person, dm
///
/// Errors   fgcn::Error when charts of one side have no partner on the other.
void lay_out(CutMesh& cut, const std::vector<ChartKind>& kinds, const std::vector<Vec3>& base);

/// Rows of texture coordinates after two steps of subdivision, smoothed as the surface is: seams
/// and borders are the borders of each chart.
std::vector<Vec2> subdivided_rows(const CutMesh& cut, const Subdivision& first,
                                  const Subdivision& second);

}  // namespace fgcn::mesh::makehuman
