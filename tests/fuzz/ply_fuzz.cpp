#include "io/mesh/ply.h"
#include "tests/fuzz/fuzz.h"

// Whatever is accepted must be a mesh, and writing it must keep its size.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return fgcn::fuzz::accept_or_refuse(data, size, [](std::span<const std::uint8_t> bytes) {
    const fgcn::mesh::RenderMesh mesh = fgcn::mesh::parse_ply(bytes, "fuzz.ply");
    check(mesh);
    for (const fgcn::mesh::Vec3& p : mesh.vertices)
      for (const double x : p)
        if (!(x <= 1e30 && x >= -1e30)) return;  // not a single-precision number
    const fgcn::Bytes written = encode_ply(mesh, fgcn::mesh::PlyFormat::kBigEndian);
    const fgcn::mesh::RenderMesh back = fgcn::mesh::parse_ply(written, "again.ply");
    FGCN_CHECK(back.triangles == mesh.triangles, "ply: the triangles changed");
    FGCN_CHECK(back.vertices.size() == mesh.vertices.size(), "ply: the vertices changed");
  });
}
