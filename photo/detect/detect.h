// Finding the face of a photo and its 68 points.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/image.h"
#include "photo/landmarks.h"

namespace fgcn::photo {

/// The best face of a photo, in pixels of the photo.
struct FoundFace {
  Landmarks landmarks;
  PointSpread spread{};  // of the predictions from moved boxes and the mirror image
  Box box;               // around the detector's find
  double score = 0;      // the detector's; above 1 is certain, below 0.3 doubtful
  double turned = 0;     // radians the photo was turned by (clockwise as seen) before it was found
  int faces = 0;         // how many were found
};

/// The 68-point landmark model's file: the one given, or where none is, that of Debian's
/// libdlib-data. InputError when that is not installed.
std::filesystem::path predictor_file(const std::filesystem::path& given);

/// The predictor for faces turned aside, which comes with the programs. InputError when it is not
/// beside them.
std::filesystem::path side_predictor_file();

/// HOG detectors and 68-point predictor.
///
/// Where no frontal face is certain, faces turned aside are looked for too (side_face.h).
///
/// The photo is padded by 30 % of repeated border, so that faces cut by it are found, and searched
/// at a fixed working size, then at twice and four times that size, then turned, until a face is
/// sure. Faces are ranked by score, not by size. A tilted face is leveled and searched again, and
/// so is one that a filter of rolled faces found, by up to 50 degrees. The points are the mean over
/// slightly moved boxes, each at sub-pixel precision: single predictions jump with the detector's
/// coarse box.
///
/// Errors   InputError when the predictor file is missing or damaged. No face is not an error here.
/// Repeat   bitwise. `find` may be called from several threads at once on one FaceFinder.
/// Source   Dalal and Triggs 2005; Felzenszwalb et al. 2010; Kazemi and Sullivan, CVPR 2014.
class FaceFinder {
 public:
  /// Loads all (once per program: 80 MB of memory). The path is that of predictor_file().
  explicit FaceFinder(const std::filesystem::path& predictor = {});
  ~FaceFinder();
  FaceFinder(FaceFinder&&) noexcept;
  FaceFinder& operator=(FaceFinder&&) noexcept;

  /// Nothing when no face is found. `rgb` is [H, W, 3].
  std::optional<FoundFace> find(const Image8& rgb) const;
  /// All faces, best first: find()'s, others that are sure, and beside a surely frontal one also
  /// faces turned aside, which find() does not look for there.
  std::vector<FoundFace> find_all(const Image8& rgb) const;

 private:
  struct Parts;
  std::unique_ptr<const Parts> parts_;
};

}  // namespace fgcn::photo
