// Faces that are turned aside, which a frontal detector misses.
#pragma once

#include <dlib/geometry.h>

#include <vector>

#include "io/image.h"

namespace fgcn::photo {

struct SideFace {
  dlib::rectangle rect;   // square, about brows to chin
  bool mirrored = false;  // found in the mirror image: turned the other way than in training
  double score = 0;       // margin of the classifier: 0 on the boundary, 1 where training wanted it
};

/// Heads turned by 35 to 75 degrees to either side, best first, with a score of `least` at the
/// least; the rectangle is at least 80 pixels wide. `grey` is [H, W, 1], the heads upright.
///
/// Cost     two searches, 0.1 s each for 768 x 768 pixels.
/// Repeat   bitwise; from several threads at once.
/// Source   Felzenszwalb et al. 2010; King, Max-Margin Object Detection, 2015. Weights:
///          train/synthetic/side_face_training.h.
std::vector<SideFace> find_side_faces(const Image8& grey, double least);

}  // namespace fgcn::photo
