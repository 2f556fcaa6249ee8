// The ICT-FaceKit as the user gives it. The first byte says: an archive, whose arrays the input
// changes (tests/fuzz/script.h); a whole archive; or the folder's files, each behind two bytes of
// length. Meshes of a folder may get the vertices that every mesh of the kit has: these take long.
// No colors are painted on: that takes a second, and reads nothing.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "io/arrays/npz.h"
#include "io/temporary_folder.h"
#include "mesh/face/color_transfer.h"
#include "mesh/face/embedded/embedded_face.h"
#include "mesh/face/ict_import.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/tiny_face.h"

namespace fgcn::mesh {

/// In the place of mesh/face's: the linker takes what is here.
FaceModel make_embedded_face() { return {}; }
using Painted =
    decltype(transfer_colors(std::declval<const FaceModel&>(), std::declval<FaceModel&>()));
Painted transfer_colors(const FaceModel& /*from*/, FaceModel& to) {
  to.mean_albedo.assign(to.mean_shape.size(), 0.5F);
  to.skin.assign(to.mean_shape.size() / 3, 1);
  return Painted();
}

}  // namespace fgcn::mesh

namespace {

using fgcn::Bytes;
using fgcn::io::NpyArray;
using fgcn::io::Npz;

constexpr std::int64_t kFaceVertices = 9409;
constexpr const char* kFiles[] = {"vertex_indices.json", "generic_neutral_mesh.obj",
                                  "identity000.obj", "jawOpen.obj"};

/// The tiny face as the kit's archive, in centimetres.
Npz right() {
  const fgcn::mesh::FaceModel face = fgcn::fuzz::tiny_face();
  Npz out;
  std::vector<float> xyz = face.mean_shape;
  for (float& x : xyz) x *= 10;
  const std::int64_t v = face.vertices();
  out["neutral"] = NpyArray::of({v, 3}, std::span<const float>(xyz));
  out["id_delta"] = NpyArray::of({1, v, 3}, std::span<const float>(face.identity.data));
  out["exp_delta"] = NpyArray::of({1, v, 3}, std::span<const float>(face.expression.data));
  out["uv"] = NpyArray::of({v, 2}, std::span<const float>(face.uv));
  const std::vector<std::int32_t> quads{27, 31, 33, 35, 31, 48, 57, 33, 33, 57, 54, 35};
  out["quads"] = NpyArray::of({3, 4}, std::span<const std::int32_t>(quads));
  out["quads_uv"] = out["quads"];
  out["landmarks68"] = NpyArray::of({68}, std::span<const std::int32_t>(face.landmarks));
  return out;
}

void check_import(const std::filesystem::path& source) {
  const fgcn::mesh::FaceModel model = fgcn::mesh::import_ict(source);
  fgcn::fuzz::use_accepted([&] { check(model, "imported"); });
}

void import_archive(const Bytes& bytes) {
  static fgcn::fuzz::MemoryFile file;
  file.write(bytes);
  check_import(file.path());
}

/// In place, without what makes a file safe on a disk.
void write(const std::filesystem::path& path, const std::string& text) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0 ||
      ::write(descriptor, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    std::abort();
  ::close(descriptor);
}

enum class Vertices { kAsGiven, kAdded };

void import_folder(fgcn::fuzz::Script& script, Vertices how) {
  static const fgcn::TemporaryFolder folder;
  static const std::string vertices = [] {
    const fgcn::mesh::FaceModel face = fgcn::fuzz::tiny_face();
    std::string out;
    for (std::size_t i = 0; i < face.mean_shape.size(); i += 3)
      out += fgcn::text("v ", 10 * face.mean_shape[i], " ", 10 * face.mean_shape[i + 1], " ",
                        10 * face.mean_shape[i + 2], "\n");
    for (std::int64_t v = face.vertices(); v < kFaceVertices; ++v) {
      const std::int64_t row = v / 97, column = v % 97;
      out += fgcn::text("v 0 ", 0.3 * static_cast<double>(column), " ",
                        -0.3 * static_cast<double>(row), "\n");
    }
    return out;
  }();
  for (const char* name : kFiles) {
    const std::size_t length = std::min<std::size_t>(script.number(2), script.rest().size());
    std::string body;
    for (std::size_t i = 0; i < length; ++i) body += static_cast<char>(script.byte());
    const bool mesh = name != kFiles[0];
    if (mesh && body.empty()) {
      std::filesystem::remove(folder / name);
    } else {
      if (mesh && how == Vertices::kAdded) body.append("\n").append(vertices);
      write(folder / name, body);
    }
  }
  check_import(folder.path());
}

void read_input(std::span<const std::uint8_t> input) {
  static const Npz archive = right();
  fgcn::fuzz::Script script(input);
  const int how = script.byte() % 4;
  if (how == 0) import_archive(encode_npz(changed(archive, script), fgcn::io::ZipMethod::kStored));
  if (how == 1) import_archive(Bytes(script.rest().begin(), script.rest().end()));
  if (how == 2) import_folder(script, Vertices::kAsGiven);
  if (how == 3) import_folder(script, Vertices::kAdded);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, read_input);
}
