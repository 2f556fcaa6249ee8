// The weights that come with the programs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "io/resources.h"
#include "kernels/core/error.h"

namespace fgcn {

/// Their file. InputError when the face model, as the user named it, is not the embedded one, or
/// they are not beside the program.
inline std::filesystem::path default_weights(const std::string& face_model) {
  if (face_model != "embedded")
    input_error(
        "--weights default: the default weights belong to the embedded face; give "
        "--weights FILE trained on ",
        face_model, ", or --weights none");
  const auto found = find_resource("default_weights.safetensors");
  if (!found)
    input_error(
        "--weights default: default_weights.safetensors is not beside the program; "
        "reinstall, or give --weights FILE or --weights none");
  return *found;
}

}  // namespace fgcn
