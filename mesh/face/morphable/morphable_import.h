// Morphable models that a user brings as face models.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "mesh/face/face_model.h"
#include "mesh/face/morphable/formats.h"

namespace fgcn::mesh {

struct BfmOptions {
  morphable::ModeCounts counts;
  std::filesystem::path mesh;  // OBJ with the triangles of an LSFM of another size
  // 68 lines of vertices and weights (gnm_file.h) in place of the file's; needed with `mesh`.
  std::filesystem::path landmarks;
};

struct ImportedModel {
  FaceModel model;
  std::string read;  // the file that the model is from
};

/// The Basel Face Model or the LSFM from files and folders, told apart by content: of 2009 in its
/// parts or composed, of 2017 and 2019, the LSFM. Of several the composed one is taken, then 2009,
/// 2017 or 2019, the LSFM.
///
/// Units    micrometres, millimetres and colors of 0 to 255 become decimetres and 0 to 1; the mean
///          face is centred. Modes are scaled by their standard deviations.
/// Errors   InputError naming the file.
ImportedModel import_bfm(std::span<const std::filesystem::path> sources, const BfmOptions& options);

struct FlameOptions {
  morphable::ModeCounts counts;
  std::filesystem::path landmarks;  // FLAME's embedding (.npy, .npz, .pkl), or 68 lines
};

/// FLAME's head (Li et al. 2017).
FaceModel import_flame(const std::filesystem::path& file, const FlameOptions& options);

}  // namespace fgcn::mesh
