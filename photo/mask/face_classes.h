// Classes of face parsing, and the skin mask that they make.
#pragma once

#include <cstdint>
#include <span>

#include "io/image.h"

namespace fgcn::photo {

/// CelebAMask-HQ's classes as BiSeNet's published weights number them. Left and right are the
/// image's.
enum class FaceClass : std::uint8_t {
  kBackground,
  kSkin,
  kLeftBrow,
  kRightBrow,
  kLeftEye,
  kRightEye,
  kEyeglasses,
  kLeftEar,
  kRightEar,
  kEarring,
  kNose,
  kMouth,
  kUpperLip,
  kLowerLip,
  kNeck,
  kNecklace,
  kCloth,
  kHair,
  kHat,
};
inline constexpr int kFaceClasses = 19;

/// Whether a face model has a color for the class: skin, brows, eyes, nose, mouth and lips.
/// Glasses, ears, hair, hats and all below the chin are out.
bool shows_face(FaceClass of);

/// 1 where a pixel's class shows the face, else 0.
///
///   classes  [height * width] as FaceClass, row by row
///   result   [height, width, 1]
///
/// Errors   fgcn::Error when the number of pixels is another one or a class is not in the list.
Image face_class_mask(std::span<const std::uint8_t> classes, std::int64_t height,
                      std::int64_t width);

}  // namespace fgcn::photo
