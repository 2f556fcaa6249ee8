// inputs FOLDER: what fault_sweep.py, power_loss.py and heap_fill.py give to the programs. Writes a
// small face (face.safetensors), a data set of it (photos.fgd) and two pictures of the embedded
// face (photos/a.png, photos/b.png) that the detector takes for people.
// inputs FOLDER --unwritten: writes memory that nobody has written (unwritten), the fault that
// heap_fill.py must see.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/file.h"
#include "io/image.h"
#include "io/mesh/normals.h"
#include "recon/fit/triangle_list.h"
#include "render/views.h"
#include "tests/device/small_face.h"
#include "tests/support/rendered_data.h"

namespace fgcn {
namespace {

/// The model's mean face before a grey wall, lit from ahead and above.
Image8 portrait(const mesh::FaceModel& model, float brightness) {
  mesh::TriangleMesh surface{{}, model.triangles};
  for (std::size_t v = 0; v + 2 < model.mean_shape.size(); v += 3)
    surface.vertices.push_back(
        {model.mean_shape[v], model.mean_shape[v + 1], model.mean_shape[v + 2]});
  const std::vector<mesh::Vec3> normals = mesh::vertex_normals(surface);
  std::vector<float> lit = model.mean_albedo;
  for (std::size_t v = 0; v < normals.size(); ++v) {
    const double facing = std::max(0.0, 0.37 * normals[v][1] + 0.93 * normals[v][2]);
    const float light = brightness * static_cast<float>(0.35 + 0.75 * facing);
    for (std::size_t c = 0; c < 3; ++c) lit[3 * v + c] = std::min(1.0F, lit[3 * v + c] * light);
  }
  Camera camera;
  camera.height = camera.width = 320;
  const Image rendered =
      render_colors({model.mean_shape, recon::flat(model.triangles)}, lit, Pose{}, camera);
  return to_bytes(lay_over(rendered, std::array<float, 3>{0.5F, 0.55F, 0.6F}));
}

int run(const std::filesystem::path& folder) {
  const mesh::FaceModel small = test::small_face(3, 2);
  std::filesystem::create_directories(folder / "photos");
  mesh::write_face_model(folder / "face.safetensors", small);
  test::write_rendered_data(folder / "photos.fgd", small, 8);
  const mesh::FaceModel whole = mesh::make_embedded_face();
  write_png(folder / "photos" / "a.png", portrait(whole, 1.0F));
  write_png(folder / "photos" / "b.png", portrait(whole, 0.8F));
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
