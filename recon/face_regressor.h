// A photo's coefficients by an R-Net that a user brings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "io/arrays/safetensors.h"
#include "io/image.h"
#include "kernels/core/context.h"
#include "layers/coefficient_regressor.h"
#include "mesh/face/face_model.h"
#include "photo/decode/decode.h"
#include "photo/regressor_crop.h"
#include "recon/fit/fit_photo.h"

namespace fgcn::recon {

/// A network, and the way of a photo through it: cut as Deep3DFaceReconstruction cuts it
/// (photo/regressor_crop.h), regressed, and the 257 numbers told apart. Its camera, light and order
/// of angles are this program's.
///
/// The five points of the mean face are those of the face model's landmarks.
///
/// Several threads may ask at a time.
class FaceRegressor {
 public:
  /// `where` names the file in messages.
  /// Errors   InputError when the weights are another network's, or the face model has not the 80
  ///          identities, 64 expressions and 80 albedos that the network speaks of.
  FaceRegressor(const Context& ctx, const io::Safetensors& weights, const std::string& where,
                const mesh::FaceModel& model);
  /// InputError naming `where` when it has other modes than those.
  static void check_face(const mesh::FaceModel& model, const std::string& where);
  /// R-Net of either edition, in any container that io/arrays/read_weights.h takes.
  static FaceRegressor load(const Context& ctx, const std::filesystem::path& path,
                            const mesh::FaceModel& model);

  /// Where the network's crop lies. `landmarks` in pixels of the photo.
  photo::RegressorView view(const photo::Photo& photo, const photo::Landmarks& landmarks) const;
  /// The map from the photo to that crop, enlarged to `size` pixels a side. The photo is resized to
  /// whole pixels, so that it is stretched by less than one of them: the map is right in the middle
  /// of the crop.
  photo::ScaleShift to_crop(const photo::Photo& photo, const photo::Landmarks& landmarks,
                            std::int64_t size) const;
  /// Errors   InputError when the network gives a number that is not finite.
  /// Repeat   bitwise for any number of threads.
  FaceStart operator()(const photo::Photo& photo, const photo::Landmarks& landmarks) const;

  RegressorEdition edition() const { return network_.edition(); }
  const CoefficientRegressor& network() const { return network_; }

 private:
  Context context_;
  std::string where_;
  CoefficientRegressor network_;
  photo::FivePoints<photo::Point3> reference_;
};

/// The numbers of a regression, [257], by their meaning.
FaceStart face_start(std::span<const double> coefficients);

}  // namespace fgcn::recon
