// From a fitted photo to a refined face that is compared with its photo: refine, relight, render,
// compare.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/core/context.h"
#include "recon/fit/agreement.h"
#include "recon/refine/mouth_colors.h"
#include "recon/refine/photo_networks.h"
#include "recon/refine/photo_sample.h"
#include "recon/refine/refinement_model.h"

namespace fgcn::recon {

/// The networks that refine a photo. They must outlive the struct.
struct RefinementNetworks {
  const RefinementModel& model;
  PhotoNetworks fixed;  // not read for EmbeddingForm::kPatches
};

/// A face with its albedo and light, rendered over its photo. Vertices are in the face model's
/// order.
struct RefinedFace {
  std::vector<float> albedo;                 // [V, 3] sRGB-encoded [0, 1]
  std::array<double, 27> sh_coefficients{};  // light fitted to that albedo
  std::vector<float> vertex_irradiance;      // [V, 3] that light at every vertex
  MouthReading mouth;                        // of show_mouth(); empty where nothing was read
  RenderedAgreement rendered;                // the lit face over the crop, compared with it
  double render_ms = 0;                      // time that rendering and comparing took
};

/// The fit's own albedo under its own light: the face before refinement.
RefinedFace coarse_face(const PhotoSample& sample, const std::vector<std::int32_t>& triangles);

/// Refines one photo, fits the light anew to the refined albedo, renders the face over its crop
/// and compares the two. Reconstruction, evaluation and validation all call this function, so one
/// sample and one set of weights give the same figures in all three.
///
///   colors       project_colors() of the sample, with its default options; seen by all networks
///   triangles    [T, 3] flat, of the face model
///   encoder_crop [224, 224, 4] for EmbeddingForm::kPatches and kPooled where the sample's crop has
///                another size; null: the sample's
///
/// The network reads the photo as its configuration says (observe()). The light does not: it is
/// fitted to `colors` where the vertex is visible, for every form. The fit's own light was fitted
/// to such colors too, so the coarse and the refined face differ by their albedo alone, and two
/// forms of network by what they predict. InputForm::kProjected would not do for the light: where a
/// vertex is occluded its colors show the surface in front of it.
///
/// Errors   as check_networks; fgcn::Error when sizes do not fit together.
/// Repeat   bitwise, for any number of threads.
RefinedFace refine_photo(const Context& ctx, const RefinementNetworks& networks,
                         const PhotoSample& sample, const ProjectedColors& colors,
                         const std::vector<std::int32_t>& triangles,
                         const Image* encoder_crop = nullptr);

/// Puts the photo's own colors on teeth, tongue and gums where open lips show them, and renders the
/// face anew. Changes nothing where the model has no mouth or the lips are shut. Reconstruction,
/// evaluation and validation call it after refine_photo().
void show_mouth(const MouthColors& mouth, const PhotoSample& sample, const ProjectedColors& colors,
                const std::vector<std::int32_t>& triangles, RefinedFace& face);

}  // namespace fgcn::recon
