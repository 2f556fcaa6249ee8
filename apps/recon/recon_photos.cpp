#include "apps/recon/recon_photos.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>

#include "kernels/core/error.h"
#include "photo/is_photo.h"
#include "recon/output_names.h"

namespace fgcn {
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
    for (const std::string& file : recon::files_of_result(json)) made.insert(file);
  found.erase(
      std::remove_if(found.begin(), found.end(),
                     [&](const fs::path& p) { return made.count(p.filename().string()) > 0; }),
      found.end());
  if (found.empty())
    input_error(folder.string(), ": holds no photo (by its files' endings, or their first bytes)");
  std::sort(found.begin(), found.end());
  photos.insert(photos.end(), found.begin(), found.end());
}

std::string list_content(const std::string& name) {
  std::ostringstream out;
  if (name == "-") {
    out << std::cin.rdbuf();
    return std::move(out).str();
  }
  std::error_code unknown;
  std::ifstream file(name, std::ios::binary);
  if (fs::is_directory(name, unknown)) input_error("--list ", name, ": is a folder; give a file");
  if (!file)
    input_error("--list ", name, ": cannot be opened (", std::strerror(errno), "); check the path");
  out << file.rdbuf();
  return std::move(out).str();
}

}  // namespace

std::vector<std::string> listed_paths(const std::string& content) {
  const bool nul = content.find('\0') != std::string::npos;
  std::istringstream in(content);
  std::vector<std::string> out;
  for (std::string path; std::getline(in, path, nul ? '\0' : '\n');) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    if (!nul && out.empty() && path.rfind(kByteOrderMark, 0) == 0)
      path.erase(0, kByteOrderMark.size());
    if (!nul && !path.empty() && path.back() == '\r') path.pop_back();
    if (!path.empty()) out.push_back(path);
  }
  return out;
}

std::vector<fs::path> photos_of(const ReconOptions& options) {
  std::vector<std::string> given = options.photos;
  if (!options.list.empty()) {
    const std::vector<std::string> listed = listed_paths(list_content(options.list));
    if (listed.empty()) input_error("--list ", options.list, ": names no photo");
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

}  // namespace fgcn
