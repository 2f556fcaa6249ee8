// The photo's own colors within open lips.
#pragma once

#include <cstdint>
#include <vector>

#include "mesh/face/face_model.h"
#include "recon/refine/photo_sample.h"
#include "render/projected_colors.h"

namespace fgcn::recon {

/// A photo as the vertices behind the lips read it.
struct MouthReading {
  std::vector<float> color;   // [V, 3] of the photo
  std::vector<float> weight;  // [V] how far the color counts, [0, 1]; 0 outside the mouth
  std::vector<float> detail;  // [V] 1 where the photo itself lies there, else 0
  std::vector<float> fitted;  // [V] 1 for a vertex that colors pixels between the lips, else 0

  bool empty() const { return weight.empty(); }
};

/// Of one face model: teeth, tongue and gums (parts by their names) and the region "mouth".
/// Statistics of faces say little about a person's teeth, and a fit by color passes them over.
///
/// A vertex that the crop shows reads the photo, in from the outline of the inner lips by half a
/// pixel: lips of photo and model do not lie on each other exactly, and a rim of the model's
/// colors would show. The weight falls from 1 at two pixels outside the outline to 0 at five.
/// A vertex that colors pixels between the lips counts wholly, though it be hidden behind a lip.
/// Else half of the pixels there, those next to the lips, would be mixed with the model's colors.
///
/// Repeat   bitwise; one thread, and safe to call from several.
class MouthColors {
 public:
  explicit MouthColors(const mesh::FaceModel& model);

  /// False for a model that has nothing behind its lips.
  bool has_mouth() const;
  /// Of a photo whose lips are open (recon/fit/inner_lips.h). Empty where the model has no mouth.
  ///   visible  project_colors() of the sample
  ///   pixels   [V] pixels_colored() between the lips
  MouthReading read(const PhotoSample& sample, const ProjectedColors& visible,
                    const std::vector<float>& pixels) const;

 private:
  std::vector<std::uint8_t> inside_;  // [V]
};

/// Divides what was read by the light and puts it on the albedo [V, 3], so that the face under that
/// light shows the photo.
void put_on(const MouthReading& mouth, const std::vector<float>& vertex_irradiance,
            std::vector<float>& albedo);

}  // namespace fgcn::recon
