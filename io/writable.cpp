#include "io/writable.h"

#include <system_error>

#include "io/file.h"
#include "kernels/core/error.h"

namespace fgcn {

void check_writable(const std::filesystem::path& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    input_error(path.string(), ": is a folder; give a file");
  const FileWriter trial(path);
}

}  // namespace fgcn
