// The user's ICT-FaceKit as a whole head.
#pragma once

#include <filesystem>

#include "mesh/face/face_model.h"

namespace fgcn::mesh {

/// Face, head, neck, mouth and eye sockets of ICT-FaceKit "Light" as one skin, with eyeballs, gums
/// and teeth as parts: 22,991 of the kit's 26,719 vertices (format 2). Left out is what would hide
/// the eyes where nothing is transparent: the clear shells before them, the lashes, which are cards
/// for a picture with holes, and the balls inside the eyeballs, on which iris and pupil are
/// painted. Texture coordinates are the kit's tiles, side by side in one square. Colors are the
/// embedded face's, with plain skin beyond it.
///
///   folder  the kit's FaceXModel, as import_ict reads it; every mesh with its 26,719 vertices
///
/// Units    as import_ict
/// Errors   InputError naming the file when one is missing, malformed or does not fit the rest.
/// Source   as import_ict; groups of vertices from the kit's README.
FaceModel import_ict_head(const std::filesystem::path& folder);

}  // namespace fgcn::mesh
