// The files of one reconstruction.
#pragma once

#include <filesystem>
#include <string>

#include "io/file.h"
#include "mesh/face/face_model.h"
#include "recon/face_surface.h"
#include "recon/reconstruct.h"

namespace fgcn::recon {

struct OutputOptions {
  std::int64_t texture_size = 1024;
  std::string face_model;  // as named in the JSON
  std::string weights;     // file or "default"; "none" without
  WrittenPart part = WrittenPart::kHead;
  bool usdz = false;  // NAME.usdz as well
  Existing existing = Existing::kReplace;
};

/// Writes NAME.glb, NAME.obj, NAME_compare.png and NAME.json into `folder` and, for a model with
/// texture coordinates, NAME.mtl and NAME_albedo.png, NAME_normal.png where normals were looked
/// for, NAME.usdz where wanted: all or none, and an older set stays as it was when one fails.
/// `result.times.write` and `.total` are completed. Returns the content of NAME.json, which lists
/// the other files with their sizes.
///
/// Errors   InputError when a file cannot be written, or is there and options.existing is kRefuse;
///          fgcn::Error when `name` is not as io::one_word makes it.
std::string write_reconstruction(const std::filesystem::path& folder, const std::string& name,
                                 const mesh::FaceModel& model, Reconstruction& result,
                                 const OutputOptions& options);

}  // namespace fgcn::recon
