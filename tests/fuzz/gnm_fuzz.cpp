// Google's GNM head as the user gives it. The first byte says: its arrays, which the input changes
// (tests/fuzz/script.h); a whole archive; or the text of landmarks. No colors are painted on: that
// takes a second, and reads nothing.
#include <string>
#include <vector>

#include "io/arrays/npz.h"
#include "mesh/face/gnm_import.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/no_painting.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/tiny_face.h"
#include "tests/mesh/face/gnm_files.h"

namespace {

using fgcn::Bytes;
using fgcn::io::Npz;

/// Every landmark has a triangle.
const fgcn::mesh::FaceModel& face() {
  static const fgcn::mesh::FaceModel out = [] {
    fgcn::mesh::FaceModel model = fgcn::fuzz::tiny_face();
    for (std::int32_t v = 0; v + 2 < 68; ++v) model.triangles.push_back({v, v + 1, v + 2});
    return model;
  }();
  return out;
}

void import(std::span<const std::uint8_t> archive, std::span<const std::uint8_t> landmarks) {
  static fgcn::fuzz::MemoryFile head, points;
  head.write(archive);
  points.write(landmarks);
  fgcn::mesh::GnmOptions options;
  options.landmarks = points.path();
  const fgcn::mesh::FaceModel model = fgcn::mesh::import_gnm(head.path(), options);
  fgcn::fuzz::use_accepted([&] { check(model, "imported"); });
}

Bytes encoded(const Npz& arrays) { return encode_npz(arrays, fgcn::io::ZipMethod::kStored); }

void read_input(std::span<const std::uint8_t> input) {
  static const Npz arrays = fgcn::test::gnm_head(face());
  static const Bytes archive = encoded(arrays);
  static const std::string text = fgcn::test::gnm_landmarks(face());
  static const Bytes landmarks(text.begin(), text.end());
  fgcn::fuzz::Script script(input);
  const int how = script.byte() % 3;
  if (how == 0) import(encoded(changed(arrays, script)), landmarks);
  if (how == 1) import(script.rest(), landmarks);
  if (how == 2) import(archive, script.rest());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
