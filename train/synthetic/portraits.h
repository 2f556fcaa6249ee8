// Pictures of the face model's own people, as a camera would take them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "io/image.h"
#include "mesh/face/face_model.h"
#include "recon/fit/posed_face.h"
#include "render/camera.h"

namespace fgcn::train {

struct PortraitOptions {
  double yaw = 0;              // radians; positive shows more of the left of the picture
  double expression = 1;       // 0: neutral faces; 1: as varied as those that training sees
  std::int64_t size = 448;     // pixels a side, a multiple of 8
  double pixels_per_dm = 110;  // at the face
};

struct Portrait {
  Image8 picture;                 // [size, size, 3]
  std::vector<float> identity;    // N(0, 1)
  std::vector<float> expression;  // weights
  Pose pose;
  Camera camera;          // at 5 to 16 dm
  recon::PosedFace face;  // `screen` in pixels of the picture
};

/// Draws people: a random member of the model with painted detail (synthetic_detail.h), lit
/// (synthetic_light.h) and rendered before a background with hair and clothes (occluders.h), then
/// photographed (camera_effects.h). The head is pitched and rolled by a few degrees; nothing lies
/// before the face.
///
/// Repeat   bitwise: a portrait depends on the model, the options, the seed and its index alone.
class PortraitSynthesizer {
 public:
  /// The model must outlive it. Not for several threads at a time: make one for each.
  PortraitSynthesizer(const mesh::FaceModel& model, const PortraitOptions& options);
  PortraitSynthesizer(PortraitSynthesizer&&) noexcept;
  ~PortraitSynthesizer();

  Portrait operator()(std::uint64_t seed, std::uint64_t index);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fgcn::train
