// The folder that results go to.
#pragma once

#include <filesystem>
#include <string>

namespace fgcn {

/// A folder that exists and can be written. Folders that the constructor made go with the object
/// where nothing was written into them: a run that is refused leaves none behind.
///
/// Errors   InputError naming `option` when the folder cannot be made or written.
class OutputFolder {
 public:
  OutputFolder(const std::string& option, std::filesystem::path folder);
  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();

  const std::filesystem::path& path() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path first_made_;  // the outermost folder that was not there; empty: all were
};

/// Makes the folder and removes it again: asked before the work whose results it takes.
void check_output_folder(const std::string& option, const std::filesystem::path& folder);

}  // namespace fgcn
