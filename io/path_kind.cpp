#include "io/path_kind.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "kernels/core/error.h"

namespace fgcn {
namespace {

using Info = struct stat;

/// Nothing where there is nothing.
std::optional<Info> look_at(const std::filesystem::path& path) {
  Info info{};
  if (::stat(path.c_str(), &info) == 0) return info;
  if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
    input_error(path.string(), ": cannot be opened (", std::strerror(errno),
                "); check the path and the disk");
  return std::nullopt;
}

}  // namespace

PathKind path_kind(const std::filesystem::path& path) {
  const std::optional<Info> info = look_at(path);
  if (!info) return PathKind::kNothing;
  if (S_ISREG(info->st_mode)) return PathKind::kFile;
  return S_ISDIR(info->st_mode) ? PathKind::kFolder : PathKind::kOther;
}

bool is_same_place(const std::filesystem::path& a, const std::filesystem::path& b) {
  const std::optional<Info> one = look_at(a), other = look_at(b);
  return one && other && one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

}  // namespace fgcn
