#include "photo/detect/side_face.h"

#include <dlib/array2d.h>
#include <dlib/image_processing.h>

#include <algorithm>

#include "photo/detect/side_face_weights.h"

namespace fgcn::photo {
namespace {

using Scanner = dlib::scan_fhog_pyramid<dlib::pyramid_down<6>>;
using Detector = dlib::object_detector<Scanner>;

Detector make_detector() {
  Scanner scanner;
  scanner.set_detection_window_size(kSideFaceWindow, kSideFaceWindow);
  Scanner::feature_vector_type weights(static_cast<long>(kSideFaceWeights.size()));
  for (std::size_t i = 0; i < kSideFaceWeights.size(); ++i)
    weights(static_cast<long>(i)) = kSideFaceUnit * static_cast<double>(kSideFaceWeights[i]);
  return {scanner, dlib::test_box_overlap(kSideFaceOverlap, kSideFaceCover), weights};
}

void search(Detector& detector, const Image8& grey, bool mirrored, double least,
            std::vector<SideFace>& out) {
  dlib::array2d<unsigned char> pixels(grey.height, grey.width);
  for (std::int64_t y = 0; y < grey.height; ++y) {
    std::copy_n(grey.at(y, 0), grey.width, &pixels[y][0]);
    if (mirrored) std::reverse(&pixels[y][0], &pixels[y][0] + grey.width);
  }
  std::vector<dlib::rect_detection> found;
  detector(pixels, found, least);
  for (const dlib::rect_detection& face : found) {
    dlib::rectangle rect = face.rect;
    if (mirrored)
      rect = {grey.width - 1 - face.rect.right(), face.rect.top(),
              grey.width - 1 - face.rect.left(), face.rect.bottom()};
    out.push_back({rect, mirrored, face.detection_confidence});
  }
}

}  // namespace

std::vector<SideFace> find_side_faces(const Image8& grey, double least) {
  // The detector keeps its pyramid in itself.
  Detector detector = make_detector();
  std::vector<SideFace> out;
  for (const bool mirrored : {false, true}) search(detector, grey, mirrored, least, out);
  std::stable_sort(out.begin(), out.end(),
                   [](const SideFace& a, const SideFace& b) { return a.score > b.score; });
  return out;
}

}  // namespace fgcn::photo
