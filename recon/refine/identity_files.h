// Where a user's identity network is.
#pragma once

#include <filesystem>
#include <optional>

namespace fgcn::recon {

/// The file that read_identity_weights takes: `given` itself, or in a folder the one manifest of
/// face-api (*manifest.json) or the one .dat file.
/// Errors   InputError when there is nothing there, or a folder holds none or several.
std::filesystem::path identity_network_file(const std::filesystem::path& given);

/// dlib_face_recognition_resnet_model_v1.dat where packages and people put it: share/fgcn beside
/// the program, /usr/share/dlib, /usr/share/dlib-data, the same under /usr/local, and the Python
/// package face_recognition_models in Debian's and the local dist-packages. Debian's libdlib-data
/// holds the landmark model but not this one. Nothing when it is in none of them.
std::optional<std::filesystem::path> find_identity_network();

}  // namespace fgcn::recon
