// From a photo to a sample: detection, crop, skin mask and fit, as reconstruction and data sets
// take them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/core/context.h"
#include "mesh/face/face_model.h"
#include "photo/align.h"
#include "photo/decode/decode.h"
#include "photo/detect/detect.h"
#include "recon/face_parser.h"
#include "recon/face_regressor.h"
#include "recon/fit/fit_photo.h"
#include "recon/refine/photo_sample.h"

namespace fgcn::recon {

/// What made a skin mask.
enum class SkinMaker {
  kAlpha,    // the photo's own
  kParser,   // a face parsing network
  kColor,    // the colors of the skin
  kOutline,  // the outline of the points, where neither of them found skin
};

/// A crop as fit and losses read it.
struct MaskedCrop {
  Image rgba;    // [S, S, 4] the fourth channel is the skin mask
  Image hidden;  // [S, S, 1] 1 where no face is seen, eyes and lips included; empty: nowhere
  SkinMaker by = SkinMaker::kColor;
};

/// The steps one by one, for who times or replaces them, and all of them in a row. What a user
/// should know of a photo (several faces, a cut face, no skin found) is appended to `notes`.
///
/// Errors   InputError: no face, or points that make no face.
/// Repeat   bitwise for the same photo, model and kind of device, whatever the threads.
class PhotoSampler {
 public:
  /// The finder may serve several samplers; a sampler serves one thread at a time.
  ///   size    pixels per side of the aligned crop
  ///   parser  makes the skin mask in place of the colors; or nothing
  ///   regressor  crops are cut where it looks, and start() asks it; or nothing
  PhotoSampler(const Context& ctx, const mesh::FaceModel& model,
               std::shared_ptr<const photo::FaceFinder> finder, std::int64_t size,
               std::shared_ptr<const FaceParser> parser = nullptr,
               std::shared_ptr<const FaceRegressor> regressor = nullptr);

  std::int64_t size() const { return size_; }

  /// The clearest face, in pixels of the photo; nothing when no face is found. A find that
  /// the detector is not sure of must have the colors of a face.
  ///   faces  how many were found
  std::optional<photo::FoundFace> find(const photo::Photo& photo, std::vector<std::string>& notes,
                                       int& faces) const;
  /// All faces, best first.
  std::vector<photo::FoundFace> find_all(const photo::Photo& photo) const;
  /// The aligned crop of `size` pixels per side.
  photo::Crop cut(const photo::Photo& photo, const photo::Landmarks& landmarks,
                  std::int64_t size) const;
  /// The crop with the skin mask that losses use: the photo's own alpha where that is a skin mask,
  /// else by the parser or by color, else the face outline. By color and outline, what hides the
  /// face is left out: rims of spectacles, sunglasses, cloth over the lower face, and what an alpha
  /// channel cuts out. Beyond the photo the mask is 0.
  MaskedCrop masked(const photo::Crop& crop, std::vector<std::string>& notes) const;
  /// The regressor's coefficients, which hold for a crop by cut(); nothing without one.
  /// `landmarks` in pixels of the photo.
  std::optional<FaceStart> start(const photo::Photo& photo,
                                 const photo::Landmarks& landmarks) const;
  /// `landmarks` in pixels of the crop.
  FitResult fit(const MaskedCrop& crop, const photo::Landmarks& landmarks,
                const PointSource& source = {}) const;
  FitResult fit_from(const FaceStart& start, const MaskedCrop& crop,
                     const photo::Landmarks& landmarks) const;
  /// The face of `start` as it is.
  FitResult placed(const FaceStart& start, const MaskedCrop& crop,
                   const photo::Landmarks& landmarks) const;

  /// All of it: the sample of name `name`. With a regressor the fit starts at its coefficients.
  PhotoSample sample(const photo::Photo& photo, const std::string& name,
                     std::vector<std::string>& notes) const;

 private:
  /// A find that the detector is not sure of must have the colors of a face.
  bool may_be_face(const photo::Photo& photo, const photo::FoundFace& face) const;

  std::shared_ptr<const photo::FaceFinder> finder_;
  std::shared_ptr<const FaceParser> parser_;
  std::shared_ptr<const FaceRegressor> regressor_;
  photo::FivePoints<photo::Point3> reference_;
  PhotoFitter fitter_;
  std::int64_t size_;
};

/// The landmark error, over the distance of the outer eye corners, from which a fit says so.
constexpr double kPoorLandmarks = 0.06;

/// Notes that the detector is not sure of a face, by its score.
void note_score(double score, std::vector<std::string>& notes);

/// Notes that the fitted face misses the landmarks.
void note_fit(const FitResult& fit, std::vector<std::string>& notes);

/// Notes where the face lies: cut by the photo's border, or small.
void note_placement(const photo::Photo& photo, const photo::Landmarks& landmarks,
                    std::vector<std::string>& notes);

}  // namespace fgcn::recon
