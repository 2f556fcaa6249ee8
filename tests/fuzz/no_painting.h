// For targets of face models' imports: colors are not painted on, which takes a second and reads
// nothing. It defines functions, so one source of a program includes it.
#pragma once

#include <utility>

#include "mesh/face/color_transfer.h"
#include "mesh/face/embedded/embedded_face.h"
#include "tests/fuzz/tiny_face.h"

namespace fgcn::mesh {

/// In the place of mesh/face's: the linker takes what is here.
FaceModel make_embedded_face() { return fuzz::tiny_face(); }
using Painted =
    decltype(transfer_colors(std::declval<const FaceModel&>(), std::declval<FaceModel&>()));
Painted transfer_colors(const FaceModel& /*from*/, FaceModel& to) {
  to.mean_albedo.assign(to.mean_shape.size(), 0.5F);
  to.skin.assign(to.mean_shape.size() / 3, 1);
  return Painted(to.mean_shape.size() / 3, 0.0);
}

}  // namespace fgcn::mesh
