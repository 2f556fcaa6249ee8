// Morphable models as the user gives them. The first byte says: a whole MAT or HDF5 file, told
// apart by its content, or FLAME's arrays or its landmarks, which the input changes
// (tests/fuzz/script.h). No colors are painted on: that takes a second, and reads nothing.
#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/arrays/npz.h"
#include "mesh/face/morphable/flame.h"
#include "mesh/face/morphable/morphable_import.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/no_painting.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/tiny_face.h"
#include "tests/mesh/face/model_files.h"

namespace {

using fgcn::io::Npz;
namespace morphable = fgcn::mesh::morphable;

void import_file(std::span<const std::uint8_t> bytes) {
  static fgcn::fuzz::MemoryFile file;
  file.write(bytes);
  const std::vector<std::filesystem::path> paths{file.path()};
  const fgcn::mesh::FaceModel model = fgcn::mesh::import_bfm(paths, {}).model;
  fgcn::fuzz::use_accepted([&] { check(model, "imported"); });
}

/// Landmarks of every triangle, so that an array that was changed still has points.
void import_flame(const Npz& arrays, const Npz& points) {
  const morphable::FlameFile file = morphable::flame_of(arrays, "flame");
  morphable::RawModel raw = morphable::flame_model(file, {});
  morphable::add_landmarks(morphable::flame_landmarks(
                               points, static_cast<std::int64_t>(file.triangles.size()), "points"),
                           raw);
  const fgcn::mesh::FaceModel model = morphable::completed(std::move(raw), "flame");
  fgcn::fuzz::use_accepted([&] { check(model, "imported"); });
}

void read_input(std::span<const std::uint8_t> input) {
  static const fgcn::mesh::FaceModel face = [] {
    fgcn::mesh::FaceModel out = fgcn::fuzz::tiny_face();
    // Every landmark has a triangle.
    for (std::int32_t v = 0; v + 2 < 68; ++v) out.triangles.push_back({v, v + 1, v + 2});
    return out;
  }();
  static const Npz arrays = fgcn::test::flame_arrays(face);
  static const Npz points = fgcn::test::flame_embedding(face);
  fgcn::fuzz::Script script(input);
  const int how = script.byte() % 3;
  if (how == 0) import_file(script.rest());
  if (how == 1) import_flame(changed(arrays, script), points);
  if (how == 2) import_flame(arrays, changed(points, script));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
