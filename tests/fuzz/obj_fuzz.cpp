#include "io/mesh/obj.h"
#include "tests/fuzz/fuzz.h"

// Whatever is accepted must be a mesh that the rest of the program can take.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    const fgcn::mesh::ObjFile file = fgcn::mesh::parse_obj(bytes, "fuzz.obj");
    check(fgcn::mesh::triangle_mesh(file));
    check(fgcn::mesh::render_mesh(file));
  });
}
