// A mesh with vertex colors, drawn over a picture.
#pragma once

#include <cstdint>
#include <vector>

#include "io/image.h"
#include "mesh/face/face_model.h"
#include "recon/fit/depth_map.h"

namespace fgcn::train {

struct FaceDrawing {
  Image color;     // [S, S, 3] the face over what was there, in [0, 1]
  Image coverage;  // [S, S, 1] by the face
  Image skin;      // [S, S, 1] by its skin
};

/// Draws instances of one model. Not for several threads at a time.
class FaceDrawer {
 public:
  /// The model must outlive it. Pictures have `size` x `size` pixels.
  FaceDrawer(const Context& ctx, const mesh::FaceModel& model, std::int64_t size);

  /// Four samples per pixel, averaged.
  ///
  ///   screen  [V, 3]     pixels of the picture, and depth in dm
  ///   colors  [V, 3]     in [0, 1]
  ///   behind  [S, S, 3]  what the face is drawn over
  FaceDrawing operator()(std::vector<float> screen, const std::vector<float>& colors, Image behind);

 private:
  const mesh::FaceModel* model_;
  std::int64_t size_;
  recon::DepthMap samples_;
};

}  // namespace fgcn::train
