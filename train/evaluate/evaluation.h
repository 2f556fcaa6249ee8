// How good refined albedo is, measured where the truth is known.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "io/image.h"
#include "mesh/face/face_model.h"
#include "recon/refine/refinement_model.h"
#include "train/synthetic/synthetic_faces.h"

namespace fgcn::train {

/// What `seed` of an evaluation is added to: training's seeds are small.
constexpr std::uint64_t kEvaluationSeed = 0x6576616c75617465ULL;

/// Mean absolute error of an albedo, sRGB-encoded [0, 1], over skin vertices of all faces.
struct AlbedoError {
  double visible = 0;
  double hidden = 0;
  double all = 0;
};

struct Evaluation {
  std::int64_t faces = 0;
  AlbedoError coarse;
  AlbedoError projected;  // photo / fitted light where seen, coarse elsewhere
  AlbedoError refined;
  /// The same of each face, over all its skin; [faces].
  std::vector<double> coarse_faces, projected_faces, refined_faces;
  /// Median over faces of the PSNR, in dB, of albedo * light against the photo's colors at the
  /// vertices that the photo shows. The refined albedo's light is fitted to it, as in
  /// reconstruction (relight.h); the coarse one's is its own.
  double coarse_psnr = 0;
  double refined_psnr = 0;
};

/// Photo over fitted light where seen, coarse albedo elsewhere; [V, 3] in [0, 1].
std::vector<float> projected_albedo(const recon::Observation& observation);

/// Faces 0 .. faces - 1 of `seed`, which training must not have seen. Calls `done` after each.
Evaluation evaluate(const recon::RefinementModel& model, const mesh::FaceModel& face,
                    std::uint64_t seed, std::int64_t faces,
                    const std::function<void(std::int64_t)>& done = {});

/// The same for several models; each face is made once. One evaluation a model.
std::vector<Evaluation> evaluate(std::span<const recon::RefinementModel* const> models,
                                 const mesh::FaceModel& face, std::uint64_t seed,
                                 std::int64_t faces,
                                 const std::function<void(std::int64_t)>& done = {});

/// One row a face: crop, mask, then on the mean face from the front: coarse, projected, refined
/// and true albedo, and the refined one lit.
Image8 sample_sheet(const recon::RefinementModel& model, const mesh::FaceModel& face,
                    std::span<const SyntheticFace> samples);

}  // namespace fgcn::train
