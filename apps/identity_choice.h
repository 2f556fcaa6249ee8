// What --identity names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "recon/refine/identity_files.h"

namespace fgcn {

inline constexpr const char* kIdentityHelp =
    "identity network: face-api's manifest or folder, dlib's .dat, FaceNet's .pt, .pb or "
    ".safetensors, 'auto' (where packages put it) or 'none'";
inline constexpr const char* kEncoderHelp =
    "R-Net (.pth, .pb, checkpoint, .safetensors), for weights whose decoder takes its means";

/// The file given, the one found for "auto", or nothing.
/// Errors   InputError when a file that is given is not there.
inline std::optional<std::filesystem::path> identity_choice(const std::string& given) {
  if (given == "none") return std::nullopt;
  if (given == "auto") return recon::find_identity_network();
  return recon::identity_network_file(given);
}

}  // namespace fgcn
