#include "io/mesh/mesh_file.h"
#include "tests/fuzz/fuzz.h"

// OBJ with segments and landmarks, STL, OFF and the others, told apart by content. What is accepted
// is written as OBJ and read back with the same triangles.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    using namespace fgcn::mesh;
    const MeshFile mesh = parse_mesh_file(bytes, "fuzz");
    fgcn::fuzz::use_accepted([&] {
      check(mesh);
      const std::string text = encode_mesh_obj(mesh, {});
      const MeshFile back = parse_mesh_file(
          {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, "again.obj");
      FGCN_CHECK(back.geometry().triangles == mesh.geometry().triangles, "the triangles changed");
      FGCN_CHECK(back.landmarks.size() == mesh.landmarks.size(), "the landmarks changed");
    });
  });
}
