// Face models: whole files (the first byte even) whose checksums are passed over, or changes of a
// tiny one, written with right checksums (tests/fuzz/script.h).
#include "io/arrays/safetensors.h"
#include "io/temporary_folder.h"
#include "mesh/face/face_fingerprint.h"
#include "mesh/face/face_model.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/tiny_face.h"

namespace {

using fgcn::Bytes;
using fgcn::mesh::FaceModel;

Bytes file_of(std::span<const std::uint8_t> input) {
  static const fgcn::TemporaryFolder folder;
  static const fgcn::io::Safetensors tiny = [] {
    write_face_model(folder / "tiny", fgcn::fuzz::tiny_face());
    return fgcn::io::read_safetensors(folder / "tiny");
  }();
  const std::uint8_t how = input.empty() ? 0 : input[0];
  input = input.subspan(input.empty() ? 0 : 1);
  if (how % 2 == 0) return fgcn::fuzz::without_checksums(input);
  fgcn::fuzz::Script script(input);
  try {
    return encode_safetensors(changed(tiny, script));
  } catch (const fgcn::Error&) {
    return {};  // a text of the script is not UTF-8
  }
}

void read_input(std::span<const std::uint8_t> input) {
  static fgcn::fuzz::MemoryFile file;
  file.write(file_of(input));
  const FaceModel model = fgcn::mesh::read_face_model(file.path());
  fgcn::fuzz::use_accepted([&] { check(model, "what was read"); });
  const std::vector<float> one(static_cast<std::size_t>(model.identity.count), 1.0F);
  const std::vector<float> open(static_cast<std::size_t>(model.expression.count), 1.0F);
  const std::vector<float> all = shape(model, one, open);
  FGCN_CHECK(all.size() == model.mean_shape.size(), "face model: a shape of another size");
  const std::vector<float> some = shape_at(model, one, open, model.landmarks);
  for (std::size_t k = 0; k < model.landmarks.size(); ++k)
    FGCN_CHECK(some[3 * k] == all[3 * static_cast<std::size_t>(model.landmarks[k])],
               "face model: a landmark is elsewhere");
  const auto print = fingerprint(model);
  FGCN_CHECK(same_face(print, print), "face model: is not itself");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
