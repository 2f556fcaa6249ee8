#include "io/output_folder.h"

#include <system_error>
#include <utility>

#include "io/writable.h"
#include "kernels/core/error.h"

namespace fgcn {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const std::string& option, fs::path folder)
    : folder_(std::move(folder)) {
  std::error_code failed, unknown;
  fs::path made;
  for (fs::path at = folder_.lexically_normal(); !at.empty() && !fs::exists(at, unknown);
       at = at.parent_path()) {
    if (!at.filename().empty()) made = at;  // "a/b/" has a last part without a name
    if (at == at.parent_path()) break;
  }
  fs::create_directories(folder_, failed);
  if (failed || !fs::is_directory(folder_, unknown))
    input_error(option, " ", folder_.string(), ": the folder cannot be made",
                failed ? " (" + failed.message() + ")" : "", "; choose a writable place");
  first_made_ = made;
  try {
    check_writable(folder_ / "result");
  } catch (const InputError& error) {
    input_error(option, " ", folder_.string(), ": the folder cannot be written (", error.what(),
                "); choose a writable place");
  }
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : folder_(std::move(other.folder_)),
      first_made_(std::exchange(other.first_made_, fs::path())) {}

OutputFolder::~OutputFolder() {
  if (first_made_.empty()) return;
  // Innermost first; remove() refuses a folder that holds anything.
  std::error_code failed;
  for (fs::path at = folder_.lexically_normal(); !at.empty(); at = at.parent_path()) {
    if (at.filename().empty()) continue;
    if (!fs::remove(at, failed) || failed || at == first_made_) return;
  }
}

void check_output_folder(const std::string& option, const fs::path& folder) {
  const OutputFolder trial(option, folder);
}

}  // namespace fgcn
