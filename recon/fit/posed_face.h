// A face model's instance in front of the camera.
#pragma once

#include <vector>

#include "autograd/triangles.h"
#include "mesh/face/face_model.h"
#include "render/camera.h"

namespace fgcn::recon {

/// Side of the aligned crop that the camera sees (docs/method.md, "Camera").
constexpr std::int64_t kCropSize = Camera{}.height;

/// All [V, 3], of the same vertices.
struct PosedFace {
  std::vector<float> positions;  // camera space, dm
  std::vector<float> normals;    // camera space, unit length
  std::vector<float> screen;     // pixels and depth
};

/// Places instances of one model. Not for several threads at a time.
class FacePoser {
 public:
  FacePoser(const Context& ctx, const mesh::FaceModel& model);

  /// Without a camera: seen as the aligned crop sees it.
  PosedFace operator()(const std::vector<float>& identity, const std::vector<float>& expression,
                       const Pose& pose, const Camera& camera = {}) const;

 private:
  Context context_;
  const mesh::FaceModel* model_;
  Triangles triangles_;
};

}  // namespace fgcn::recon
