// The user's ICT-FaceKit as a face model.
#pragma once

#include <filesystem>

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

/// The face region of ICT-FaceKit "Light" (vertices 0 to 9,408, without ears' backs, eyes and
/// teeth) with its identities, expressions, landmarks and texture coordinates, and the colors of
/// the embedded face painted on (the kit has none).
///
///   source  the kit's folder FaceXModel: generic_neutral_mesh.obj, identity000.obj and on without
///           a gap, vertex_indices.json (landmarks and the list of expressions) and an .obj for
///           each expression; or an .npz with the arrays neutral [V, 3], id_delta [I, V, 3],
///           exp_delta [E, V, 3] in centimetres, quads [F, 4], quads_uv [F, 4], uv [*, 2] and
///           landmarks68 [68], which takes the expressions' names from a vertex_indices.json beside
///           it where there is one.
///
/// Units    centimetres become decimetres, the mean face is centred, quads are cut in two.
/// Errors   InputError naming the file when one is missing, malformed or does not fit the rest.
/// Source   Li, Bladin, Zhao et al., "Learning Formation of Physically-Based Face
///          Attributes", CVPR 2020; https://github.com/ICT-VGL/ICT-FaceKit (MIT licence).
FaceModel import_ict(const std::filesystem::path& source);

}  // namespace fgcn::mesh
