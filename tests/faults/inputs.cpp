// inputs FOLDER: what fault_sweep.py, power_loss.py and heap_fill.py give to the programs. Writes a
// small face (face.safetensors), a data set of it (photos.fgd) and two pictures of the embedded
// face (photos/a.png, photos/b.png) that the detector takes for people. Also the face as others
// publish one (bfm/model.mat), as a mesh with a texture (mesh/face.obj) and as meshes to learn from
// (mesh/meshes.npy), and arrays to convert (mesh/arrays.npz).
// inputs FOLDER --unwritten: writes memory that nobody has written (unwritten), the fault that
// heap_fill.py must see.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "apps/bench/lit_portrait.h"
#include "io/arrays/npz.h"
#include "io/file.h"
#include "io/image.h"
#include "io/mesh/mesh_file.h"
#include "tests/device/small_face.h"
#include "tests/mesh/face/model_files.h"
#include "tests/support/rendered_data.h"

namespace fgcn {
namespace {

/// The face with its modes, one after the other: meshes that differ.
io::NpyArray meshes_of(const mesh::FaceModel& face, std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t n = 0; n < count; ++n) {
    const auto mode = static_cast<std::size_t>(n % face.identity.count) * face.mean_shape.size();
    for (std::size_t i = 0; i < face.mean_shape.size(); ++i)
      values.push_back(face.mean_shape[i] + face.identity.data[mode + i]);
  }
  return io::NpyArray::of({count, face.vertices(), 3}, std::span<const float>(values));
}

void write_meshes(const std::filesystem::path& folder, const mesh::FaceModel& face) {
  std::filesystem::create_directories(folder);
  mesh::MeshFile out;
  for (std::size_t i = 0; i + 2 < face.mean_shape.size(); i += 3)
    out.surface.vertices.push_back(
        {face.mean_shape[i], face.mean_shape[i + 1], face.mean_shape[i + 2]});
  for (std::size_t i = 0; i + 1 < face.uv.size(); i += 2)
    out.surface.uvs.push_back({face.uv[i], face.uv[i + 1]});
  out.surface.triangles = face.triangles;
  out.surface.texture_png = encode_png(Image8(16, 16, 3, 200));
  mesh::write_mesh_file(folder / "face.obj", out);
  const io::NpyArray meshes = meshes_of(face, 16);
  write_file(folder / "meshes.npy", io::encode_npy(meshes));
  io::write_npz(folder / "arrays.npz", {{"meshes", meshes}});
}

int run(const std::filesystem::path& folder) {
  const mesh::FaceModel small = test::small_face(3, 2);
  std::filesystem::create_directories(folder / "photos");
  mesh::write_face_model(folder / "face.safetensors", small);
  test::write_rendered_data(folder / "photos.fgd", small, 8);
  const mesh::FaceModel whole = mesh::make_embedded_face();
  write_png(folder / "photos" / "a.png", bench::lit_portrait(whole, 1.0F));
  write_png(folder / "photos" / "b.png", bench::lit_portrait(whole, 0.8F));
  std::filesystem::create_directories(folder / "bfm");
  test::write_composed(folder / "bfm" / "model.mat", small);
  write_meshes(folder / "mesh", small);
  return 0;
}

int write_unwritten(const std::filesystem::path& folder) {
  const auto memory = std::make_unique_for_overwrite<std::uint8_t[]>(64);
  write_file(folder / "unwritten", std::span<const std::uint8_t>(memory.get(), 64));
  return 0;
}

}  // namespace
}  // namespace fgcn

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[2]) == "--unwritten") return fgcn::write_unwritten(argv[1]);
    return argc == 2 ? fgcn::run(argv[1]) : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "inputs: %s\n", error.what());
    return 1;
  }
}
