// A reconstruction as the mesh that is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/image.h"
#include "io/mesh/rigged_mesh.h"
#include "mesh/face/face_model.h"
#include "recon/reconstruct.h"

namespace fgcn::recon {

enum class WrittenPart {
  kHead,  // all that the model has
  kFace,  // without the regions scalp, ears and neck
};

/// InputError naming `where`, the face model, when it does not tell its face from its head.
void check_part(const mesh::FaceModel& model, WrittenPart part, const std::string& where);

/// Every vertex of it has one texture coordinate: the model's vertices come first, repeats along
/// seams follow. Of a face alone only the vertices that its triangles use.
struct FaceSurface {
  mesh::RenderMesh fitted;           // with its expression and its baked texture
  Image texture;                     // the same texture, [S, S, 3]
  std::vector<std::int32_t> vertex;  // [S] the model's vertex
  mesh::MeshParts parts;             // of the model; none where it has none
};

FaceSurface face_surface(const mesh::FaceModel& model, const Reconstruction& result,
                         std::int64_t texture_size, WrittenPart part);

/// Points of a list of coordinates [V, 3].
std::vector<mesh::Vec3> points_of(const std::vector<float>& coordinates);

/// The 68 points on a face of the model [V, 3], in its unit.
std::vector<mesh::Vec3> landmarks_on(const mesh::FaceModel& model,
                                     const std::vector<float>& vertices);

}  // namespace fgcn::recon
