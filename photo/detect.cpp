#include "photo/detect.h"

#include <dlib/array2d.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <numbers>
#include <utility>
#include <vector>

#include "io/resources.h"
#include "kernels/core/error.h"
#include "photo/resample.h"
#include "photo/shape_predictor.h"
#include "photo/side_face.h"
#include "photo/view.h"

namespace fgcn::photo {
namespace {

constexpr const char* kSidePredictor = "side_landmarks.dat";

constexpr double kCertain = 0.8;     // a score at which the photo is not turned to look for better
constexpr double kSure = 0.3;        // a score at which no smaller face is looked for
constexpr double kUpright = 0.0;     // least score of an upright face
constexpr double kFrontal = 1.5;     // a score at which a face is not turned aside
constexpr double kAsideAhead = 0.3;  // by which a frontal find must be better than one turned aside
constexpr double kAside = -0.1;    // least score of a face turned aside: lower where skin has marks
constexpr double kSameFace = 0.3;  // overlap of two finds of one face
constexpr double kPadding = 0.3;   // of the photo's size, on each side
constexpr double kFirstSide = 480;  // longest side of the photo in the first search
constexpr double kMostEnlarged = 2;

struct Predictors {
  ShapePredictor frontal, side;
};

struct Candidate {
  dlib::rectangle rect;
  double score = 0;
  bool aside = false;     // found by side_face.h,
  bool mirrored = false;  // turned the other way than in training
};

struct Search {
  View view;
  std::vector<Candidate> faces;  // best first

  double best() const { return faces.empty() ? -1e9 : faces[0].score; }
};

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

/// The detector is taken by value: it keeps its pyramid in itself, so a shared one is not
/// thread-safe.
Search search(dlib::frontal_face_detector detector, const Image8& photo, const View& view) {
  const Image8 seen = look(photo, view);
  dlib::array2d<unsigned char> pixels(seen.height, seen.width);
  for (std::int64_t y = 0; y < seen.height; ++y)
    std::copy_n(seen.at(y, 0), seen.width, &pixels[y][0]);
  std::vector<dlib::rect_detection> found;
  detector(pixels, found, kUpright);
  Search out{view, {}};
  for (const auto& face : found)
    out.faces.push_back({face.rect, face.detection_confidence, false, false});
  best_first(out.faces);
  return out;
}

/// Adds the faces turned aside that the view shows. Of two finds of one face the one turned aside
/// stays, unless the frontal one is better by far; one beside other faces must be sure.
void add_faces_aside(const Image8& photo, Search& search) {
  for (const SideFace& face : find_side_faces(look(photo, search.view), kAside)) {
    // A frontal find that is not sure may be a part of this face, or nothing.
    const auto same = [&](const Candidate& other) {
      return dlib::box_intersection_over_union(face.rect, other.rect) > kSameFace ||
             (!other.aside && other.score < kSure);
    };
    if (!search.faces.empty() && face.score < kSure &&
        std::none_of(search.faces.begin(), search.faces.end(), same))
      continue;
    const auto better = [&](const Candidate& other) {
      return same(other) && other.score - (other.aside ? 0 : kAsideAhead) >= face.score;
    };
    if (std::any_of(search.faces.begin(), search.faces.end(), better)) continue;
    search.faces.erase(std::remove_if(search.faces.begin(), search.faces.end(), same),
                       search.faces.end());
    search.faces.push_back({face.rect, face.score, true, face.mirrored});
  }
  best_first(search.faces);
}

/// Upright at growing sizes until a face is sure; then, unless the face is certain, faces turned
/// aside, and the photo turned: an upside down face resembles a face.
std::optional<Search> search_all(const dlib::frontal_face_detector& detector, const Image8& photo) {
  const auto longest = static_cast<double>(std::max(photo.height, photo.width));
  const double first = std::min(kFirstSide / longest, kMostEnlarged);
  Search best;
  for (double scale = first; scale <= std::min(4 * first, kMostEnlarged); scale *= 2) {
    Search found = search(detector, photo, padded_view(photo, scale, 0));
    if (found.best() > best.best()) best = std::move(found);
    if (best.best() >= kSure) break;
  }
  // Where a frontal face was found, in its view; else at growing sizes.
  if (best.faces.empty()) best.view = padded_view(photo, first, 0);
  if (best.best() < kFrontal) add_faces_aside(photo, best);
  if (best.faces.empty() && 2 * first <= kMostEnlarged) {
    best.view = padded_view(photo, 2 * first, 0);
    add_faces_aside(photo, best);
  }
  // Upside down, a face turned aside resembles a frontal one.
  const bool aside = !best.faces.empty() && best.faces[0].aside;
  if (best.best() < kCertain && !(aside && best.best() >= kSure)) {
    constexpr double kDegree = std::numbers::pi / 180;
    constexpr double kAhead = 0.3;  // photos are seldom stored turned
    double least = std::max(best.best() + kAhead, aside ? kCertain : kSure);
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

Image8 mirrored(const Image8& image) {
  Image8 out(image.height, image.width, 1);
  for (std::int64_t y = 0; y < image.height; ++y)
    std::reverse_copy(image.at(y, 0), image.at(y, 0) + image.width, out.at(y, 0));
  return out;
}

/// In which images a predictor knows a face: the frontal one in both, that of faces turned aside in
/// the one whose face is turned as in its training.
enum class Facing { kBoth, kPlain, kMirrored };

/// Mean prediction over slightly moved and scaled boxes, on the window or its mirror image or both.
Landmarks steady_landmarks(const ShapePredictor& predict, const Image8& window, const Box& box,
                           Facing facing) {
  const Image8 mirror = facing == Facing::kPlain ? Image8() : mirrored(window);
  const auto width = static_cast<double>(window.width);
  const double side = box.right - box.left;
  constexpr double kMove = 0.04;
  constexpr double kMoves[][3] = {{0, 0, 1},      {kMove, 0, 1}, {-kMove, 0, 1}, {0, kMove, 1},
                                  {0, -kMove, 1}, {0, 0, 0.93},  {0, 0, 1.07}};
  Landmarks sum;
  for (const auto& [dx, dy, grow] : kMoves) {
    const double margin = (grow - 1) / 2 * side;
    const Box moved{box.left + dx * side - margin, box.top + dy * side - margin,
                    box.right + dx * side + margin, box.bottom + dy * side + margin};
    Landmarks plain, other;
    if (facing != Facing::kMirrored) plain = predict(window, moved);
    if (facing != Facing::kPlain)
      other = predict(mirror, {width - moved.right, moved.top, width - moved.left, moved.bottom});
    for (std::size_t i = 0; i < kLandmarks; ++i) {
      const Point& q = other[mirrored_landmark(i)];
      if (facing == Facing::kPlain) {
        sum[i] = {sum[i].x + plain[i].x, sum[i].y + plain[i].y};
      } else {
        sum[i].x += plain[i].x + width - q.x;
        sum[i].y += plain[i].y + q.y;
      }
    }
  }
  const double count = (facing == Facing::kBoth ? 2.0 : 1.0) * std::size(kMoves);
  for (Point& p : sum) p = {p.x / count, p.y / count};
  return sum;
}

/// dlib's rectangles name their last pixel; the centre of pixel i lies at i + 0.5.
Box box_of(const dlib::rectangle& rect) {
  return {static_cast<double>(rect.left()) + 0.5, static_cast<double>(rect.top()) + 0.5,
          static_cast<double>(rect.right()) + 0.5, static_cast<double>(rect.bottom()) + 0.5};
}

/// A window in which the detector's box is 256 px, the face upright as it was found.
Landmarks landmarks_in_box(const Predictors& predictors, const Image8& photo, const Search& found) {
  constexpr double kBoxSide = 256;
  const Box box = box_of(found.faces[0].rect);
  const double side = box.right - box.left;
  View view;
  view.center = found.view.to_image({(box.left + box.right) / 2, (box.top + box.bottom) / 2});
  view.scale = found.view.scale * kBoxSide / side;
  view.angle = found.view.angle;
  view.width = view.height = 2 * static_cast<std::int64_t>(kBoxSide);
  const Image8 window = look(photo, view);
  const Box middle{kBoxSide / 2, kBoxSide / 2, 1.5 * kBoxSide, 1.5 * kBoxSide};
  const Candidate& face = found.faces[0];
  const Facing facing = !face.aside     ? Facing::kBoth
                        : face.mirrored ? Facing::kMirrored
                                        : Facing::kPlain;
  Landmarks landmarks =
      steady_landmarks(face.aside ? predictors.side : predictors.frontal, window, middle, facing);
  for (Point& p : landmarks) p = view.to_image(p);
  return landmarks;
}

/// Angle of the line through the eyes, clockwise from level.
double roll(const Landmarks& landmarks) {
  Point right;
  Point left;
  for (std::size_t i = 0; i < 6; ++i) {
    right = {right.x + landmarks[36 + i].x, right.y + landmarks[36 + i].y};
    left = {left.x + landmarks[42 + i].x, left.y + landmarks[42 + i].y};
  }
  return std::atan2(left.y - right.y, left.x - right.x);
}

/// Faces beside the one that a window was cut for: the best face has none that is better.
enum class Neighbours { kTake, kPassOver };

/// Leaves the faces whose box holds the window's center.
void keep_central(Search& search) {
  const Point center{static_cast<double>(search.view.width) / 2,
                     static_cast<double>(search.view.height) / 2};
  const auto beside = [&center](const Candidate& face) {
    const Box box = box_of(face.rect);
    return center.x < box.left || center.x > box.right || center.y < box.top ||
           center.y > box.bottom;
  };
  search.faces.erase(std::remove_if(search.faces.begin(), search.faces.end(), beside),
                     search.faces.end());
}

/// The face alone, level by its eyes, searched again. The predictor was trained on level faces and
/// goes astray, angle included, beyond some 20 degrees: so, unless the face is certain, also a good
/// step to either side.
Search search_levelled(const dlib::frontal_face_detector& detector, const Image8& photo,
                       const Search& found, const Landmarks& landmarks, Neighbours neighbours) {
  constexpr double kBoxSide = 130;  // comfortably above the detector's 80
  constexpr double kStep = 0.35;
  const Box box = box_of(found.faces[0].rect);
  View view;
  view.center = found.view.to_image({(box.left + box.right) / 2, (box.top + box.bottom) / 2});
  view.scale = found.view.scale * kBoxSide / (box.right - box.left);
  view.width = view.height = static_cast<std::int64_t>(2.6 * kBoxSide);
  Search best;
  for (const double step : {0.0, -kStep, kStep}) {
    if (best.best() >= kCertain) break;
    view.angle = step - roll(landmarks);
    Search level = search(detector, photo, view);
    if (neighbours == Neighbours::kPassOver) keep_central(level);
    if (level.best() > best.best()) best = std::move(level);
  }
  return best;
}

/// The best one and all others that are sure; the search found one at least.
int sure_faces(const Search& found) {
  return 1 +
         static_cast<int>(std::count_if(found.faces.begin() + 1, found.faces.end(),
                                        [](const Candidate& face) { return face.score >= kSure; }));
}

/// The face of that number with its points, levelled where it is tilted.
FoundFace place(const dlib::frontal_face_detector& detector, const Predictors& predictors,
                const Image8& photo, const Search& all, std::size_t number) {
  Search found{all.view, {all.faces[number]}};
  const Neighbours neighbours = number == 0 ? Neighbours::kTake : Neighbours::kPassOver;
  FoundFace out;
  out.faces = sure_faces(all);
  out.landmarks = landmarks_in_box(predictors, photo, found);
  constexpr double kTilted = 0.15;
  for (int round = 0; round < 2 && !found.faces[0].aside; ++round) {
    if (std::abs(roll(out.landmarks) + found.view.angle) < kTilted) break;
    Search level = search_levelled(detector, photo, found, out.landmarks, neighbours);
    if (!(level.best() > found.best())) break;
    found = std::move(level);
    out.landmarks = landmarks_in_box(predictors, photo, found);
  }
  const Box box = box_of(found.faces[0].rect);
  const Point corners[] = {
      found.view.to_image({box.left, box.top}), found.view.to_image({box.right, box.top}),
      found.view.to_image({box.right, box.bottom}), found.view.to_image({box.left, box.bottom})};
  out.box = {corners[0].x, corners[0].y, corners[0].x, corners[0].y};
  for (const Point& p : corners) {
    out.box = {std::min(out.box.left, p.x), std::min(out.box.top, p.y),
               std::max(out.box.right, p.x), std::max(out.box.bottom, p.y)};
  }
  out.score = found.best();
  out.turned = found.view.angle;
  return out;
}

}  // namespace

std::filesystem::path predictor_file(const std::filesystem::path& given) {
  if (!given.empty()) return given;
  constexpr const char* kPlaces[] = {"/usr/share/dlib/shape_predictor_68_face_landmarks.dat",
                                     "/usr/local/share/dlib/shape_predictor_68_face_landmarks.dat"};
  for (const char* place : kPlaces) {
    if (std::filesystem::exists(place)) return place;
  }
  input_error(kPlaces[0], ": is missing; install the package libdlib-data");
}

std::filesystem::path side_predictor_file() {
  const auto found = find_resource(kSidePredictor);
  if (!found) input_error(kSidePredictor, ": is not beside the program; reinstall");
  return *found;
}

struct FaceFinder::Parts {
  dlib::frontal_face_detector detector;
  Predictors predictors;
};

FaceFinder::FaceFinder(const std::filesystem::path& predictor) {
  const std::filesystem::path file = predictor_file(predictor);
  // The detector unpacks for as long as the predictor takes to read.
  auto detector = std::async(std::launch::async, dlib::get_frontal_face_detector);
  Predictors predictors{ShapePredictor::read(file), ShapePredictor::read(side_predictor_file())};
  parts_ = std::make_unique<const Parts>(Parts{detector.get(), std::move(predictors)});
}
FaceFinder::~FaceFinder() = default;
FaceFinder::FaceFinder(FaceFinder&&) noexcept = default;
FaceFinder& FaceFinder::operator=(FaceFinder&&) noexcept = default;

std::optional<FoundFace> FaceFinder::find(const Image8& rgb) const {
  const Image8 photo = grey(rgb);
  const std::optional<Search> found = search_all(parts_->detector, photo);
  if (!found) return std::nullopt;
  return place(parts_->detector, parts_->predictors, photo, *found, 0);
}

std::vector<FoundFace> FaceFinder::find_all(const Image8& rgb) const {
  const Image8 photo = grey(rgb);
  const std::optional<Search> found = search_all(parts_->detector, photo);
  std::vector<FoundFace> out;
  const std::size_t faces = found ? static_cast<std::size_t>(sure_faces(*found)) : 0;
  for (std::size_t i = 0; i < faces; ++i)
    out.push_back(place(parts_->detector, parts_->predictors, photo, *found, i));
  return out;
}

}  // namespace fgcn::photo
