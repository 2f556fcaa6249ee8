// A folder for files that nobody keeps.
#pragma once

#include <filesystem>
#include <string>

namespace fgcn {

/// A new folder, empty and the user's alone, where the system keeps temporary files. It goes, with
/// all that is in it, when this object does.
///
/// Errors   InputError when none can be made.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace fgcn
