// inputs FOLDER: what fault_sweep.py, power_loss.py and heap_fill.py give to the programs. Writes a
// small face (face.safetensors), a data set of it (photos.fgd) and two pictures of the embedded
// face (photos/a.png, photos/b.png) that the detector takes for people.
// inputs FOLDER --unwritten: writes memory that nobody has written (unwritten), the fault that
// heap_fill.py must see.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "io/file.h"
#include "io/image.h"
#include "tests/device/small_face.h"
#include "tests/support/lit_portrait.h"
#include "tests/support/rendered_data.h"

namespace fgcn {
namespace {

int run(const std::filesystem::path& folder) {
  const mesh::FaceModel small = test::small_face(3, 2);
  std::filesystem::create_directories(folder / "photos");
  mesh::write_face_model(folder / "face.safetensors", small);
  test::write_rendered_data(folder / "photos.fgd", small, 8);
  const mesh::FaceModel whole = mesh::make_embedded_face();
  write_png(folder / "photos" / "a.png", test::lit_portrait(whole, 1.0F));
  write_png(folder / "photos" / "b.png", test::lit_portrait(whole, 0.8F));
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
