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
  kFace,  // without the regions scalp, ears and neck, cut along a smooth line (face_cut.h)
};

/// InputError naming `where`, the face model, when it does not tell its face from its head.
void check_part(const mesh::FaceModel& model, WrittenPart part, const std::string& where);

/// A vertex on the line that a face alone ends at: of an edge of the model, `t` of the way from its
/// own vertex to another one.
struct RimVertex {
  std::int32_t towards = -1;
  double t = 0;
};

/// Every vertex of it has one texture coordinate: the model's vertices come first, repeats along
/// seams follow. Of a face alone only the vertices that its triangles use, and behind them those
/// that cut edges.
struct FaceSurface {
  mesh::RenderMesh fitted;           // with its expression and its baked texture
  Image texture;                     // the same texture, [S, S, 3]
  std::vector<std::int32_t> vertex;  // [S] the model's vertex
  std::vector<RimVertex> rim;        // of the last vertices, [up to S]
  mesh::MeshParts parts;             // of the model; none where it has none

  /// Where vertex s lies: on itself with t 0, or on its way along the rim's edge.
  RimVertex on_edge(std::size_t s) const {
    const std::size_t first = vertex.size() - rim.size();
    return s < first ? RimVertex{vertex[s], 0} : rim[s - first];
  }
};

FaceSurface face_surface(const mesh::FaceModel& model, const Reconstruction& result,
                         std::int64_t texture_size, WrittenPart part);

/// Points of a list of coordinates [V, 3].
std::vector<mesh::Vec3> points_of(const std::vector<float>& coordinates);

/// The 68 points on a face of the model [V, 3], in its unit.
std::vector<mesh::Vec3> landmarks_on(const mesh::FaceModel& model,
                                     const std::vector<float>& vertices);

}  // namespace fgcn::recon
