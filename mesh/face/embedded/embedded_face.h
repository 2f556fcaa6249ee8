// The face model that comes with the program: made by code, so it needs nobody's licence.
#pragma once

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

/// The embedded parametric face: about 9,300 vertices with the topology of a disc, lids and lips
/// that open, and modes of about the spread of adult faces; see docs/embedded-face.md.
///
/// Units    decimetres and sRGB-encoded colors, as every FaceModel.
/// Repeat   the same bits at every call.
FaceModel make_embedded_face();

}  // namespace fgcn::mesh
