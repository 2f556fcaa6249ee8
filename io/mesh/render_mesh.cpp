#include "io/mesh/render_mesh.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/error.h"

namespace fgcn::mesh {
namespace {

template <class T>
void check_list(const char* what, const std::vector<T>& list, std::size_t vertices) {
  FGCN_CHECK(list.empty() || list.size() == vertices, "mesh: ", list.size(), " ", what, " for ",
             vertices, " vertices");
  for (const T& entry : list)
    FGCN_CHECK(std::all_of(entry.begin(), entry.end(), [](double x) { return std::isfinite(x); }),
               "mesh: the ", what, " hold a number that is not finite");
}

}  // namespace

void check(const RenderMesh& mesh) {
  check_list("positions", mesh.vertices, mesh.vertices.size());
  check_list("normals", mesh.normals, mesh.vertices.size());
  check_list("texture coordinates", mesh.uvs, mesh.vertices.size());
  check_list("colors", mesh.colors, mesh.vertices.size());
  check_list("tangents", mesh.tangents, mesh.vertices.size());
  FGCN_CHECK(!mesh.has_normal_map() ||
                 (!mesh.tangents.empty() && !mesh.uvs.empty() && !mesh.normals.empty()),
             "mesh: a normal map without tangents, texture coordinates or normals");
  FGCN_CHECK(mesh.texture_png.empty() || mesh.texture_jpeg.empty(), "mesh: has two textures");
  FGCN_CHECK(mesh.normal_png.empty() || mesh.normal_jpeg.empty(), "mesh: has two normal maps");
  check(TriangleMesh{{mesh.vertices}, {mesh.triangles}});
}

}  // namespace fgcn::mesh
