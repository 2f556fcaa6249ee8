// Google's GNM head as a face model.
#pragma once

#include <filesystem>

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

struct GnmOptions {
  std::filesystem::path landmarks;  // 68 lines of vertices and weights (gnm_file.h)
  float expression_low = 0, expression_high = 1;
};

/// The head of `file` (.npz) with its parts, joints, skinning, groups and seams (format 2).
///
///   parts    connected pieces by the group of mesh_component_names that has most of their weight;
///            none when the names are no groups
///   regions  vertices of weight 0.5 or more in each of vertex_groups
///   joints   the four largest weights of a vertex, made to sum 1; how joints move with identity
///            (joint_identity_basis) is left out, as the format has no place for it
///   colors   the embedded face's, with plain skin beyond it; eyes, teeth, gums and tongue by the
///            names of their parts
///
/// Units    metres, decimetres, centimetres or millimetres, told apart by the head's size
/// Errors   InputError naming the file and the array.
FaceModel import_gnm(const std::filesystem::path& file, const GnmOptions& options);

}  // namespace fgcn::mesh
