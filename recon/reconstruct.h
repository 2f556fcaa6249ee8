// From one photo file to a face: everything fgcn_recon does but writing the results.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/image.h"
#include "kernels/core/context.h"
#include "mesh/face/face_model.h"
#include "photo/decode/decode.h"
#include "photo/landmarks.h"
#include "photo/resample.h"
#include "recon/fit/agreement.h"
#include "recon/fit/fit_photo.h"
#include "recon/photo_sampler.h"
#include "recon/refine/shaded_normals.h"

namespace fgcn::recon {

/// Milliseconds a stage took.
struct StageTimes {
  double decode = 0;
  double detect = 0;
  double fit = 0;
  double refine = 0;
  double render = 0;
  double write = 0;
  double total = 0;
};

/// Where coefficients come from.
enum class FitOrigin {
  kLandmarks,  // a fit that starts at the landmarks
  kRegressor,  // a fit that starts at the regressor's
  kAsIs,       // the regressor's as they are
};

/// Everything known about one photo. Per-vertex arrays are in the face model's vertex order.
struct Reconstruction {
  std::string input;
  int face = 1;   // its number among the photo's faces, 1 the clearest
  int faces = 1;  // how many were found
  FitResult fit;
  std::vector<float> refined_albedo;  // [V, 3] sRGB-encoded [0, 1]; the coarse one without weights
  FitOrigin origin = FitOrigin::kLandmarks;
  SkinMaker mask = SkinMaker::kColor;
  bool by_network = false;                 // the refined albedo is a network's
  std::array<double, 27> refined_light{};  // light refitted to the refined albedo (relight.h)
  std::vector<float> refined_irradiance;   // [V, 3] that light at every vertex
  std::vector<float> projected_albedo;     // [V, 3] the baseline without a network
  Agreement coarse, projected, refined;
  photo::Landmarks landmarks{};  // the photo's, in pixels of the upright file
  std::optional<double> score;   // the detector's; none where the points were given
  std::int64_t photo_width = 0, photo_height = 0;  // of the upright file
  int photo_orientation = 1;                       // EXIF's, which was undone
  photo::ScaleShift to_crop;                       // from pixels of the upright file
  Image crop;                                      // [S, S, 3] aligned photo
  Image coarse_overlay;                            // [S, S, 3] lit coarse face over the photo
  Image refined_overlay;                           // [S, S, 3]
  /// The crop at the photo's own resolution, where that is finer: [D, D, 3], else empty.
  Image fine_crop;
  std::vector<float> visible;  // [V] 1 where the crop shows the vertex and its skin, else 0
  std::vector<float> mouth;    // [V] 1 where a vertex behind open lips shows the photo; or empty
  ShadedNormals shaded;        // with options.normals; else empty
  std::vector<std::string> notes;  // what a user should know: several faces, cut by the border...
  StageTimes times;
};

/// A photo that was read, and the faces of it that are wanted.
struct FoundFaces {
  struct Face {
    int number = 1;  // 1: the clearest
    photo::Landmarks landmarks;
    std::optional<double> score;  // the detector's; none where a file gives the points
    photo::PointSpread spread{};  // of the detector's predictions
  };
  std::string input;
  photo::Photo photo;
  std::vector<Face> wanted;
  int found = 1;                   // faces in the photo
  std::vector<std::string> notes;  // of the photo
  double decode_ms = 0, detect_ms = 0;
};

inline constexpr int kAllFaces = 0;  // for Reconstructor::find

struct ReconstructOptions {
  int size = 224;  // pixels per side of the aligned crop
  std::optional<std::filesystem::path> weights;
  std::optional<std::filesystem::path> predictor;  // 68-point model; the system's by default
  /// Weights of a face parsing network for the skin mask; none: by color.
  std::optional<std::filesystem::path> parser = std::nullopt;
  /// Weights of R-Net, where the fit starts; none: it starts at the landmarks.
  std::optional<std::filesystem::path> regressor = std::nullopt;
  bool fitted = true;    // false: the regressor's coefficients are taken as they are
  bool normals = false;  // looks for normals whose shading follows the photo
  /// The identity network's file, for weights that take a face's identity; else not read.
  std::optional<std::filesystem::path> identity;
  /// R-Net's file, for weights that take its means; none: the regressor's. Else not read.
  std::optional<std::filesystem::path> encoder = std::nullopt;
};

/// Loads models once, then takes photos one at a time.
///
/// Errors   InputError for a bad photo, weights of another mesh, a missing predictor or identity
///          network.
/// Repeat   bitwise for the same photo, models and options, whatever the threads.
class Reconstructor {
 public:
  Reconstructor(const Context& ctx, mesh::FaceModel model, const ReconstructOptions& options);
  Reconstructor(Reconstructor&&) noexcept;
  ~Reconstructor();

  /// Reads the photo and finds its faces: all, or the one of that number by the detector's score.
  ///   landmarks  68 points in photo pixels from a file instead of the detector: of face 1
  /// Errors   InputError: a photo that cannot be read, no face, none of that number.
  FoundFaces find(const std::filesystem::path& photo,
                  const std::optional<std::filesystem::path>& landmarks, int face) const;
  Reconstruction run(const FoundFaces& photo, const FoundFaces::Face& face) const;
  /// The clearest face.
  Reconstruction run(const std::filesystem::path& photo,
                     const std::optional<std::filesystem::path>& landmarks) const;

  const mesh::FaceModel& model() const;
  /// Whether the weights take what the identity network says of a face.
  bool takes_identity() const;
  /// Whether they take R-Net's means too.
  bool takes_encoder() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fgcn::recon
