// The files of one reconstruction.
#pragma once

#include <filesystem>
#include <string>

#include "mesh/face/face_model.h"
#include "recon/reconstruct.h"

namespace fgcn::recon {

struct OutputOptions {
  std::int64_t texture_size = 1024;
  std::string face_model;  // as named in the JSON
  std::string weights;     // file or "default"; "none" without
};

/// Writes NAME.glb, NAME.obj, NAME.mtl, NAME_albedo.png, NAME_compare.png and NAME.json into
/// `folder`, each whole or not at all; the JSON last, so that it stands for a finished set.
/// `result.times.write` and `.total` are completed.
///
/// Errors   InputError when a file cannot be written.
void write_reconstruction(const std::filesystem::path& folder, const std::string& name,
                          const mesh::FaceModel& model, Reconstruction& result,
                          const OutputOptions& options);

/// Content of NAME.json.
std::string reconstruction_json(const mesh::FaceModel& model, const Reconstruction& result,
                                const OutputOptions& options);

}  // namespace fgcn::recon
