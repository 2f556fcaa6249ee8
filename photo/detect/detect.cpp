#include "photo/detect/detect.h"

#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <utility>
#include <vector>

#include "io/resources.h"
#include "kernels/core/error.h"
#include "photo/detect/face_search.h"
#include "photo/detect/shape_predictor.h"
#include "photo/resample.h"
#include "photo/view.h"

namespace fgcn::photo {
namespace {

constexpr const char* kSidePredictor = "side_landmarks.dat";

struct Predictors {
  ShapePredictor frontal, side;
};

Image8 mirrored(const Image8& image) {
  Image8 out(image.height, image.width, 1);
  for (std::int64_t y = 0; y < image.height; ++y)
    std::reverse_copy(image.at(y, 0), image.at(y, 0) + image.width, out.at(y, 0));
  return out;
}

/// In which images a predictor knows a face: the frontal one in both, that of faces turned aside in
/// the one whose face is turned as in its training.
enum class Facing { kBoth, kPlain, kMirrored };

struct SteadyLandmarks {
  Landmarks mean;
  PointSpread spread{};
};

/// Mean prediction over slightly moved and scaled boxes, on the window or its mirror image or both.
SteadyLandmarks steady_landmarks(const ShapePredictor& predict, const Image8& window,
                                 const Box& box, Facing facing) {
  const Image8 mirror = facing == Facing::kPlain ? Image8() : mirrored(window);
  const auto width = static_cast<double>(window.width);
  const double side = box.right - box.left;
  constexpr double kMove = 0.04;
  constexpr double kMoves[][3] = {{0, 0, 1},      {kMove, 0, 1}, {-kMove, 0, 1}, {0, kMove, 1},
                                  {0, -kMove, 1}, {0, 0, 0.93},  {0, 0, 1.07}};
  std::vector<Landmarks> all;
  for (const auto& [dx, dy, grow] : kMoves) {
    const double margin = (grow - 1) / 2 * side;
    const Box moved{box.left + dx * side - margin, box.top + dy * side - margin,
                    box.right + dx * side + margin, box.bottom + dy * side + margin};
    if (facing != Facing::kMirrored) all.push_back(predict(window, moved));
    if (facing == Facing::kPlain) continue;
    const Landmarks other =
        predict(mirror, {width - moved.right, moved.top, width - moved.left, moved.bottom});
    Landmarks& back = all.emplace_back();
    for (std::size_t i = 0; i < kLandmarks; ++i) {
      const Point& q = other[mirrored_landmark(i)];
      back[i] = {width - q.x, q.y};
    }
  }
  SteadyLandmarks out;
  const auto count = static_cast<double>(all.size());
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    Point& mean = out.mean[i];
    for (const Landmarks& one : all) mean = {mean.x + one[i].x / count, mean.y + one[i].y / count};
    double sum = 0;
    for (const Landmarks& one : all)
      sum += std::pow(one[i].x - mean.x, 2) + std::pow(one[i].y - mean.y, 2);
    out.spread[i] = std::sqrt(sum / count);
  }
  return out;
}

/// dlib's rectangles name their last pixel; the centre of pixel i lies at i + 0.5.
Box box_of(const dlib::rectangle& rect) {
  return {static_cast<double>(rect.left()) + 0.5, static_cast<double>(rect.top()) + 0.5,
          static_cast<double>(rect.right()) + 0.5, static_cast<double>(rect.bottom()) + 0.5};
}

/// A window in which the detector's box is 256 px, the face upright as it was found.
SteadyLandmarks landmarks_in_box(const Predictors& predictors, const Image8& photo,
                                 const Search& found) {
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
  SteadyLandmarks out =
      steady_landmarks(face.aside ? predictors.side : predictors.frontal, window, middle, facing);
  for (Point& p : out.mean) p = view.to_image(p);
  for (double& spread : out.spread) spread /= view.scale;
  return out;
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

/// A window about the face alone.
View close_view(const Search& found) {
  constexpr double kBoxSide = 130;  // comfortably above the detector's 80
  const Box box = box_of(found.faces[0].rect);
  View view;
  view.center = found.view.to_image({(box.left + box.right) / 2, (box.top + box.bottom) / 2});
  view.scale = found.view.scale * kBoxSide / (box.right - box.left);
  view.width = view.height = static_cast<std::int64_t>(2.6 * kBoxSide);
  return view;
}

/// A face to be placed: where it was found, and its points.
struct Placed {
  Search found;
  Landmarks landmarks;
  PointSpread spread{};

  int lean() const { return found.faces[0].lean; }
};

/// Brings faces level.
class Leveller {
 public:
  Leveller(const dlib::frontal_face_detector& detector, const Predictors& predictors,
           const Image8& photo, Neighbours neighbours)
      : detector_(detector), predictors_(predictors), photo_(photo), neighbours_(neighbours) {}

  /// A tilted face, by its eyes, as long as that finds it better.
  void level(Placed& face) const {
    constexpr double kTilted = 0.15;
    for (int round = 0; round < 2 && !face.found.faces[0].aside; ++round) {
      if (std::abs(roll(face.landmarks) + face.found.view.angle) < kTilted) return;
      Search level = search_levelled(face);
      if (!(level.best() > face.found.best())) return;
      take(std::move(level), face);
    }
  }

  /// A face that a filter of rolled faces found; its points say little of its roll. It is looked
  /// for where a filter of level faces would see it, and leveled from there.
  void right(Placed& face) const {
    constexpr double kRolled = 0.6, kStep = 0.26;  // the two filters' reach: 20 to 50 degrees
    constexpr double kWorse = 0.5;                 // by which one filter scores less than another
    Search best;
    View view = close_view(face.found);
    for (const double step : {-kStep, 0.0, kStep}) {
      view.angle = face.found.view.angle + face.lean() * (kRolled + step);
      Search righted = search(detector_, photo_, view);
      keep_central(righted);
      if (righted.faces.empty() || righted.faces[0].lean != 0) continue;
      if (righted.best() > best.best()) best = std::move(righted);
    }
    if (best.best() < std::max(kLeastFace, face.found.best() - kWorse)) return;
    Placed upright{{}, {}, {}};
    take(std::move(best), upright);
    level(upright);
    face = std::move(upright);
  }

  void take(Search found, Placed& face) const {
    face.found = std::move(found);
    const SteadyLandmarks points = landmarks_in_box(predictors_, photo_, face.found);
    face.landmarks = points.mean;
    face.spread = points.spread;
  }

 private:
  Search look_for(const View& view) const {
    Search out = search(detector_, photo_, view);
    if (neighbours_ == Neighbours::kPassOver) keep_central(out);
    return out;
  }

  /// The face alone, level by its eyes, searched again. The predictor was trained on level faces
  /// and goes astray, angle included, beyond some 20 degrees: so, unless the face is certain, also
  /// a good step to either side.
  Search search_levelled(const Placed& face) const {
    constexpr double kStep = 0.35;
    View view = close_view(face.found);
    Search best;
    for (const double step : {0.0, -kStep, kStep}) {
      if (best.best() >= kCertainFace) break;
      view.angle = step - roll(face.landmarks);
      Search level = look_for(view);
      if (level.best() > best.best()) best = std::move(level);
    }
    return best;
  }

  const dlib::frontal_face_detector& detector_;
  const Predictors& predictors_;
  const Image8& photo_;
  Neighbours neighbours_;
};

/// The best one and all others that are sure; the search found one at least.
int sure_faces(const Search& found) {
  return 1 + static_cast<int>(
                 std::count_if(found.faces.begin() + 1, found.faces.end(),
                               [](const Candidate& face) { return face.score >= kSureFace; }));
}

/// The face of that number with its points, levelled where it is tilted.
FoundFace place(const dlib::frontal_face_detector& detector, const Predictors& predictors,
                const Image8& photo, const Search& all, std::size_t number) {
  const Leveller leveller(detector, predictors, photo,
                          number == 0 ? Neighbours::kTake : Neighbours::kPassOver);
  Placed face;
  leveller.take({all.view, {all.faces[number]}}, face);
  leveller.level(face);
  if (face.lean() != 0) leveller.right(face);
  const Search& found = face.found;
  FoundFace out;
  out.faces = sure_faces(all);
  out.landmarks = face.landmarks;
  out.spread = face.spread;
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
  const std::optional<Search> found = search_all(parts_->detector, photo, Wanted::kBest);
  if (!found) return std::nullopt;
  return place(parts_->detector, parts_->predictors, photo, *found, 0);
}

std::vector<FoundFace> FaceFinder::find_all(const Image8& rgb) const {
  const Image8 photo = grey(rgb);
  const std::optional<Search> found = search_all(parts_->detector, photo, Wanted::kAll);
  std::vector<FoundFace> out;
  const std::size_t faces = found ? static_cast<std::size_t>(sure_faces(*found)) : 0;
  for (std::size_t i = 0; i < faces; ++i)
    out.push_back(place(parts_->detector, parts_->predictors, photo, *found, i));
  return out;
}

}  // namespace fgcn::photo
