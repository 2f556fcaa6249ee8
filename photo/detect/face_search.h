// The searches for the faces of a photo, before their points are known.
#pragma once

#include <dlib/geometry.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <optional>
#include <vector>

#include "io/image.h"
#include "photo/view.h"

namespace fgcn::photo {

inline constexpr double kCertainFace = 0.8;  // a score at which no better view is looked for
inline constexpr double kSureFace = 0.3;     // a score at which no smaller face is looked for
inline constexpr double kLeastFace = 0.0;    // least score of the frontal detector

struct Candidate {
  dlib::rectangle rect;
  double score = 0;
  bool aside = false;     // found by side_face.h,
  bool mirrored = false;  // turned the other way than in training
  int lean = 0;           // -1, 1: rolled so that the view should turn on that way; 0: about level
};

/// What a view of the photo shows.
struct Search {
  View view;
  std::vector<Candidate> faces;  // best first

  double best() const { return faces.empty() ? -1e9 : faces[0].score; }
};

/// Beside a face that is surely frontal, faces turned aside are looked for only where all are
/// wanted: they never are the best one.
enum class Wanted { kBest, kAll };

/// One view with the frontal detector. It is taken by value: it keeps its pyramid in itself, so a
/// shared one is not thread-safe.
Search search(dlib::frontal_face_detector detector, const Image8& photo, const View& view);

/// Upright at growing sizes until a face is sure; then, unless the face is certain, faces turned
/// aside, and the photo turned: an upside down face resembles a face. `photo` is gray.
std::optional<Search> search_all(const dlib::frontal_face_detector& detector, const Image8& photo,
                                 Wanted wanted);

}  // namespace fgcn::photo
