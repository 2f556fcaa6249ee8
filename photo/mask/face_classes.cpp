#include "photo/mask/face_classes.h"

#include "kernels/core/error.h"

namespace fgcn::photo {

bool shows_face(FaceClass of) {
  switch (of) {
    case FaceClass::kSkin:
    case FaceClass::kLeftBrow:
    case FaceClass::kRightBrow:
    case FaceClass::kLeftEye:
    case FaceClass::kRightEye:
    case FaceClass::kNose:
    case FaceClass::kMouth:
    case FaceClass::kUpperLip:
    case FaceClass::kLowerLip:
      return true;
    default:
      return false;
  }
}

Image face_class_mask(std::span<const std::uint8_t> classes, std::int64_t height,
                      std::int64_t width) {
  FGCN_CHECK(
      height >= 0 && width >= 0 && static_cast<std::int64_t>(classes.size()) == height * width,
      "face_class_mask: ", classes.size(), " classes for ", height, " x ", width, " pixels");
  Image out(height, width, 1);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    FGCN_CHECK(classes[i] < kFaceClasses, "face_class_mask: a pixel of class ", int{classes[i]});
    out.pixels[i] = shows_face(static_cast<FaceClass>(classes[i])) ? 1.0F : 0.0F;
  }
  return out;
}

}  // namespace fgcn::photo
