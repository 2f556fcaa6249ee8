#include "io/writable.h"

#include "io/file.h"
#include "io/path_kind.h"
#include "kernels/core/error.h"

namespace fgcn {

void check_writable(const std::filesystem::path& path) {
  if (path_kind(path) == PathKind::kFolder)
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
    const bool within = path_kind(input) == PathKind::kFolder &&
                        path_kind(path) != PathKind::kNothing && is_same_place(folder, input);
    if (within || is_same_place(path, input))
      input_error(path.string(), ": would replace an input (", input.string(),
                  "); give another name");
  }
}

}  // namespace fgcn
