#include "recon/photo_paths.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>

#include "io/path_list.h"
#include "kernels/core/error.h"
#include "photo/is_photo.h"
#include "recon/output_names.h"

namespace fgcn::recon {
namespace {

namespace fs = std::filesystem;

void add_folder(const fs::path& folder, std::vector<fs::path>& photos) {
  std::vector<fs::path> found, results;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const fs::path& path = at->path();
    std::error_code unknown;
    if (path.filename().string().front() == '.' || fs::is_directory(path, unknown)) continue;
    if (photo::is_photo(path)) found.push_back(path);
    if (path.extension() == ".json") results.push_back(path);
  }
  if (failed) input_error(folder.string(), ": cannot be read (", failed.message(), ")");
  std::set<std::string> made;
  for (const fs::path& json : results)
    for (const std::string& file : files_of_result(json)) made.insert(file);
  found.erase(
      std::remove_if(found.begin(), found.end(),
                     [&](const fs::path& p) { return made.count(p.filename().string()) > 0; }),
      found.end());
  if (found.empty())
    input_error(folder.string(), ": holds no photo (by its files' endings, or their first bytes)");
  std::sort(found.begin(), found.end());
  photos.insert(photos.end(), found.begin(), found.end());
}

}  // namespace

std::vector<fs::path> photo_paths(std::vector<std::string> given, const std::string& list) {
  if (!list.empty()) {
    const std::vector<std::string> listed = read_path_list("--list", list);
    if (listed.empty()) input_error("--list ", list, ": names no photo");
    given.insert(given.end(), listed.begin(), listed.end());
  }
  std::vector<fs::path> photos;
  for (const std::string& path : given) {
    std::error_code unknown;
    if (fs::is_directory(path, unknown)) {
      add_folder(path, photos);
    } else {
      photos.emplace_back(path);
    }
  }
  return photos;
}

}  // namespace fgcn::recon
