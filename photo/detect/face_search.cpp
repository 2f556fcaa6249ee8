#include "photo/detect/face_search.h"

#include <dlib/array2d.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "photo/detect/side_face.h"

namespace fgcn::photo {
namespace {

constexpr double kFrontal = 1.5;     // a score at which a face is not turned aside
constexpr double kAsideAhead = 0.3;  // by which a frontal find must be better than one turned aside
constexpr double kAside = -0.1;    // least score of a face turned aside: lower where skin has marks
constexpr double kSameFace = 0.3;  // overlap of two finds of one face
constexpr double kPadding = 0.3;   // of the photo's size, on each side
constexpr double kFirstSide = 480;  // longest side of the photo in the first search
constexpr double kMostEnlarged = 2;

void best_first(std::vector<Candidate>& faces) {
  std::stable_sort(faces.begin(), faces.end(),
                   [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
}

View padded_view(const Image8& photo, double scale, double angle) {
  View view;
  const auto w = static_cast<double>(photo.width);
  const auto h = static_cast<double>(photo.height);
  view.center = {w / 2, h / 2};
  view.scale = scale;
  view.angle = angle;
  const double c = std::abs(std::cos(angle));
  const double s = std::abs(std::sin(angle));
  view.width = std::lround((1 + 2 * kPadding) * scale * (c * w + s * h));
  view.height = std::lround((1 + 2 * kPadding) * scale * (s * w + c * h));
  return view;
}

/// The frontal detector has three filters of level faces and two of faces rolled to either side.
/// The latter see a face at 45 degrees in a level view, where its points go astray.
int lean_of(unsigned long filter) {
  constexpr unsigned long kRolledLeft = 3, kRolledRight = 4;
  return filter == kRolledLeft ? 1 : filter == kRolledRight ? -1 : 0;
}

/// Adds the faces turned aside that the view shows. Of two finds of one face the one turned aside
/// stays, unless the frontal one is better by far; one beside other faces must be sure.
void add_faces_aside(const Image8& photo, Search& search) {
  for (const SideFace& face : find_side_faces(look(photo, search.view), kAside)) {
    // A frontal find that is not sure may be a part of this face, or nothing.
    const auto same = [&](const Candidate& other) {
      return dlib::box_intersection_over_union(face.rect, other.rect) > kSameFace ||
             (!other.aside && other.score < kSureFace);
    };
    if (!search.faces.empty() && face.score < kSureFace &&
        std::none_of(search.faces.begin(), search.faces.end(), same))
      continue;
    const auto better = [&](const Candidate& other) {
      return same(other) && other.score - (other.aside ? 0 : kAsideAhead) >= face.score;
    };
    if (std::any_of(search.faces.begin(), search.faces.end(), better)) continue;
    search.faces.erase(std::remove_if(search.faces.begin(), search.faces.end(), same),
                       search.faces.end());
    search.faces.push_back({face.rect, face.score, true, face.mirrored, 0});
  }
  best_first(search.faces);
}

/// Beside a frontal face, which stays the first.
void add_further_aside(const Image8& photo, Search& search) {
  const Candidate first = search.faces[0];
  add_faces_aside(photo, search);
  const auto is_first = [&first](const Candidate& face) {
    return !face.aside && face.rect == first.rect;
  };
  search.faces.erase(std::remove_if(search.faces.begin(), search.faces.end(), is_first),
                     search.faces.end());
  search.faces.insert(search.faces.begin(), first);
}

}  // namespace

Search search(dlib::frontal_face_detector detector, const Image8& photo, const View& view) {
  const Image8 seen = look(photo, view);
  dlib::array2d<unsigned char> pixels(seen.height, seen.width);
  for (std::int64_t y = 0; y < seen.height; ++y)
    std::copy_n(seen.at(y, 0), seen.width, &pixels[y][0]);
  std::vector<dlib::rect_detection> found;
  detector(pixels, found, kLeastFace);
  Search out{view, {}};
  for (const auto& face : found)
    out.faces.push_back(
        {face.rect, face.detection_confidence, false, false, lean_of(face.weight_index)});
  best_first(out.faces);
  return out;
}

std::optional<Search> search_all(const dlib::frontal_face_detector& detector, const Image8& photo,
                                 Wanted wanted) {
  const auto longest = static_cast<double>(std::max(photo.height, photo.width));
  const double first = std::min(kFirstSide / longest, kMostEnlarged);
  Search best;
  for (double scale = first; scale <= std::min(4 * first, kMostEnlarged); scale *= 2) {
    Search found = search(detector, photo, padded_view(photo, scale, 0));
    if (found.best() > best.best()) best = std::move(found);
    if (best.best() >= kSureFace) break;
  }
  // Where a frontal face was found, in its view; else at growing sizes.
  if (best.faces.empty()) best.view = padded_view(photo, first, 0);
  if (best.best() < kFrontal) {
    add_faces_aside(photo, best);
  } else if (wanted == Wanted::kAll) {
    add_further_aside(photo, best);
  }
  if (best.faces.empty() && 2 * first <= kMostEnlarged) {
    best.view = padded_view(photo, 2 * first, 0);
    add_faces_aside(photo, best);
  }
  // Upside down, a face turned aside resembles a frontal one.
  const bool aside = !best.faces.empty() && best.faces[0].aside;
  if (best.best() < kCertainFace && !(aside && best.best() >= kSureFace)) {
    constexpr double kDegree = std::numbers::pi / 180;
    constexpr double kAhead = 0.3;  // photos are seldom stored turned
    double least = std::max(best.best() + kAhead, aside ? kCertainFace : kSureFace);
    for (const double degrees : {-30.0, 30.0, -60.0, 60.0, -90.0, 90.0, 180.0}) {
      Search found = search(detector, photo, padded_view(photo, first, degrees * kDegree));
      if (found.best() < least) continue;
      best = std::move(found);
      least = best.best();
    }
  }
  if (best.faces.empty()) return std::nullopt;
  return best;
}

}  // namespace fgcn::photo
