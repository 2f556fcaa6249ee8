// The weights that come with the programs and the library.
#pragma once

#include <filesystem>
#include <optional>

#include "mesh/face/face_model.h"

namespace fgcn::recon {

/// True when the header of a weights file says that it was trained on this face model's mesh.
/// Errors   InputError: no such file, or no weights.
bool are_weights_for(const mesh::FaceModel& face, const std::filesystem::path& weights);

/// Those of the whole head or of the embedded face, beside the program or the library
/// (io/resources.h); nothing for another face model, or where they are missing.
std::optional<std::filesystem::path> find_default_weights(const mesh::FaceModel& face);

}  // namespace fgcn::recon
