// Named regions of the head.
#pragma once

#include <vector>

#include "mesh/face/face_model.h"
#include "mesh/face/makehuman/head_mesh.h"

namespace fgcn::mesh::makehuman {

/// A head in the model's frame, as regions and colors need it.
struct PlacedHead {
  const FaceModel& model;             // mean_shape, landmarks, joints, parts
  std::vector<float> ear;             // [V] 1 on the ears, 0 elsewhere, between at their roots
  std::vector<float> mouth;           // [V] 1 behind the lips
  std::vector<float> socket;          // [V] 1 behind the lids
  std::vector<std::int32_t> painted;  // [68] vertices that the embedded face's landmarks paint
};

/// The regions skin, scalp, lids, lips, mouth, ears and neck; `skin` is the model's skin flags.
///   mouth  the lining behind the lips; teeth and tongue are parts of their own
///   lips   inside the outline of landmarks 48 to 59, seen from the front, and not mouth
///   lids   around the eyeballs, without the socket behind
///   ears   what the wheel's shapes of ears move
///   neck   what follows the neck's joint more than any other
///   scalp  above a hairline that runs from the forehead over the temples behind the ears
FaceRegions head_regions(const PlacedHead& head);

}  // namespace fgcn::mesh::makehuman
