// The measures of one fitted photo (docs/dev/evaluation.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/core/context.h"
#include "layers/identity_network.h"
#include "mesh/face/face_model.h"
#include "recon/fit/agreement.h"
#include "recon/refine/identity.h"
#include "recon/refine/mouth_colors.h"
#include "recon/refine/photo_networks.h"
#include "recon/refine/photo_sample.h"
#include "recon/refine/refinement_model.h"

namespace fgcn::train {

/// Measures of one way of coloring the fitted face.
struct FaceScores {
  recon::Agreement agreement;
  std::optional<recon::IdentitySimilarity>
      identity;          // of photo and overlay; without a network nothing
  double asymmetry = 0;  // albedo_asymmetry()
  double lightness = 0;  // skin_lightness() of the albedo
};

/// Measures of one photo. The fit is the same for all its faces.
struct PhotoScores {
  std::string name;
  double landmark_error = 0;      // over the distance of the outer eye corners
  double hidden = 0;              // hidden_skin()
  double lightness = 0;           // skin_lightness() of the photo's own colors
  std::vector<FaceScores> faces;  // in the order of PhotoScorer::names()
};

/// The pictures behind the measures, in the same order. Vertex colors are [V, 3].
struct PhotoPictures {
  std::vector<Image> overlays;              // [S, S, 3]
  std::vector<std::vector<float>> albedos;  // sRGB-encoded [0, 1]
};

/// Mean over the pairs of skin vertices that the model's mirror makes, and the three channels, of
/// |albedo_v - albedo_mirror(v)|. 0 for a symmetric albedo and where no pair is skin.
///   albedo  [V, 3]
/// Errors   fgcn::Error when the sizes do not fit together.
double albedo_asymmetry(const mesh::FaceModel& model, const std::vector<float>& albedo);

/// Share of the skin's area that the photo does not show, [0, 1]; a vertex stands for a third of
/// its triangles.
///   vertices  [V, 3] of the fitted surface, dm
///   seen      [V] visible_skin()
/// Errors   fgcn::Error when the sizes do not fit together.
double hidden_skin(const mesh::FaceModel& model, const std::vector<float>& vertices,
                   const std::vector<float>& visible);

/// Median over the visible skin vertices of the lightness L* [0, 100]; 0 where there are none.
///   colors   [V, 3] sRGB-encoded [0, 1]
///   visible  [V] visible_skin()
/// Errors   fgcn::Error when the sizes do not fit together.
double skin_lightness(const mesh::FaceModel& model, const std::vector<float>& colors,
                      const std::vector<float>& visible);

/// Weights to be measured and the name they go by.
struct NamedRefinement {
  std::string name;
  recon::RefinementModel model;
};

/// Measures photos. Each is colored as fitted (coarse), with the photo's own colors (projected)
/// and by each of the weights (refined), as in reconstruction (recon/refine_photo.h).
///
/// Errors   InputError naming the weights, as recon::check_networks. R-Net is passed over for those
///          that take FaceNet's means alone.
/// Repeat   bitwise, for any number of threads.
class PhotoScorer {
 public:
  PhotoScorer(const Context& ctx, mesh::FaceModel face, std::vector<NamedRefinement> weights,
              recon::LoadedNetworks networks);

  /// "coarse", "projected", then the names of the weights.
  const std::vector<std::string>& names() const { return names_; }
  bool has_identity() const { return networks_.identity.has_value(); }
  const mesh::FaceModel& face() const { return face_; }
  const std::vector<NamedRefinement>& weights() const { return weights_; }
  /// Of one of the weights (RefinementModel::watch).
  void watch(std::size_t weights, LayerWatch watch) {
    weights_.at(weights).model.watch(std::move(watch));
  }

  /// `pictures` are written when given.
  /// Errors   InputError naming the sample: fitted to another face model, a crop of another size
  ///          than 224 px, no skin in sight.
  PhotoScores operator()(const recon::PhotoSample& sample, PhotoPictures* pictures = nullptr) const;

 private:
  recon::PhotoNetworks fixed_for(const recon::RefinementConfig& config) const;

  Context ctx_;
  mesh::FaceModel face_;
  std::vector<std::int32_t> triangles_;
  recon::MouthColors mouth_;
  std::vector<NamedRefinement> weights_;
  recon::LoadedNetworks networks_;
  std::vector<std::string> names_;
};

}  // namespace fgcn::train
