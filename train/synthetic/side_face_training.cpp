#include "train/synthetic/side_face_training.h"

#include <dlib/image_processing.h>
#include <dlib/svm_threaded.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numbers>
#include <sstream>

#include "kernels/core/parallel_failure.h"
#include "photo/decode/decode.h"
#include "photo/detect/shape_predictor.h"
#include "photo/resample.h"
#include "photo/view.h"
#include "train/run/rng_streams.h"
#include "train/synthetic/portraits.h"

namespace fgcn::train {
namespace {

constexpr int kWindow = 80;  // pixels, as of the frontal detector
constexpr double kOverlap = 0.4, kCover = 0.9;
constexpr std::int64_t kPortraitSize = 248;  // pixels
constexpr double kPixelsPerDm = 60;          // brows to chin take some 100 pixels
constexpr std::int64_t kPointsSize = 448;    // pixels: parts are whole ones
constexpr double kPointsPixelsPerDm = 110;
constexpr unsigned long kTrees = 50;                 // of a cascade; 3.4 MB in all
constexpr int kBoxes = 3;                            // about each face, moved and scaled at random:
constexpr double kBoxMove = 0.04, kBoxScale = 0.05;  // of the box's side
constexpr double kEyeDistance = 50;                  // pixels, of the frontal faces in photos
constexpr double kWeightUnit = 1.0 / 1048576;        // weights are written as multiples of it

using Scanner = dlib::scan_fhog_pyramid<dlib::pyramid_down<6>>;
using Pixels = dlib::array2d<unsigned char>;

struct Example {
  Image8 grey;
  std::vector<dlib::rectangle> faces;    // to be found
  std::vector<dlib::rectangle> ignored;  // neither
};

Pixels pixels_of(const Image8& grey) {
  Pixels out(grey.height, grey.width);
  for (std::int64_t y = 0; y < grey.height; ++y) std::copy_n(grey.at(y, 0), grey.width, &out[y][0]);
  return out;
}

/// The square about the middle of the points, as high as they are.
dlib::rectangle square_about(const photo::Landmarks& points) {
  double left = points[0].x, right = left, top = points[0].y, bottom = top;
  for (const photo::Point& p : points) {
    left = std::min(left, p.x);
    right = std::max(right, p.x);
    top = std::min(top, p.y);
    bottom = std::max(bottom, p.y);
  }
  const auto side = static_cast<unsigned long>(std::lround(bottom - top));
  return dlib::centered_rect(
      dlib::point(std::lround((left + right) / 2 - 0.5), std::lround((top + bottom) / 2 - 0.5)),
      side, side);
}

/// A picture with its true points.
struct Person {
  Image8 grey;
  photo::Landmarks points;
};

/// How pictures of people are drawn.
struct Drawing {
  double yaw;  // degrees
  std::int64_t size;
  double pixels_per_dm;
  int workers;
  std::uint64_t seed;
  std::uint64_t first;  // number of the first person
};

/// Fewer when stop() turns true.
std::vector<Person> draw_people(const mesh::FaceModel& model, const Drawing& how, std::size_t count,
                                const std::function<bool()>& stop,
                                const std::function<void()>& step) {
  std::vector<Person> out(count);
  ParallelFailure failure;
#pragma omp parallel num_threads(how.workers)
  failure.keep([&] {
    PortraitOptions chosen;
    chosen.yaw = how.yaw * std::numbers::pi / 180;
    chosen.size = how.size;
    chosen.pixels_per_dm = how.pixels_per_dm;
    PortraitSynthesizer draw(model, chosen);
    const auto workers = static_cast<std::size_t>(omp_get_num_threads());
    for (auto i = static_cast<std::size_t>(omp_get_thread_num()); i < count && !stop();
         i += workers) {
      const Portrait portrait = draw(number(RngStream::kSideFaces) + how.seed, how.first + i);
      out[i].grey = photo::grey(portrait.picture);
      for (std::size_t k = 0; k < photo::kLandmarks; ++k) {
        const auto at = static_cast<std::size_t>(model.landmarks[k]) * 3;
        out[i].points[k] = {static_cast<double>(portrait.face.screen[at]),
                            static_cast<double>(portrait.face.screen[at + 1])};
      }
#pragma omp critical(fgcn_side_faces)
      step();
    }
  });
  failure.rethrow();
  return out;
}

/// The photo at the faces' size; nothing where no face is found, because one may be there.
std::optional<Example> example_of(const photo::FaceFinder& finder,
                                  const std::filesystem::path& path) {
  const photo::Photo photo = photo::read_photo(path);
  const std::vector<photo::FoundFace> faces = finder.find_all(photo.rgb);
  if (faces.empty()) return {};
  const photo::Landmarks& first = faces[0].landmarks;
  photo::View view;
  view.scale = kEyeDistance / std::hypot(first[36].x - first[45].x, first[36].y - first[45].y);
  view.center = {static_cast<double>(photo.rgb.width) / 2,
                 static_cast<double>(photo.rgb.height) / 2};
  view.width = std::lround(view.scale * static_cast<double>(photo.rgb.width));
  view.height = std::lround(view.scale * static_cast<double>(photo.rgb.height));
  Example out{photo::look(photo::grey(photo.rgb), view), {}, {}};
  for (const photo::FoundFace& face : faces) {
    photo::Landmarks points = face.landmarks;
    for (photo::Point& p : points) p = view.from_image(p);
    out.ignored.push_back(square_about(points));
  }
  return out;
}

/// Training and held-out examples of one kind.
struct Examples {
  std::vector<Example> training, held_out;
};

}  // namespace

std::optional<SideFaceWeights> train_side_faces(
    const mesh::FaceModel& model, const photo::FaceFinder& finder, const SideFaceOptions& options,
    const std::function<bool()>& stop,
    const std::function<void(std::int64_t done, std::int64_t all)>& progress) {
  const auto faces = static_cast<std::size_t>(2 * options.faces);
  const std::size_t all = options.yaw.size() * faces + options.photos.size();
  std::size_t done = 0;
  const auto step = [&] {
    if (progress) progress(static_cast<std::int64_t>(++done), static_cast<std::int64_t>(all));
  };

  std::vector<Examples> people(options.yaw.size());
  for (std::size_t y = 0; y < options.yaw.size(); ++y) {
    std::vector<Example> drawn;
    for (Person& person : draw_people(model,
                                      {options.yaw[y], kPortraitSize, kPixelsPerDm, options.workers,
                                       options.seed, y * faces},
                                      faces, stop, step))
      drawn.push_back({std::move(person.grey), {square_about(person.points)}, {}});
    if (stop()) return {};
    const auto half = drawn.begin() + static_cast<std::ptrdiff_t>(faces / 2);
    people[y].training.assign(std::make_move_iterator(drawn.begin()),
                              std::make_move_iterator(half));
    people[y].held_out.assign(std::make_move_iterator(half), std::make_move_iterator(drawn.end()));
  }
  Examples photos;
  for (std::size_t i = 0; i < options.photos.size(); ++i) {
    if (stop()) return {};
    if (auto example = example_of(finder, options.photos[i]))
      (i % 3 == 0 ? photos.held_out : photos.training).push_back(std::move(*example));
    step();
  }

  dlib::array<Pixels> images;
  std::vector<std::vector<dlib::rectangle>> wanted, ignored;
  const auto add = [&](const std::vector<Example>& examples) {
    for (const Example& example : examples) {
      Pixels pixels = pixels_of(example.grey);
      images.push_back(pixels);
      wanted.push_back(example.faces);
      ignored.push_back(example.ignored);
    }
  };
  for (const Examples& at_yaw : people) add(at_yaw.training);
  add(photos.training);
  Scanner scanner;
  scanner.set_detection_window_size(kWindow, kWindow);
  dlib::structural_object_detection_trainer<Scanner> trainer(scanner);
  trainer.set_num_threads(static_cast<unsigned long>(options.workers));
  trainer.set_c(options.cost);
  trainer.set_epsilon(0.05);
  trainer.set_overlap_tester(dlib::test_box_overlap(kOverlap, kCover));
  auto detector = trainer.train(images, wanted, ignored);

  SideFaceWeights out;
  out.weights.assign(detector.get_w(0).begin(), detector.get_w(0).end());
  const auto finds = [&](const Example& example) {
    std::vector<dlib::rect_detection> found;
    detector(pixels_of(example.grey), found, 0.0);
    return found;
  };
  for (const Examples& at_yaw : people) {
    std::int64_t found = 0;
    for (const Example& example : at_yaw.held_out)
      for (const dlib::rect_detection& face : finds(example))
        if (dlib::box_intersection_over_union(face.rect, example.faces[0]) > 0.5) {
          ++found;
          break;
        }
    out.found.push_back(static_cast<double>(found) / static_cast<double>(at_yaw.held_out.size()));
  }
  out.held_out = static_cast<std::int64_t>(photos.held_out.size());
  for (const Example& example : photos.held_out)
    for (const dlib::rect_detection& face : finds(example))
      if (std::none_of(example.ignored.begin(), example.ignored.end(), [&](const auto& frontal) {
            return dlib::box_intersection_over_union(face.rect, frontal) > 0.3;
          }))
        ++out.false_finds;
  return out;
}

std::optional<SideLandmarks> train_side_landmarks(
    const mesh::FaceModel& model, const SideFaceOptions& options, const std::function<bool()>& stop,
    const std::function<void(std::int64_t done, std::int64_t all)>& progress) {
  const auto learnt = static_cast<std::size_t>(options.faces);
  const std::size_t faces = learnt + learnt / 2;
  std::size_t done = 0;
  const auto step = [&] {
    if (progress)
      progress(static_cast<std::int64_t>(++done),
               static_cast<std::int64_t>(options.yaw.size() * faces));
  };
  dlib::array<Pixels> images;
  std::vector<std::vector<dlib::full_object_detection>> shapes;
  std::vector<std::vector<Person>> held_out;
  Rng rng = rng_of(options.seed, RngStream::kSideFaces);
  for (std::size_t y = 0; y < options.yaw.size(); ++y) {
    std::vector<Person> people = draw_people(model,
                                             {options.yaw[y], kPointsSize, kPointsPixelsPerDm,
                                              options.workers, options.seed + 1, y * faces},
                                             faces, stop, step);
    if (stop()) return {};
    for (std::size_t i = 0; i < learnt; ++i) {
      std::vector<dlib::point> parts;
      for (const photo::Point& p : people[i].points)
        parts.emplace_back(std::lround(p.x - 0.5), std::lround(p.y - 0.5));
      const dlib::rectangle exact = square_about(people[i].points);
      std::vector<dlib::full_object_detection> moved;
      for (int copy = 0; copy < kBoxes; ++copy) {
        const auto side = static_cast<double>(exact.width());
        const auto wide =
            static_cast<unsigned long>(std::lround(side * (1 + kBoxScale * rng.normal())));
        const dlib::point center = dlib::center(exact);
        moved.emplace_back(
            dlib::centered_rect(center.x() + std::lround(kBoxMove * side * rng.normal()),
                                center.y() + std::lround(kBoxMove * side * rng.normal()), wide,
                                wide),
            parts);
      }
      Pixels pixels = pixels_of(people[i].grey);
      images.push_back(pixels);
      shapes.push_back(std::move(moved));
    }
    held_out.emplace_back(std::make_move_iterator(people.begin() + options.faces),
                          std::make_move_iterator(people.end()));
  }
  dlib::shape_predictor_trainer trainer;
  trainer.set_cascade_depth(10);
  trainer.set_num_trees_per_cascade_level(kTrees);
  trainer.set_tree_depth(3);
  trainer.set_oversampling_amount(6);
  trainer.set_feature_pool_size(400);
  trainer.set_num_test_splits(40);
  trainer.set_num_threads(static_cast<unsigned long>(options.workers));
  trainer.set_random_seed(std::to_string(options.seed));
  std::ostringstream stream;
  stream.exceptions(std::ios::badbit);  // or a lack of memory cuts the file off
  dlib::serialize(trainer.train(images, shapes), stream);
  const std::string text = stream.str();
  SideLandmarks out;
  out.file.assign(text.begin(), text.end());
  const photo::ShapePredictor predict = photo::ShapePredictor::parse(out.file, "side landmarks");
  for (const std::vector<Person>& people : held_out) {
    double sum = 0;
    for (const Person& person : people) {
      const dlib::rectangle exact = square_about(person.points);
      const photo::Landmarks found = predict(
          person.grey,
          {static_cast<double>(exact.left()) + 0.5, static_cast<double>(exact.top()) + 0.5,
           static_cast<double>(exact.right()) + 0.5, static_cast<double>(exact.bottom()) + 0.5});
      const auto off = [](const photo::Point& a, const photo::Point& b) {
        return std::hypot(a.x - b.x, a.y - b.y);
      };
      for (std::size_t k = 0; k < found.size(); ++k)
        sum += off(found[k], person.points[k]) / off(person.points[27], person.points[8]);
    }
    out.missed.push_back(sum / static_cast<double>(people.size() * photo::kLandmarks));
  }
  return out;
}

std::string side_face_header(const SideFaceWeights& trained, const std::string& provenance) {
  std::ostringstream out;
  out.exceptions(std::ios::badbit);  // or a lack of memory leaves numbers out
  out << "// Weights of find_side_faces(), written by fgcn_data side-faces.\n"
         "#pragma once\n\n"
         "#include <array>\n"
         "#include <cstdint>\n\n"
         "namespace fgcn::photo {\n\n"
         "/// "
      << provenance
      << "\n/// Window: pixels a side. Overlap and cover: of boxes that are one face.\n"
      << "constexpr unsigned long kSideFaceWindow = " << kWindow
      << ";\nconstexpr double kSideFaceOverlap = " << kOverlap
      << ";\nconstexpr double kSideFaceCover = " << kCover
      << ";\nconstexpr double kSideFaceUnit = 1.0 / " << std::lround(1 / kWeightUnit)
      << ";\n// clang-format off\nconstexpr std::array<std::int32_t, " << trained.weights.size()
      << "> kSideFaceWeights = {";
  for (std::size_t i = 0; i < trained.weights.size(); ++i)
    out << (i % 16 == 0 ? "\n    " : " ") << std::lround(trained.weights[i] / kWeightUnit) << ",";
  out << "\n};\n// clang-format on\n\n}  // namespace fgcn::photo\n";
  return out.str();
}

}  // namespace fgcn::train
