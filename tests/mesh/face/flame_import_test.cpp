// FLAME's head: a face written as its arrays comes back; arrays that do not fit are named.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/temporary_folder.h"
#include "kernels/core/error.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/morphable/flame.h"
#include "mesh/face/morphable/morphable_import.h"
#include "tests/mesh/face/model_files.h"

namespace fgcn::mesh {
namespace {

namespace fs = std::filesystem;

const FaceModel& face() {
  static const FaceModel model = make_embedded_face();
  return model;
}

using test::difference;

void write_text(const fs::path& path, const std::string& text) { write_file(path, text); }

std::string landmark_lines() {
  std::string out;
  for (const std::int32_t v : face().landmarks) out += std::to_string(v) + " 1\n";
  return out;
}

}  // namespace

TEST_CASE("FLAME: metres become decimetres, 300 identities, joints, the points of its embedding") {
  const TemporaryFolder folder;
  const io::Npz arrays = test::flame_arrays(face());
  io::write_npz(folder / "flame.npz", arrays, io::ZipMethod::kStored);
  io::write_npz(folder / "points.npz", test::flame_embedding(face()));
  FlameOptions options;
  options.landmarks = folder / "points.npz";
  const FaceModel model = import_flame(folder / "flame.npz", options);
  CHECK(difference(model.mean_shape, face().mean_shape) <= 1e-5);
  CHECK(model.landmarks == face().landmarks);
  CHECK(model.landmark_points.weights.at(1) + model.landmark_points.weights.at(0) +
            model.landmark_points.weights.at(2) ==
        doctest::Approx(1));
  CHECK(model.expression.count == std::min<std::int64_t>(64, face().expression.count));
  const std::size_t numbers = face().mean_shape.size();
  const auto first = [&](const Modes& modes) {
    return std::vector<float>(modes.data.begin(),
                              modes.data.begin() + static_cast<std::ptrdiff_t>(numbers));
  };
  CHECK(difference(first(model.expression), first(face().expression)) <= 1e-6);
  CHECK(difference(first(model.identity), first(face().identity)) <= 1e-6);
  CHECK(model.joints.names ==
        std::vector<std::string>{"root", "neck", "jaw", "left_eye", "right_eye"});
  CHECK(model.joints.parents == std::vector<std::int32_t>{-1, 0, 1, 1, 1});
  CHECK(model.joints.positions.at(3) == doctest::Approx(model.mean_shape.at(30)).epsilon(1e-4));
  CHECK(int{model.joints.joints.at(0)} == 2);
  CHECK(model.joints.weights.at(0) == doctest::Approx(0.75));
  // The same points as lines of text.
  write_text(folder / "points.txt", landmark_lines());
  options.landmarks = folder / "points.txt";
  CHECK(import_flame(folder / "flame.npz", options).landmarks == face().landmarks);

  // One mode is quicker to copy than 300.
  io::Npz few = arrays;
  const std::vector<double> zeros(numbers, 0.0);
  few["shapedirs"] = io::NpyArray::of({static_cast<std::int64_t>(numbers / 3), 3, 1},
                                      std::span<const double>(zeros));
  CHECK(morphable::flame_of(few, "few.npz").modes == 1);
  const auto refuse = [&](const std::string& array, const io::NpyArray* with,
                          const std::string& sentence) {
    CAPTURE(sentence);
    io::Npz other = few;
    other.erase(array);
    if (with != nullptr) other[array] = *with;
    CHECK_THROWS_WITH_AS(morphable::flame_of(other, "other.npz"),
                         doctest::Contains(("other.npz: " + sentence).c_str()), InputError);
  };
  const std::vector<double> three{0, 0, 0};
  const auto small = io::NpyArray::of({1, 3}, std::span<const double>(three));
  refuse("shapedirs", nullptr, "holds no array \"shapedirs\"");
  refuse("v_template", &small, "v_template has 1 vertices, expected 5023");
  refuse("shapedirs", &small, "shapedirs is [1, 3], expected [");
  const std::vector<std::int64_t> beyond{0, 1, 1'000'000};
  const auto far = io::NpyArray::of({1, 3}, std::span<const std::int64_t>(beyond));
  refuse("f", &far, "f holds 1000000, expected 0 to");
  const std::vector<std::int64_t> loop{-1, 2, 1, 1, 1, 0, 1, 2, 3, 4};
  const auto tree = io::NpyArray::of({2, 5}, std::span<const std::int64_t>(loop));
  refuse("kintree_table", &tree, "kintree_table has the parent 2 of joint 1");
  write_text(folder / "words.pkl", "once upon a time");
  CHECK_THROWS_WITH_AS(import_flame(folder / "words.pkl", options),
                       doctest::Contains("words.pkl: is neither a pickle nor an .npz"), InputError);
}

}  // namespace fgcn::mesh
