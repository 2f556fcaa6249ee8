#include "io/temporary_folder.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "kernels/core/error.h"

namespace fgcn {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  std::error_code failed;
  std::string name = (fs::temp_directory_path(failed) / "fgcn_XXXXXX").string();
  if (failed || ::mkdtemp(name.data()) == nullptr)
    input_error(name, ": a temporary folder cannot be made (",
                failed ? failed.message() : std::string(std::strerror(errno)),
                "); set TMPDIR to a writable folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace fgcn
