#include "recon/refine/identity_files.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "io/resources.h"
#include "kernels/core/error.h"

namespace fgcn::recon {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "dlib_face_recognition_resnet_model_v1.dat";

std::vector<fs::path> files_ending(const fs::path& folder, const std::string& end) {
  std::vector<fs::path> out;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), last; !failed && entry != last;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0)
      out.push_back(entry->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

fs::path identity_network_file(const fs::path& given) {
  std::error_code failed;
  if (!fs::is_directory(given, failed)) {
    if (!fs::exists(given, failed))
      input_error(given.string(),
                  ": there is no such identity network; give face-api's manifest or "
                  "its folder, dlib's unpacked .dat, or 'none'");
    return given;
  }
  std::vector<fs::path> found = files_ending(given, "recognition_model-weights_manifest.json");
  if (found.empty()) found = files_ending(given, "manifest.json");
  if (found.empty()) found = files_ending(given, ".dat");
  if (found.size() != 1)
    input_error(given.string(), ": ", found.size(),
                " files of an identity network are in this folder, expected one; name the file");
  return found.front();
}

std::optional<fs::path> find_identity_network() {
  if (std::optional<fs::path> own = find_resource(kFile)) return own;
  constexpr const char* kFolders[] = {
      "/usr/share/dlib",
      "/usr/share/dlib-data",
      "/usr/local/share/dlib",
      "/usr/local/share/dlib-data",
      "/usr/lib/python3/dist-packages/face_recognition_models/models",
  };
  std::error_code failed;
  for (const char* folder : kFolders) {
    fs::path file = fs::path(folder) / kFile;
    if (fs::is_regular_file(file, failed)) return file;
  }
  // pip keeps a folder a version of Python.
  for (fs::directory_iterator entry("/usr/local/lib", failed), last; !failed && entry != last;
       entry.increment(failed)) {
    if (entry->path().filename().string().rfind("python3", 0) != 0) continue;
    fs::path file = entry->path() / "dist-packages" / "face_recognition_models" / "models" / kFile;
    std::error_code missing;
    if (fs::is_regular_file(file, missing)) return file;
  }
  return std::nullopt;
}

}  // namespace fgcn::recon
