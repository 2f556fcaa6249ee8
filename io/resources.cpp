#include "io/resources.h"

#include <cstdlib>
#include <system_error>

namespace fgcn {

namespace fs = std::filesystem;

std::optional<fs::path> find_resource(const std::string& name) {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  if (!failed) {
    fs::path installed = program.parent_path().parent_path() / "share" / "fgcn" / name;
    if (fs::is_regular_file(installed, failed)) return installed;
  }
  fs::path source = fs::path(FGCN_SOURCE_DATA_DIR) / name;
  if (fs::is_regular_file(source, failed)) return source;
  return std::nullopt;
}

std::optional<fs::path> cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return fs::path(cache) / "fgcn";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return fs::path(home) / ".cache" / "fgcn";
  return std::nullopt;
}

}  // namespace fgcn
