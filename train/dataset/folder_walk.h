// All files of a folder and of those below it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "train/dataset/left_out.h"

namespace fgcn::train {

/// Walks folders that are really there first and links to folders after them, so that a photo's
/// name does not depend on links. Each folder that a link leads to is read once, also when links
/// form a loop: folders are told by device and inode.
///
/// Hidden files and folders are passed over. A folder below that cannot be read, and a photo's name
/// that is a link to nothing, a pipe, a socket or a device, are left out with the reason; nothing
/// is opened that could wait.
class FolderWalk {
 public:
  struct File {
    std::string name;  // the folder's and the path below it, '/' between
    std::filesystem::path path;
  };

  /// InputError when `folder` itself cannot be read.
  void add(const std::filesystem::path& folder, const std::string& name);
  /// Once, after the last add().
  void follow_links();

  std::vector<File> files;        // regular ones; in no order
  std::vector<LeftOut> left_out;  // folders with a '/' behind their names
  std::int64_t other_files = 0;   // that are no regular files, and have no photo's name

 private:
  using FolderId = std::pair<std::uint64_t, std::uint64_t>;  // device, inode
  void walk(const std::filesystem::path& folder, const std::string& name, std::set<FolderId>& seen);
  void look_at(const std::filesystem::directory_entry& entry, const std::string& name,
               std::vector<File>& folders);

  std::map<std::string, std::filesystem::path> links_;  // to folders, by name
  std::set<FolderId> seen_;
};

}  // namespace fgcn::train
