#include "io/resources.h"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <system_error>

namespace fgcn {

namespace fs = std::filesystem;

namespace {

/// The file on disk that this code was loaded from: a program, or the shared library in it.
std::optional<fs::path> own_binary() {
  std::error_code failed;
  Dl_info info{};
  link_map* loaded = nullptr;
  void* here = reinterpret_cast<void*>(&own_binary);
  fs::path file = "/proc/self/exe";  // the loader gives a program no name
  if (dladdr1(here, &info, reinterpret_cast<void**>(&loaded), RTLD_DL_LINKMAP) != 0 &&
      loaded != nullptr && *loaded->l_name != '\0')
    file = loaded->l_name;
  file = fs::canonical(file, failed);
  if (failed) return std::nullopt;
  return file;
}

bool lies_in(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

}  // namespace

std::optional<fs::path> find_resource(const std::string& name) {
  const std::optional<fs::path> binary = own_binary();
  if (!binary) return std::nullopt;
  std::error_code failed;
  // PREFIX/bin, PREFIX/lib, PREFIX/lib/x86_64-linux-gnu: at most three folders up.
  fs::path prefix = binary->parent_path();
  for (int up = 0; up < 3; ++up) {
    prefix = prefix.parent_path();
    fs::path installed = prefix / "share" / "fgcn" / name;
    if (fs::is_regular_file(installed, failed)) return installed;
  }
  fs::path source = fs::path(FGCN_SOURCE_DATA_DIR) / name;
  if (lies_in(*binary, fs::weakly_canonical(FGCN_BINARY_DIR, failed)) &&
      fs::is_regular_file(source, failed))
    return source;
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
