#include "io/writable.h"

#include <system_error>

#include "io/file.h"
#include "kernels/core/error.h"

namespace fgcn {

void check_writable(const std::filesystem::path& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    input_error(path.string(), ": is a folder; give a file");
  FileWriter trial(path);
  // A full disk still takes names.
  constexpr std::size_t kPage = 4096;
  trial.write(Bytes(kPage, 0));
}

void check_output(const std::filesystem::path& path,
                  const std::vector<std::filesystem::path>& inputs) {
  namespace fs = std::filesystem;
  check_writable(path);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const fs::path& input : inputs) {
    std::error_code unknown;
    const bool within = fs::is_directory(input, unknown) && fs::exists(path, unknown) &&
                        fs::equivalent(folder, input, unknown);
    if (within || fs::equivalent(path, input, unknown))
      input_error(path.string(), ": would replace an input (", input.string(),
                  "); give another name");
  }
}

}  // namespace fgcn
