// --face-model and --weights default, for every program that has them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

#include "io/terminal.h"
#include "kernels/core/error.h"
#include "mesh/face/named_face.h"
#include "recon/refine/default_weights.h"
#include "train/dataset/photo_data.h"

namespace fgcn {

inline void add_face_option(CLI::App& app, std::string& name) {
  app.add_option("--face-model", name,
                 "'head', 'embedded', a file, or 'auto': the head where it was made")
      ->envname("FGCN_FACE_MODEL")
      ->capture_default_str();
}

/// The face model that --face-model names. A line on stderr says when 'auto' misses the head.
inline mesh::NamedFace load_face(const char* program, const std::string& name,
                                 const mesh::FaceWanted& wanted = {}) {
  mesh::NamedFace out = mesh::named_face(name, wanted);
  if (name == "auto" && out.name == "embedded" && !mesh::find_head())
    io::print_message(
        "%s: the whole head is not there, so the embedded face is used; "
        "scripts/head_model.sh makes it\n",
        program);
  return out;
}

/// For 'auto': whether weights, as --weights or --init names them, or a data set belong to a face
/// model. True for what names no file that can be read: that is reported where it is used.
inline bool weights_want(const mesh::FaceModel& face, const std::string& weights) {
  if (weights.empty() || weights == "default" || weights == "none") return true;
  try {
    return recon::are_weights_for(face, weights);
  } catch (const InputError&) {
    return true;
  }
}
inline bool data_wants(const mesh::FaceModel& face, const std::string& data) {
  try {
    return train::belongs_to(data, face);
  } catch (const InputError&) {
    return true;
  }
}

/// The file behind --weights default.
/// Errors   InputError when the face model has none, or they are not beside the program.
inline std::filesystem::path default_weights(const mesh::NamedFace& face) {
  if (const auto found = recon::find_default_weights(face.model)) return *found;
  if (face.name == "embedded")
    input_error(
        "--weights default: default_weights.safetensors is not beside the program; reinstall, or "
        "give --weights FILE or --weights none");
  input_error(
      "--weights default: there are default weights for the head and for the embedded face only; "
      "give --weights FILE trained on ",
      face.name, ", or --weights none");
}

}  // namespace fgcn
