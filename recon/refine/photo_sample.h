// A photo after it was cut and fitted: what refinement, training and evaluation go on from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/image.h"
#include "photo/landmarks.h"
#include "recon/fit/fit_result.h"
#include "recon/refine/refinement_model.h"
#include "render/projected_colors.h"

namespace fgcn::recon {

struct PhotoSample {
  std::string name;            // for messages and reports
  Image crop;                  // [S, S, 4] aligned: RGB and the skin mask, in [0, 1]
  photo::Landmarks landmarks;  // in pixels of the crop
  FitResult fit;
};

/// [V] 1 where the crop shows the vertex (depth test) and skin there (eroded mask), else 0.
std::vector<float> visible_skin(const ProjectedColors& visible);

/// The photo as the refinement network takes it; its `crop` is the sample's.
///
///   seen   project_colors() of the sample
///   faces  [T, 3] flat, of the face model
Observation observe(const PhotoSample& sample, const ProjectedColors& visible,
                    const std::vector<std::int32_t>& faces);

/// The same as weights of this configuration take it: for InputForm::kProjected colors are read
/// and vertices are seen as METHOD section 7 says (kRounded, kFacing), for kBase by project_colors'
/// defaults, and corrected (rendered_colors).
Observation observe(const PhotoSample& sample, const std::vector<std::int32_t>& faces,
                    const RefinementConfig& config);

}  // namespace fgcn::recon
